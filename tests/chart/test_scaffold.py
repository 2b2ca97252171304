"""The chart that ``create`` makes: whatever its name, it loads, renders and says nothing that a server refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helmlite import documents
from helmlite.action.configuration import Configuration
from helmlite.action.template import template
from helmlite.chart.loader import load_chart
from helmlite.chart.scaffold import check_name, scaffold, scaffold_from
from helmlite.errors import ChartError, ValuesError

LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
SUBDOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
NAMES = st.from_regex(r"[a-zA-Z0-9]([a-zA-Z0-9._-]{0,248}[a-zA-Z0-9])?", fullmatch=True)
ALL = {
    "ingress": {"enabled": True, "className": "nginx", "tlsSecretName": "tls"},
    "autoscaling": {"enabled": True},
    "podLabels": {"team": "on"},
    "volumes": [{"name": "data", "emptyDir": {}}],
    "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    "env": [{"name": "LANG", "value": "C"}],
}


def made(folder: Path, name: str = "web") -> Path:
    """Write a new chart into a folder; return it."""
    for each in scaffold(name):
        path = folder / each.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(each.data)
    return folder


def rendered(folder: Path, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the objects of a chart by kind."""
    found = template(Configuration(guarded=False), "demo", folder, values=values or {})
    bodies = [each.body for each in found.prepared.manifest.resources]
    return {str(each["kind"]): each for each in bodies}


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        ({}, {"Deployment", "Service", "ServiceAccount"}),
        (ALL, {"Deployment", "Service", "ServiceAccount", "Ingress", "HorizontalPodAutoscaler"}),
        ({"serviceAccount": {"create": False}}, {"Deployment", "Service"}),
    ],
    ids=["defaults", "all", "no account"],
)
def test_values_choose_objects(tmp_path: Path, values: dict[str, Any], kinds: set[str]) -> None:
    """What is enabled is there, and nothing else."""
    assert kinds == set(rendered(made(tmp_path), values))


def test_an_autoscaler_decides_on_replicas(tmp_path: Path) -> None:
    """The deployment leaves them to it."""
    folder = made(tmp_path)
    assert 3 == rendered(folder, {"replicas": 3})["Deployment"]["spec"]["replicas"]
    assert "replicas" not in rendered(folder, {"autoscaling": {"enabled": True}})["Deployment"]["spec"]


def test_lists_and_mappings_are_added(tmp_path: Path) -> None:
    """Labels, volumes and mounts of the user's stand beside the chart's own."""
    pod = rendered(made(tmp_path), ALL)["Deployment"]["spec"]["template"]
    assert "on" == pod["metadata"]["labels"]["team"]
    assert ["tmp", "data"] == [each["name"] for each in pod["spec"]["volumes"]]
    assert ["/tmp", "/data"] == [each["mountPath"] for each in pod["spec"]["containers"][0]["volumeMounts"]]


def test_nothing_is_indented_or_quoted_by_hand(tmp_path: Path) -> None:
    """Where an expression stands says how it is written."""
    text = "".join(each.read_text() for each in made(tmp_path).rglob("*.j2"))
    assert [] == re.findall(r"\|\s*(?:n?indent|s?quote|to_yaml|to_json|raw)\b", text)


@pytest.mark.parametrize(
    "values",
    [{"image": {"tga": "1"}}, {"service": {"port": "80"}}, {"ingress": {"path": "x"}}, {"replicas": -1}],
    ids=json.dumps,
)
def test_the_schema_finds_mistakes(tmp_path: Path, values: dict[str, Any]) -> None:
    """A key that is not known, a wrong type, a value that cannot be."""
    with pytest.raises(ValuesError):
        rendered(made(tmp_path), values)


def test_the_schema_knows_every_value(tmp_path: Path) -> None:
    """What values.yaml has is in values.schema.json, down to the keys that are closed."""
    chart = load_chart(made(tmp_path))
    schema: Any = documents.read_json(chart.schema or b"")
    assert set(chart.values) == set(schema["properties"])
    for name, part in schema["properties"].items():
        if "properties" in part:
            value: Any = chart.values[name]
            assert (name, set(value)) == (name, set(part["properties"]))


@pytest.mark.parametrize("name", ["", "a b", "é", "a/b", ".", "..", "-x", "x-", "_x", ".x", "x.", "a" * 251, "a\n"])
def test_bad_names_are_refused(name: str) -> None:
    """Those that Helm refuses, and those that no label can hold."""
    with pytest.raises(ChartError, match="a chart's name "):
        check_name(name)


@pytest.mark.parametrize("name", ["true", "1.0", "1e3", "null", "Foo_bar.1", "a" * 250])
def test_odd_names_stay_names(tmp_path: Path, name: str) -> None:
    """A name that YAML would take for something else is quoted."""
    assert name == load_chart(made(tmp_path, name)).metadata.name


@settings(max_examples=25, deadline=None)
@given(name=NAMES)
def test_any_name_renders_to_what_a_server_takes(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    """Labels have the signs and length of labels, names those of names."""
    objects = rendered(made(tmp_path_factory.mktemp("chart"), name), ALL)
    for each in objects.values():
        assert SUBDOMAIN.fullmatch(each["metadata"]["name"])
        for label in each["metadata"]["labels"].values():
            assert LABEL.fullmatch(label)
    assert SUBDOMAIN.fullmatch(objects["Ingress"]["spec"]["rules"][0]["host"])


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    """Return the directory of a chart that others are made of."""
    for name, data in {
        "Chart.yaml": b"# ours\napiVersion: v2\nname: pattern # of all\nversion: 3.2.1\nannotations:\n  name: kept\n",
        "Chart.lock": b"dependencies: []\ndigest: x\ngenerated: y\n",
        "values.yaml": b"# the values of <CHARTNAME>\nname: <CHARTNAME>\n",
        "templates/a.yaml": b'{{ include "<CHARTNAME>.name" . }}\n',
        "files/logo.bin": b"\xff<CHARTNAME>",
        ".helmignore": b"notes.md\n",
        "notes.md": b"mine",
    }.items():
        path = tmp_path / "pattern" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "pattern"


def test_a_chart_is_made_of_another(starter: Path) -> None:
    """With its own name and version; comments stay, what is no text is left alone."""
    found = {each.name: each.data for each in scaffold_from(starter, "shop")}
    assert {
        "Chart.yaml": b"# ours\napiVersion: v2\nname: shop\nversion: 0.1.0\nannotations:\n  name: kept\n",
        "values.yaml": b"# the values of shop\nname: shop\n",
        "templates/a.yaml": b'{{ include "shop.name" . }}\n',
        "files/logo.bin": b"\xff<CHARTNAME>",
        ".helmignore": b"notes.md\n",
    } == found


def test_a_starter_is_a_chart(tmp_path: Path) -> None:
    """Any other folder is none, nor a name that no chart may have."""
    with pytest.raises(ChartError, match=r"no Chart\.yaml"):
        scaffold_from(tmp_path, "shop")
    (tmp_path / "Chart.yaml").write_text('{"apiVersion": "v2", "name": "x", "version": "1.0.0"}')
    with pytest.raises(ChartError, match="name and version cannot be replaced"):
        scaffold_from(tmp_path, "shop")
    with pytest.raises(ChartError, match="a chart's name"):
        scaffold_from(tmp_path, "sh op")
