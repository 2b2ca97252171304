"""Quotas: their status tells what is used."""

from __future__ import annotations

from helmlite.sandbox import usage
from helmlite.sandbox.controllers.controller import Client, Controller
from helmlite.sandbox.controllers.workloads import each_of, everyone, set_status, spec_of
from helmlite.sandbox.objects import Obj

QUOTAS = "resourcequotas"


def _count(client: Client, quota: Obj) -> None:
    hard = spec_of(quota).get("hard") or {}
    set_status(client, QUOTAS, quota, {"hard": dict(hard), "used": usage.used(client, quota, list(hard))})


_COUNT = each_of(QUOTAS, _count)


def _reconcile(client: Client, namespace: str, name: str) -> None:
    if namespace:  # what has no namespace is of no quota
        _COUNT(client, namespace, name)


CONTROLLERS = (Controller(name="quotas", watches={"*": everyone}, reconcile=_reconcile),)
