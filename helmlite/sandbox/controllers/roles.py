"""ClusterRoles that gather the rules of others."""

from __future__ import annotations

from typing import Any

from helmlite.sandbox.controllers.controller import Client, Controller
from helmlite.sandbox.controllers.workloads import everyone
from helmlite.sandbox.objects import meta
from helmlite.sandbox.selectors import of_selector

MANAGER = "clusterrole-aggregation-controller"
ROLES = "clusterroles.rbac.authorization.k8s.io"


def _gather(client: Client, *_: str) -> None:
    """Give every ClusterRole with an aggregation rule the rules of those it selects, by name, each rule once."""
    for role in client.list(ROLES):
        selectors = (role.get("aggregationRule") or {}).get("clusterRoleSelectors") or ()
        if not selectors:
            continue
        rules: list[Any] = []
        for each in client.list(ROLES):  # as they are now: roles may select each other
            selected = any(of_selector(selector)(each) for selector in selectors)
            if selected and meta(each)["name"] != meta(role)["name"]:
                rules += [rule for rule in each.get("rules") or () if rule not in rules]
        if rules != (role.get("rules") or []):
            client.update(ROLES, {**role, "rules": rules or None}, manager=MANAGER)


CONTROLLERS = (Controller(name="gathered-roles", watches={ROLES: everyone}, reconcile=_gather),)
