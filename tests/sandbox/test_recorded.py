"""The table recorded from a real server: its form, the kinds it makes, and objects that are served in two ways."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.recorded import convert, node_of_kind, recorded, registry, stored_as
from tests.peers.recording import SHIPPED, messages, packed, read_proto, without_descriptions

if TYPE_CHECKING:
    from tests.contract.api import Api

KEYS = {"version", "discovery", "schemas", "gvks", "messages", "bootstrap"}
PROTO = """
package k8s.io.api.kube_x.v1;

message Probe {
  // What is asked; a comment may say optional string no = 9
  optional ProbeHandler handler = 1;

  optional int32 periodSeconds = 2;

  map<string, Timing> timings = 3;

  repeated string names = 4;

  optional string ref = 5;
}

message ProbeHandler {
  optional .k8s.io.api.core.v1.ExecAction exec = 1;
}
"""
GO = """
type Probe struct {
	ProbeHandler `json:",inline" protobuf:"bytes,1,opt,name=handler"`
	PeriodSeconds *int32 `json:"periodSeconds,omitempty" protobuf:"varint,2,opt,name=periodSeconds"`
}
"""


def kind_of(api_version: str, kind: str) -> Kind:
    """Return a recorded kind."""
    found = registry().of(api_version, kind)
    assert found is not None
    return found


def names_in(fields: dict[str, Any]) -> Iterator[str]:
    """Yield the JSON names of a type's protobuf fields, those of embedded structs too."""
    for each in fields.values():
        yield from names_in(each) if isinstance(each, dict) else (each.lstrip("*"),)


@pytest.fixture
def proto(tmp_path: Path) -> Path:
    """Return a published protobuf file, beside the Go types it was made from."""
    (tmp_path / "types.go").write_text(GO)
    made = tmp_path / "generated.proto"
    made.write_text(PROTO)
    return made


def test_the_file_has_what_is_read_of_it() -> None:
    """The shipped file has the keys that the loader's module names, no more."""
    assert KEYS == set(recorded())


def test_the_file_is_packed_as_the_recorder_packs() -> None:
    """Recording the same again gives the same bytes."""
    assert SHIPPED.read_bytes() == packed(json.loads(gzip.decompress(SHIPPED.read_bytes())))


def test_the_file_is_small() -> None:
    """The shipped file stays under 100 KiB."""
    assert SHIPPED.stat().st_size < 100 * 1024


def test_schemas_have_no_descriptions() -> None:
    """What people read of a type is not shipped."""
    assert recorded()["schemas"] == without_descriptions(recorded()["schemas"])


def test_a_property_called_description_is_kept() -> None:
    """A type may have a field of that name: a PriorityClass has."""
    assert "description" in recorded()["schemas"]["io.k8s.api.scheduling.v1.PriorityClass"]["properties"]


def test_every_kind_has_a_schema() -> None:
    """The schema of each kind in discovery is there, with its fields."""
    assert [] == [each.kind for each in registry() if not each.node.properties]


def test_every_field_has_its_protobuf_number() -> None:
    """Every property of every type is reached by a number; apiVersion and kind travel outside."""
    missing = {
        f"{name}.{field}"
        for name, schema in recorded()["schemas"].items()
        for field in set(schema.get("properties", ())) - set(names_in(recorded()["messages"][name]))
    }
    assert set() == {each for each in missing if not each.endswith((".apiVersion", ".kind"))}


def test_every_protobuf_number_has_its_field() -> None:
    """Every name by number is a property of its type."""
    odd = {
        f"{name}.{field}"
        for name, fields in recorded()["messages"].items()
        for field in set(names_in(fields)) - set(recorded()["schemas"][name].get("properties", ()))
    }
    assert set() == odd


def test_what_a_fresh_cluster_holds_is_served() -> None:
    """Each object of the first moment is of a kind that is served."""
    kinds = {(each.api_version, each.kind) for each in registry()}
    assert {(each["apiVersion"], each["kind"]) for each in recorded()["bootstrap"]} <= kinds


@pytest.mark.parametrize("key", ["uid", "resourceVersion", "creationTimestamp", "managedFields"])
def test_what_a_fresh_cluster_holds_is_of_no_server(key: str) -> None:
    """Nothing in the objects of the first moment is of the server they were recorded from."""
    assert [] == [each for each in recorded()["bootstrap"] if key in each["metadata"]]


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        *[("autoscaling/v1", "Scale"), ("policy/v1", "Eviction"), ("v1", "Binding"), ("v1", "DeleteOptions")],
        *[("authentication.k8s.io/v1", "TokenRequest"), ("authorization.k8s.io/v1", "SubjectAccessReview")],
    ],
)
def test_what_is_stored_nowhere_has_a_schema_too(api_version: str, kind: str) -> None:
    """Kinds of subresources and options have schemas."""
    assert node_of_kind(api_version, kind).properties


def test_registries_are_their_owners() -> None:
    """What is added to one registry is in no other."""
    first, second = registry(), registry()
    first.remove("pods")
    assert second.at("", "v1", "pods") is not None


def test_the_best_version_stands_first() -> None:
    """Autoscalers are stored at v2, the version that discovery prefers."""
    assert "v2" == registry().best("horizontalpodautoscalers.autoscaling").version


def test_subresources_are_of_their_kind_unless_they_say() -> None:
    """A scale is of autoscaling/v1, a status has no group of its own."""
    below = kind_of("apps/v1", "Deployment").subresources
    assert ("autoscaling", "") == (below["scale"].group, below["status"].group)


