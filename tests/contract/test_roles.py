"""ClusterRoles that are put together from others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.api import Api

pytestmark = pytest.mark.cluster
ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles"


def rule(resource: str) -> dict[str, Any]:
    """Return a rule that lets read a resource."""
    return {"apiGroups": [""], "resources": [resource], "verbs": ["get"]}


def test_rules_are_gathered(api: Api) -> None:
    """A ClusterRole with an aggregation rule has the rules of those it selects, each once, and follows them."""
    name = api.namespace
    whole = {
        "metadata": {"name": name},
        "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"into": name}}]},
    }
    parts = {f"{name}-b": [rule("pods")], f"{name}-a": [rule("secrets"), rule("pods")]}
    try:
        for part, rules in parts.items():
            api.post(ROLES, {"metadata": {"name": part, "labels": {"into": name}}, "rules": rules}).expect(201)
        api.post(ROLES, whole).expect(201)
        api.eventually(lambda: len(api.get(f"{ROLES}/{name}").body["rules"] or ()) == 2)
        found = [each["resources"] for each in api.get(f"{ROLES}/{name}").body["rules"]]
        api.delete(f"{ROLES}/{name}-a").expect(200)
        api.eventually(lambda: len(api.get(f"{ROLES}/{name}").body["rules"] or ()) == 1)
    finally:
        for each in parts:
            api.delete(f"{ROLES}/{each}")
        # what gathers rules would make the role anew if it went before
        api.eventually(lambda: not api.get(f"{ROLES}/{name}").body.get("rules"))
        api.delete(f"{ROLES}/{name}")
    assert [["secrets"], ["pods"]] == found


@pytest.mark.parametrize("name", ["admin", "edit", "view"])
def test_the_users_roles_are_gathered(api: Api, name: str) -> None:
    """The roles for users have rules from the start, gathered from others."""
    found = api.get(f"{ROLES}/{name}").expect(200)
    assert found["aggregationRule"]
    assert found["rules"]
