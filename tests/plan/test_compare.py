"""Verdicts on wanted objects, given live ones."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from helmlite.manifest.manifest import Resource
from helmlite.plan.compare import compare, settle, shown
from helmlite.plan.observation import Verdict
from tests.plan.cases import as_live, config_map, manifest

DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [
                    {
                        "name": "web",
                        "image": "web:1",
                        "ports": [{"containerPort": 80}],
                        "resources": {"limits": {"cpu": "1000m"}},
                    }
                ]
            },
        },
    },
}
CONTAINER = 'k:{"name":"web"}'
PORT = 'k:{"containerPort":80,"protocol":"TCP"}'


def deployment(**container: Any) -> Resource:
    """Return the Deployment with these fields of its container set; None removes one."""
    body = deepcopy(DEPLOYMENT)
    found = body["spec"]["template"]["spec"]["containers"][0]
    found.update(container)
    for key in [key for key, value in found.items() if value is None]:
        del found[key]
    return manifest(body).resources[0]


def live_deployment() -> dict[str, Any]:
    """Return the Deployment as a server shows it: defaults filled in, quantities in their canonical form."""
    live = as_live(deployment())
    body: dict[str, Any] = deepcopy(live)
    spec = body["spec"]["template"]["spec"]
    spec["restartPolicy"] = "Always"
    spec["containers"][0]["ports"][0]["protocol"] = "TCP"
    spec["containers"][0]["imagePullPolicy"] = "IfNotPresent"
    spec["containers"][0]["resources"]["limits"]["cpu"] = "1"
    body["spec"]["progressDeadlineSeconds"] = 600
    body["status"] = {"replicas": 2}
    fields = body["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]
    fields["f:selector"] = {}
    fields["f:template"]["f:spec"]["f:containers"] = {
        CONTAINER: {
            ".": {},
            "f:name": {},
            "f:image": {},
            "f:ports": {PORT: {".": {}, "f:containerPort": {}}},
            "f:resources": {"f:limits": {"f:cpu": {}}},
        }
    }
    return body


def test_what_is_not_there_is_new() -> None:
    """Without a live object the verdict is new."""
    assert Verdict.NEW == compare(deployment(), None)


def test_what_is_being_deleted_is_terminating() -> None:
    """A deletion timestamp wins over all else."""
    live = live_deployment()
    live["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert Verdict.TERMINATING == compare(deployment(), live)


def test_defaults_of_the_server_are_no_difference() -> None:
    """Fields that the server filled in and nobody asked for do not count."""
    live = live_deployment()
    live["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"] = "1000m"
    assert Verdict.SAME == compare(deployment(), live)


def test_an_equal_quantity_in_another_spelling_is_for_the_server_to_say() -> None:
    """``1000m`` against ``1`` may be the same quantity or two image tags, so the server is asked."""
    assert Verdict.UNSURE == compare(deployment(), live_deployment())


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"image": "web:2"}, Verdict.DIFFERS, id="another image"),
        pytest.param({"ports": [{"containerPort": 81}]}, Verdict.UNSURE, id="another port: other key"),
        pytest.param({"ports": None}, Verdict.UNSURE, id="an owned field no longer wanted"),
        pytest.param({"name": "api"}, Verdict.UNSURE, id="another container"),
        pytest.param({"workingDir": "/srv"}, Verdict.UNSURE, id="a field that is not ours yet"),
        pytest.param({"resources": {"limits": {"cpu": "2"}}}, Verdict.DIFFERS, id="another quantity"),
    ],
)
def test_changes_of_a_container(change: dict[str, Any], expected: Verdict) -> None:
    """A plain change differs; what only the server can judge is unsure; nothing of it is the same."""
    assert expected == compare(deployment(**change), live_deployment())


def test_an_extra_item_of_another_manager_is_no_difference() -> None:
    """A sidecar that somebody else injected is none of our business."""
    live = live_deployment()
    containers = live["spec"]["template"]["spec"]["containers"]
    containers[0]["resources"]["limits"]["cpu"] = "1000m"
    containers.insert(0, {"name": "sidecar", "image": "mesh:1"})
    assert Verdict.SAME == compare(deployment(), live)


def test_an_owned_key_that_is_gone_from_the_wish_is_unsure() -> None:
    """A data key that we own and no longer want must be removed, which a dry run will show."""
    old, new = manifest(config_map("a", one="1", two="2")), manifest(config_map("a", one="1"))
    assert Verdict.UNSURE == compare(new.resources[0], as_live(old.resources[0]))


def test_a_changed_text_differs() -> None:
    """A text that differs plainly needs no dry run."""
    old, new = manifest(config_map("a", one="1")), manifest(config_map("a", one="x"))
    assert Verdict.DIFFERS == compare(new.resources[0], as_live(old.resources[0]))


def test_an_equal_object_is_the_same() -> None:
    """What is applied already, is the same."""
    wanted = manifest(config_map("a", one="1")).resources[0]
    assert Verdict.SAME == compare(wanted, as_live(wanted))


def test_equal_values_that_nobody_of_us_owns_are_unsure() -> None:
    """An object that equals the wish but was written by another manager is not ours yet."""
    wanted = manifest(config_map("a", one="1")).resources[0]
    assert Verdict.UNSURE == compare(wanted, as_live(wanted, manager="kubectl"))


def test_an_empty_value_that_the_server_drops_is_unsure() -> None:
    """An empty value that the live object lacks may have been dropped by the server."""
    live = live_deployment()
    assert Verdict.UNSURE == compare(deployment(env=[{"name": "A", "value": ""}]), live)


def test_another_label_differs() -> None:
    """Labels and annotations are compared too."""
    wanted = manifest({**config_map("a"), "metadata": {"name": "a", "labels": {"tier": "web"}}}).resources[0]
    live = as_live(wanted)
    live["metadata"]["labels"] = {**live["metadata"]["labels"], "tier": "api"}
    assert Verdict.DIFFERS == compare(wanted, live)


def test_true_is_not_one() -> None:
    """A boolean and a number are not taken for the same."""
    wanted = manifest({**config_map("a"), "immutable": True}).resources[0]
    live = {**as_live(wanted), "immutable": 1}
    assert Verdict.SAME != compare(wanted, live)


def test_a_set_is_compared_without_its_order() -> None:
    """Items known by their values may stand in any order."""
    body = {**config_map("a"), "metadata": {"name": "a", "finalizers": ["x/a", "x/b"]}}
    wanted = manifest(body).resources[0]
    live = as_live(wanted)
    live["metadata"]["finalizers"] = ["x/b", "x/a"]
    fields = live["metadata"]["managedFields"][0]["fieldsV1"]["f:metadata"]
    fields["f:finalizers"] = {".": {}, 'v:"x/a"': {}, 'v:"x/b"': {}}
    assert Verdict.SAME == compare(wanted, live)


def test_a_dry_run_that_changes_nothing_settles_it() -> None:
    """An answer equal to the live object but for what the server keeps for itself means the same."""
    live = live_deployment()
    tried = deepcopy(live)
    tried["metadata"]["resourceVersion"] = "8"
    tried["status"] = {"replicas": 1}
    assert Verdict.SAME == settle(live, tried)


def test_a_dry_run_that_drops_a_field_of_ours_differs() -> None:
    """Giving a field up to another manager is a change, though the value stays."""
    live = live_deployment()
    tried = deepcopy(live)
    del tried["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:replicas"]
    assert Verdict.DIFFERS == settle(live, tried)


def test_shown_bodies_lack_what_the_server_adds() -> None:
    """A shown body has no status, uid, versions or managed fields."""
    assert {"metadata", "apiVersion", "kind", "spec"} == set(shown(live_deployment()))
    assert {"name", "namespace", "labels", "annotations"} == set(shown(live_deployment())["metadata"])


def keyed(*names: str) -> tuple[Resource, dict[str, Any]]:
    """Return a Deployment with these containers, and the same as a server shows it, each container a list item."""
    body = deepcopy(DEPLOYMENT)
    body["spec"]["template"]["spec"]["containers"] = [{"name": name, "image": "web:1"} for name in names]
    resource = manifest(body).resources[0]
    live: dict[str, Any] = deepcopy(as_live(resource))
    fields = live["metadata"]["managedFields"][0]["fieldsV1"]
    fields["f:spec"]["f:template"]["f:spec"]["f:containers"] = {
        f'k:{{"name":"{name}"}}': {".": {}, "f:name": {}, "f:image": {}} for name in names
    }
    return resource, live


def test_another_order_is_for_the_server_to_say() -> None:
    """Init containers run in their order, variables refer to those before them: a reordered list is a change."""
    wanted, live = keyed("a", "b")
    assert Verdict.SAME == compare(wanted, live)
    live["spec"]["template"]["spec"]["containers"].reverse()
    assert Verdict.UNSURE == compare(wanted, live)


def test_items_of_others_may_stand_between_ours() -> None:
    """What a webhook put in is none of our business."""
    wanted, live = keyed("a", "b")
    live["spec"]["template"]["spec"]["containers"].insert(1, {"name": "sidecar", "image": "mesh:1"})
    assert Verdict.SAME == compare(wanted, live)


def test_fields_of_client_side_apply_are_a_difference() -> None:
    """They are taken over once, though nothing else changes: else Helm's own apply would meet a conflict with them."""
    wanted = manifest(config_map("a", x="1")).resources[0]
    assert Verdict.SAME == compare(wanted, as_live(wanted))
    assert Verdict.DIFFERS == compare(wanted, as_live(wanted, operation="Update"))