@pytest.mark.parametrize(
    ("api_version", "kind", "expected"),
    [
        ("v1", "Event", "events"),
        ("events.k8s.io/v1", "Event", "events"),
        ("autoscaling/v1", "HorizontalPodAutoscaler", "horizontalpodautoscalers.autoscaling"),
        ("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers.autoscaling"),
        ("apps/v1", "Deployment", "deployments.apps"),
    ],
)
def test_objects_are_stored_once(api_version: str, kind: str, expected: str) -> None:
    """One object that is served at two paths is stored under one name."""
    assert expected == stored_as(kind_of(api_version, kind))


EVENT = {
    "apiVersion": "v1",
    "kind": "Event",
    "metadata": {"name": "e"},
    "involvedObject": {"kind": "Pod"},
    "message": "m",
    "reason": "r",
    "source": {"component": "c"},
    "count": 2,
    "firstTimestamp": "2026-01-01T00:00:00Z",
    "reportingComponent": "k",
    "eventTime": None,
}
NEW_EVENT = {
    "apiVersion": "events.k8s.io/v1",
    "kind": "Event",
    "metadata": {"name": "e"},
    "regarding": {"kind": "Pod"},
    "note": "m",
    "reason": "r",
    "deprecatedSource": {"component": "c"},
    "deprecatedCount": 2,
    "deprecatedFirstTimestamp": "2026-01-01T00:00:00Z",
    "reportingController": "k",
    "eventTime": None,
}
CPU = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
}
MEMORY = {
    "type": "Resource",
    "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "1Gi"}},
}


def autoscaler(version: str, **spec: Any) -> dict[str, Any]:
    """Return an autoscaler at a version."""
    return {
        "apiVersion": f"autoscaling/{version}",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "a"},
        "spec": {"maxReplicas": 3, **spec},
        "status": {"desiredReplicas": 0},
    }


def test_an_event_has_other_names_in_its_own_group() -> None:
    """An event of the core group is told in the words of events.k8s.io."""
    assert NEW_EVENT == convert(EVENT, kind_of("events.k8s.io/v1", "Event"))


def test_an_event_comes_back() -> None:
    """An event of events.k8s.io is told in the words of the core group."""
    assert EVENT == convert(NEW_EVENT, kind_of("v1", "Event"))


def test_an_autoscaler_of_v1_has_a_metric_in_v2() -> None:
    """The share of CPU is a metric in v2."""
    old = autoscaler("v1", targetCPUUtilizationPercentage=50)
    assert [CPU] == convert(old, kind_of("autoscaling/v2", "HorizontalPodAutoscaler"))["spec"]["metrics"]


def test_an_autoscaler_of_v2_has_a_share_in_v1() -> None:
    """The metric of CPU is a number in v1, which has no other."""
    spec = convert(autoscaler("v2", metrics=[MEMORY, CPU]), kind_of("autoscaling/v1", "HorizontalPodAutoscaler"))[
        "spec"
    ]
    assert {"maxReplicas": 3, "targetCPUUtilizationPercentage": 50} == spec


def test_a_conversion_leaves_the_old_object_as_it_is() -> None:
    """What is converted is shared, and stays."""
    old = autoscaler("v2", metrics=[MEMORY, CPU])
    before = json.dumps(old)
    convert(old, kind_of("autoscaling/v1", "HorizontalPodAutoscaler"))
    assert before == json.dumps(old)


@pytest.mark.parametrize("odd", [None, [], "text", {"metrics": {"a": 1}}, {"metrics": [1, None]}])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_an_odd_autoscaler_is_converted_somehow(version: str, odd: Any) -> None:
    """Conversion comes before checks: whatever a body holds, it does not fail."""
    other = "v2" if version == "v1" else "v1"
    body = {**autoscaler(other), "spec": odd, "metadata": {"annotations": odd}}
    assert convert(body, kind_of(f"autoscaling/{version}", "HorizontalPodAutoscaler"))


def test_a_proto_file_is_read(proto: Path) -> None:
    """Numbers, names and types of fields are read; a name is starred where Go has a pointer."""
    name = "io.k8s.api.kube-x.v1.Probe"
    found = dict(read_proto(proto))[name]
    assert {
        "1": ("handler", "io.k8s.api.kube-x.v1.ProbeHandler"),
        "2": ("*periodSeconds", "io.k8s.api.kube-x.v1.int32"),
        "3": ("timings", "io.k8s.api.kube-x.v1.Timing"),
        "4": ("names", "io.k8s.api.kube-x.v1.string"),
        "5": ("ref", "io.k8s.api.kube-x.v1.string"),
    } == found


def test_an_embedded_struct_is_inline(proto: Path) -> None:
    """A field that is no property of its type holds fields that are; spelling may differ."""
    name = "io.k8s.api.kube-x.v1.Probe"
    types: dict[str, Any] = {
        name: {"properties": {key: {} for key in ("exec", "periodSeconds", "timings", "names", "$ref")}}
    }
    expected = {"1": {"1": "exec"}, "2": "*periodSeconds", "3": "timings", "4": "names", "5": "$ref"}
    assert expected == messages([proto], types)[name]


@pytest.mark.real
@pytest.mark.parametrize("part", ["schemas", "gvks", "discovery"])
def test_the_file_agrees_with_the_server(kubeconfig: str, part: str) -> None:
    """Recorded from a real server of the same version, schemas and discovery are those of the shipped file."""
    from tests.contract.api import Api
    from tests.peers.recording import built_in, discovery, names_of_kinds, schemas

    api: Api = Api.of(kubeconfig)
    if api.get("/version").body["gitVersion"] != recorded()["version"]["gitVersion"]:
        pytest.skip("the server is of another version, or the sandbox")
    served = built_in(api)
    found: dict[str, Any] = {"schemas": schemas(api, served)}
    found["gvks"] = names_of_kinds(found["schemas"])
    found["discovery"] = {"core": discovery(api, "/api", served), "apis": discovery(api, "/apis", served)}
    assert recorded()[part] == found[part]
