"""Chart.yaml: each field, each check, and how it is written again."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from helmlite.chart.metadata import ChartMetadata, Dependency, Maintainer, dependencies_of
from helmlite.errors import ChartError

LEAST: dict[str, Any] = {"apiVersion": "v2", "name": "web", "version": "1.0.0"}


def read(**more: Any) -> ChartMetadata:
    """Return metadata of the least chart with more fields; names are those of Chart.yaml."""
    return ChartMetadata.from_data({**LEAST, **more}, source="Chart.yaml")


def refusal(data: Any) -> str:
    """Return the message of the error that reading raises."""
    with pytest.raises(ChartError) as caught:
        ChartMetadata.from_data(data, source="web/Chart.yaml")
    return caught.value.message


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("apiVersion unknown", {"apiVersion": "v4"}, "apiVersion: 'v4' is not supported; it is v1 or v2"),
    ("apiVersion experimental", {"apiVersion": "v3"}, "apiVersion: 'v3' is not supported; it is v1 or v2"),
    ("apiVersion a list", {"apiVersion": ["v2"]}, "apiVersion: a list, where text belongs"),
    ("name missing", {"name": None}, "name: a chart needs a name"),
    ("name empty", {"name": ""}, "name: a chart needs a name"),
    ("name unprintable", {"name": "\x00"}, "name: a chart needs a name"),
    ("name dot", {"name": "."}, "name: '.' is no name: it is, or holds, a part of a path"),
    ("name dots", {"name": ".."}, "name: '..' is no name: it is, or holds, a part of a path"),
    ("name hidden dots", {"name": ".\x00."}, "name: '..' is no name: it is, or holds, a part of a path"),
    ("name slash", {"name": "a/b"}, "name: 'a/b' is no name: it is, or holds, a part of a path"),
    ("name backslash", {"name": "a\\b"}, r"name: 'a\\b' is no name: it is, or holds, a part of a path"),
    ("name a mapping", {"name": {"a": 1}}, "name: a mapping, where text belongs"),
    ("version missing", {"version": None}, "version: a chart needs a version"),
    ("version empty", {"version": ""}, "version: a chart needs a version"),
    ("version bad", {"version": "1.2.3.4"}, "version: '1.2.3.4' is no semantic version"),
    ("version leading blank", {"version": " 1.2.3"}, "version: ' 1.2.3' is no semantic version"),
    ("type unknown", {"type": "app"}, "type: 'app' is neither application nor library"),
    ("type case", {"type": "Library"}, "type: 'Library' is neither application nor library"),
    ("kubeVersion bad", {"kubeVersion": "latest"}, "kubeVersion: 'latest' is no version range"),
    ("deprecated text", {"deprecated": "yes"}, "deprecated: text, where true or false belongs"),
    ("keywords text", {"keywords": "a"}, "keywords: text, where a list belongs"),
    ("keyword a list", {"keywords": ["a", ["b"]]}, "keywords[1]: a list, where text belongs"),
    ("sources a mapping", {"sources": {"a": "b"}}, "sources: a mapping, where a list belongs"),
    ("annotations a list", {"annotations": ["a"]}, "annotations: a list, where a mapping belongs"),
    ("annotation a list", {"annotations": {"a": []}}, "annotations['a']: a list, where text belongs"),
    ("maintainers a mapping", {"maintainers": {"name": "a"}}, "maintainers: a mapping, where a list belongs"),
    ("maintainer null", {"maintainers": [{"name": "a"}, None]}, "maintainers[1] is null, not a mapping"),
    ("maintainer text", {"maintainers": ["a"]}, "maintainers[0] is text, not a mapping"),
    ("maintainer's name a list", {"maintainers": [{"name": []}]}, "maintainers[0].name: a list, where text belongs"),
    ("dependencies text", {"dependencies": "redis"}, "dependencies: text, where a list belongs"),
    ("dependency null", {"dependencies": [None]}, "dependencies[0] is null, not a mapping"),
    ("dependency text", {"dependencies": ["redis"]}, "dependencies[0] is text, not a mapping"),
    ("dependency without name", {"dependencies": [{"version": "1"}]}, "dependencies[0].name: a dependency needs a"),
    ("dependency's version", {"dependencies": [{"name": "a", "version": "x.y.z.w"}]},
     "dependencies[0].version: 'x.y.z.w' is no version range"),
    ("alias with a dot", {"dependencies": [{"name": "a", "alias": "b.c"}]},
     "dependencies[0].alias: 'b.c' is no alias: it has letters, digits, '-' and '_' only"),
    ("alias with a newline", {"dependencies": [{"name": "a", "alias": "b\n"}]},
     r"dependencies[0].alias: 'b\n' is no alias"),
    ("alias of other script", {"dependencies": [{"name": "a", "alias": "é"}]}, "dependencies[0].alias: 'é' is no"),
    ("tags text", {"dependencies": [{"name": "a", "tags": "t"}]}, "dependencies[0].tags: text, where a list belongs"),
    ("tag a list", {"dependencies": [{"name": "a", "tags": [[]]}]},
     "dependencies[0].tags[0]: a list, where text belongs"),
    ("import-values text", {"dependencies": [{"name": "a", "import-values": "x"}]},
     "dependencies[0].import-values: text, where a list belongs"),
    ("import-values half", {"dependencies": [{"name": "a", "import-values": ["x", {"child": "y"}]}]},
     "dependencies[0].import-values[1]: it is neither text nor a mapping with child and parent"),
    ("import-values number", {"dependencies": [{"name": "a", "import-values": [1]}]},
     "dependencies[0].import-values[0]: it is neither text nor a mapping with child and parent"),
    ("same name twice", {"dependencies": [{"name": "a"}, {"name": "b"}, {"name": "a"}]},
     "dependencies[2]: 'a' is the name or alias of dependencies[0] too"),
    ("alias is another's name", {"dependencies": [{"name": "a"}, {"name": "b", "alias": "a"}]},
     "dependencies[1]: 'a' is the name or alias of dependencies[0] too"),
    ("same alias twice", {"dependencies": [{"name": "a", "alias": "x"}, {"name": "b", "alias": "x"}]},
     "dependencies[1]: 'x' is the name or alias of dependencies[0] too"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "expected"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED])
def test_refused(wrong: dict[str, Any], expected: str) -> None:
    """Each fault is an error that names file, field and reason."""
    message = refusal({**LEAST, **wrong})
    assert message.startswith(f"web/Chart.yaml: {expected}"), message


@pytest.mark.parametrize(("data", "kind"), [(None, "null"), ([], "a list"), ("x", "text"), (1, "a number")])
def test_no_mapping(data: Any, kind: str) -> None:
    """Chart.yaml is a mapping."""
    assert f"web/Chart.yaml: it is {kind}, not a mapping" == refusal(data)


@pytest.mark.parametrize("name", ["web", "a b, c!", "..a", "é", "A_b.c"])
def test_any_name(name: str) -> None:
    """A name may be written with whatever is no part of a path."""
    assert name == read(name=name).name


@pytest.mark.parametrize("version", ["1", "v1.2.3", "01.2", "1.0.0-rc.1+b", 1, 1.5])
def test_any_version(version: Any) -> None:
    """A version stays as it was written; a number is text of it."""
    assert str(version) == read(version=version).version


@pytest.mark.parametrize("written", ["", None])
def test_no_api_version(written: Any) -> None:
    """Without an apiVersion it is v1, as Helm takes it."""
    assert "v1" == read(apiVersion=written).api_version


@pytest.mark.parametrize(
    ("written", "expected"),
    [(1.10, "1.1"), (2, "2"), (2.0, "2"), (True, "true"), (False, "false"), (None, ""), (1 << 70, str(1 << 70))],
)
def test_scalars_become_text(written: Any, expected: str) -> None:
    """Numbers and booleans where text belongs become text."""
    assert expected == read(appVersion=written).app_version


@pytest.mark.parametrize(("kind", "expected"), [("", False), ("application", False), ("library", True)])
def test_type(kind: str, expected: bool) -> None:
    """Only a chart of the type library renders nothing."""
    assert expected is read(type=kind).is_library


CLEANED = ["description", "home", "icon", "condition", "tags", "appVersion"]


@pytest.mark.parametrize("name", CLEANED)
def test_text_is_cleaned(name: str) -> None:
    """Whitespace becomes blanks, and what cannot be printed goes."""
    assert "a b  c de" == read(**{name: "a\tb\r\nc\u00a0d\x1b\x1f\u200be"}).to_data()[name]


def test_texts_are_cleaned() -> None:
    """So do the texts of lists, maintainers and dependencies, and of the range of Kubernetes versions."""
    dirty = "a\n\x07b"
    found = read(
        keywords=[dirty],
        sources=[dirty],
        kubeVersion=">=1\n<2",
        maintainers=[{"name": dirty, "email": dirty, "url": dirty}],
        dependencies=[{"name": dirty, "repository": dirty, "condition": dirty, "tags": [dirty], "version": "1\t||\t2"}],
    )
    assert (("a b",), ("a b",), ">=1 <2") == (found.keywords, found.sources, found.kube_version)
    assert (Maintainer(name="a b", email="a b", url="a b"),) == found.maintainers
    expected = Dependency(name="a b", repository="a b", condition="a b", tags=("a b",), version="1 || 2")
    assert (expected,) == found.dependencies


def test_annotations_are_not_cleaned() -> None:
    """Annotations are nobody's to change; what is no text becomes text."""
    assert {"a": "b\n", "n": "1", "t": "true", "z": ""} == read(
        annotations={"a": "b\n", "n": 1, "t": True, "z": None}
    ).annotations


