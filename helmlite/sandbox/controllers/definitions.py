"""CustomResourceDefinitions: whether their names are free, and so whether what they define is served."""

from __future__ import annotations

from collections.abc import Sequence

from helmlite.sandbox.controllers.controller import Client, Controller, itself
from helmlite.sandbox.controllers.workloads import timestamp
from helmlite.sandbox.custom import establish
from helmlite.sandbox.objects import meta

CRDS = "customresourcedefinitions.apiextensions.k8s.io"


def _accept(client: Client, _: str, name: str) -> None:
    """Give a definition its status; when it is gone, look at those of its group, which its names may have held up."""
    listed = client.list(CRDS)
    group = name.partition(".")[2]
    is_gone = client.get(CRDS, "", name) is None
    for each in listed:
        is_meant = each["spec"]["group"] == group if is_gone else meta(each)["name"] == name
        if is_meant:
            made = establish(each, listed, timestamp(client))
            if made["status"] != each.get("status"):
                client.update(CRDS, made, manager="kube-apiserver", subresource="status")


CONTROLLERS: Sequence[Controller] = (Controller(name="definitions", watches={CRDS: itself}, reconcile=_accept),)
