"""Switches of what becomes of an object that is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.contract import (
    test_apply,
    test_apply_lists,
    test_defaults,
    test_managed_fields,
    test_objects,
    test_patches,
    test_strict,
    test_validation,
)
from tests.contract.refusals import CASES
from tests.sandbox.switches.switch import Switch, always, becomes, is_always


def _case(name: str) -> Mapping[str, Any]:
    return {"case": next(each for each in CASES if each["name"] == name)}


def _whatever_version(real: Any) -> Any:
    """Return what overlooks which version a write is to replace."""

    def update(writer: Any, target: Any, old: Any, made: Any, options: Any, **more: Any) -> Any:
        metadata = {key: value for key, value in made["metadata"].items() if key != "resourceVersion"}
        return real(writer, target, old, {**made, "metadata": metadata}, options, **more)

    return update


APPLYING = {
    "no conflicts": Switch("apply:_check_conflicts", always(None), test_apply.test_another_managers_field_is_refused),
    "no force": Switch(
        "apply:_check_conflicts",
        lambda real: lambda *args, force, **more: real(*args, force=False, **more),
        test_apply.test_force_takes_over,
    ),
    "losers keep an entry": Switch(
        "apply:_reduced", lambda _: lambda managers, _: managers, test_apply.test_who_loses_all_has_no_entry
    ),
    "what is left out stays": Switch(
        "apply:_pruned",
        lambda _: lambda kind, merged, last, others: merged,
        test_apply.test_what_is_no_longer_applied_goes,
    ),
    "others own nothing": Switch(
        "apply:_pruned",
        lambda real: lambda kind, merged, last, others: real(kind, merged, last, others[:1]),
        test_apply.test_what_others_own_stays,
    ),
    "kubectl takes nothing over": Switch(
        "apply:_applied_client_side", always({}), test_apply.test_kubectl_takes_over_what_it_applied_client_side
    ),
    "lists are owned whole": Switch(
        "schema:Node.list_type", is_always("atomic"), test_apply_lists.test_managers_add_items_side_by_side
    ),
    "items have one key": Switch(
        "schema:Node.list_keys",
        lambda real: property(lambda node: real.fget(node)[:1]),
        test_apply_lists.test_items_are_owned_by_key,
    ),
    "updates leave no entry": Switch(
        "apply:updated",
        lambda _: lambda kind, old, new, **_: (old or {}).get("metadata", {}).get("managedFields") or [],
        test_managed_fields.test_who_applied_loses_what_others_update,
    ),
    "entries name no subresource": Switch(
        "apply:_entry",
        lambda real: lambda manager, managed: real(replace(manager, subresource=""), managed),
        test_managed_fields.test_scaling_owns_replicas,
    ),
}
PATCHING = {
    "merging does not go down": Switch(
        "patch:_merged",
        lambda _: lambda target, patch: {**target, **patch},
        test_patches.test_null_removes,
        {"kind": "merge"},
    ),
    "items have no merge key": Switch(
        "schema:Node.merge_key", is_always(""), test_patches.test_a_strategic_patch_merges_containers
    ),
    "keys are not retained": Switch("patch:RETAINED", becomes("$none"), test_patches.test_keys_may_be_retained),
    "a test always holds": Switch(
        "patch:json_patch",
        lambda real: lambda target, change: real(target, [each for each in change if each["op"] != "test"]),
        test_patches.test_operations_that_cannot_be_done,
        {"operation": {"op": "test", "path": "/data/k", "value": "w"}},
    ),
    "no change is a change": Switch(
        "writes:_same", always(False), test_patches.test_a_patch_that_changes_nothing, {"kind": "merge"}
    ),
}
WRITING = {
    "unknown fields are overlooked": Switch("strict:faults", always([]), test_strict.test_unknown_fields_are_refused),
    "unknown fields are kept": Switch(
        "strict:pruned", lambda _: lambda node, body: body, test_strict.test_unknown_fields_are_warned_of
    ),
    "nothing is said twice": Switch("strict:_repeated", always(()), test_strict.test_duplicate_fields_are_refused),
    "any type will do": Switch(
        "strict:_fits",
        always(True),
        test_strict.test_a_wrong_type,
        {"fields": {"immutable": "yes"}, "said": "string into Go struct field ConfigMap.immutable of type bool"},
    ),
    "services have no defaults": Switch(
        "defaults:RULES",
        lambda real: {key: rule for key, rule in real.items() if key != "core.v1.ServiceSpec"},
        test_defaults.test_a_service_gets_its_defaults,
        {"given": {}, "filled": {"ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}]}},
    ),
    "images are always pulled": Switch(
        "defaults:_pull_policy",
        always("Always"),
        test_defaults.test_an_image_is_pulled_by_its_tag,
        {"image": "nginx:1", "policy": "IfNotPresent"},
    ),
    "quantities stay as written": Switch(
        "defaults:canonical", always(None), test_defaults.test_a_quantity_is_canonical, {"given": "1000m", "kept": "1"}
    ),
    "stringData stays": Switch(
        "defaults:RULES",
        lambda real: {key: rule for key, rule in real.items() if key != "core.v1.Secret"},
        test_defaults.test_secret_text_is_moved_into_data,
    ),
    "names may be anything": Switch(
        "checks:check_metadata",
        always(None),
        test_validation.test_what_the_server_says,
        _case("a name has no capitals"),
    ),
    "objects may be anything": Switch(
        "checks:_check", always(None), test_validation.test_what_the_server_says, _case("a Pod needs containers")
    ),
    "selectors may change": Switch(
        "checks:kept_by_resource",
        always({}),
        test_validation.test_what_the_server_says,
        _case("a Deployment selector cannot change"),
    ),
    "immutable data may change": Switch(
        "checks:UPDATES",
        becomes({}),
        test_validation.test_what_the_server_says,
        _case("an immutable ConfigMap keeps its data"),
    ),
    "dry runs are stored": Switch(
        "writes:Writer._save",
        lambda real: lambda writer, kind, made, options: real(writer, kind, made, replace(options, dry_run=False)),
        test_objects.test_a_dry_run_stores_nothing,
    ),
    "generations do not count": Switch(
        "strategy:_differs",
        always(False),
        test_defaults.test_a_generation_counts_what_is_wanted,
        {"change": {"spec": {"minReadySeconds": 5}}, "generation": 2},
    ),
    "every write is a generation": Switch(
        "strategy:_differs",
        always(True),
        test_defaults.test_a_generation_counts_what_is_wanted,
        {"change": {"metadata": {"labels": {"a": "b"}}}, "generation": 1},
    ),
    "status is not written": Switch(
        "strategy:STATUS_LIKE", becomes(frozenset()), test_defaults.test_status_is_written_by_its_own_path
    ),
    "stale versions are taken": Switch(
        "writes:Writer._update", _whatever_version, test_objects.test_a_stale_version_is_a_conflict
    ),
    "preconditions are not heeded": Switch(
        "writes:Writer._check_preconditions",
        lambda _: staticmethod(lambda *_: None),
        test_objects.test_a_deletion_has_preconditions,
        {"preconditions": {"uid": "other"}, "said": "the UID in the precondition (other) does not match"},
    ),
    "scales change nothing": Switch(
        "changing:with_scale",
        lambda _: lambda kind, obj, scale: obj,
        test_objects.test_a_scale_changes_replicas,
        {"how": "merge"},
    ),
}