def test_unknown_fields() -> None:
    """Fields that nobody knows are passed over."""
    assert read() == read(engine="gotpl", **{"x-y": [1]})


WHOLE: dict[str, Any] = {
    "name": "web", "home": "h", "sources": ["s"], "version": "1.0.0", "description": "d", "keywords": ["k"],
    "maintainers": [{"name": "n", "email": "e", "url": "u"}], "icon": "i", "apiVersion": "v2", "condition": "c",
    "tags": "t", "appVersion": "a", "deprecated": True, "annotations": {"x": "y"}, "kubeVersion": ">=1",
    "dependencies": [
        {"name": "n", "version": "1", "repository": "r", "condition": "c", "tags": ["t"],
         "import-values": ["i", {"child": "c", "parent": "p"}], "alias": "a"},
    ],
    "type": "application",
}  # fmt: skip


def test_whole_round_trip() -> None:
    """Each field is read and written again, in the order of Helm's own records."""
    made = read(**WHOLE).to_data()
    assert WHOLE == made
    assert list(WHOLE) == list(made)
    assert list(WHOLE["dependencies"][0]) == list(made["dependencies"][0])
    assert len(fields(ChartMetadata)) == len(WHOLE)


def test_least_round_trip() -> None:
    """Empty fields are not written, but a dependency's name and repository always are."""
    made = read(dependencies=[{"name": "redis"}]).to_data()
    expected = {"name": "web", "version": "1.0.0", "apiVersion": "v2"}
    assert {**expected, "dependencies": [{"name": "redis", "repository": ""}]} == made


def test_enabled_is_written() -> None:
    """What was decided of a dependency stands between its tags and its imports, as Helm writes it."""
    made = Dependency(name="a", tags=("t",), enabled=True, import_values=("x",), alias="b").to_data()
    assert ["name", "repository", "tags", "enabled", "import-values", "alias"] == list(made)


def test_requirements() -> None:
    """requirements.yaml of old charts declares dependencies just so."""
    assert (Dependency(name="a", version="1"),) == dependencies_of(
        {"dependencies": [{"name": "a", "version": "1"}]}, source="requirements.yaml"
    )
    assert () == dependencies_of(None, source="requirements.yaml")


def test_requirements_refused() -> None:
    """Their faults name that file."""
    with pytest.raises(ChartError, match=r"^requirements.yaml: dependencies\[0\].name: a dependency needs a name"):
        dependencies_of({"dependencies": [{}]}, source="requirements.yaml")
