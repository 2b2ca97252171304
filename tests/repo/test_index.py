"""Reading indexes and shards, and choosing an entry."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite import documents
from helmlite.errors import RepositoryError
from helmlite.repo.index import (
    MOST_WARNINGS,
    SHARD_PATH,
    SHARDS,
    IndexEntry,
    choose,
    read_index,
    read_shard,
    shard_path,
)
from helmlite.repo.limits import LIMIT_INDEX_BYTES

DIGEST = "ab" * 32


def entry(version: str, **more: Any) -> dict[str, Any]:
    """Return an entry of an index as data."""
    return {"apiVersion": "v2", "name": "web", "version": version, "urls": [f"web-{version}.tgz"], **more}


def index(*versions: Any, **more: Any) -> dict[str, Any]:
    """Return an index of one chart as data."""
    return {"apiVersion": "v1", "entries": {"web": list(versions)}, **more}


def text(data: Any, form: str = "json") -> bytes:
    """Return data as the bytes of a file."""
    return (json.dumps(data) if form == "json" else documents.write(data)).encode()


def entries(*versions: str) -> Sequence[IndexEntry]:
    """Return the entries of an index of one chart."""
    return read_index(text(index(*map(entry, versions))), source="x").entries["web"]


def versions_of(found: Sequence[IndexEntry]) -> list[str]:
    """Return the versions of entries, in order."""
    return [each.version for each in found]


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_an_entry_has_what_the_index_says(form: str) -> None:
    """Fields of the index and of Chart.yaml are told apart; a digest is lower-case hex without its prefix."""
    data = index(
        entry("1.0.0", digest=f"sha256:{DIGEST.upper()}", created="2026-01-02T03:04:05Z", appVersion="7", removed=False)
    )
    found = read_index(text(data, form), source="x").entries["web"][0]
    metadata = {"apiVersion": "v2", "name": "web", "version": "1.0.0", "appVersion": "7", "removed": False}
    assert found == IndexEntry(
        name="web",
        version="1.0.0",
        urls=("web-1.0.0.tgz",),
        digest=DIGEST,
        created="2026-01-02T03:04:05Z",
        metadata=metadata,
    )


def test_an_entry_tells_fields_of_its_chart() -> None:
    """Fields that a chart lacks, or has in a wrong type, are empty."""
    full = entry("1.0.0", appVersion=7.5, description="A web", keywords=["a", 1], deprecated=True, kubeVersion=">1")
    odd = entry("0.1.0", appVersion=[1], description=None, keywords="a", deprecated="true", kubeVersion={})
    found = read_index(text(index(full, odd)), source="x").entries["web"]
    told = [(e.app_version, e.description, e.keywords, e.is_deprecated, e.kube_version) for e in found]
    assert [("7.5", "A web", ("a",), True, ">1"), ("", "", (), False, "")] == told


def test_the_newest_comes_first() -> None:
    """Entries are sorted by version, build metadata by its text, and what is no version comes last."""
    wanted = ["v10.0.0", "2.0.0", "2.0.0-rc.10", "2.0.0-rc.2", "2.0.0-alpha", "1.2.0+b", "1.2.0+a", "1.2.0", "odd"]
    assert wanted == versions_of(entries(*reversed(wanted)))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        pytest.param(None, "it is no mapping", id="null"),
        pytest.param("1.0.0", "it is no mapping", id="text"),
        pytest.param({"version": "1.0.0"}, "its name is missing", id="no-name"),
        pytest.param(entry("1.0.0", name="other"), "its name is 'other'", id="another-name"),
        pytest.param(entry("1.0.0", name="../web"), "its name is '../web'", id="a-path"),
        pytest.param(entry(""), "its version is ''", id="no-version"),
        pytest.param({"name": "web", "version": 1.0}, "its version is 1.0", id="version-number"),
        pytest.param(entry("1\n2"), "its version is '1\\n2'", id="version-of-two-lines"),
        pytest.param(entry("1.0.0", urls="web.tgz"), "its urls are no list of texts", id="urls-text"),
        pytest.param(entry("1.0.0", urls=[1]), "its urls are no list of texts", id="urls-numbers"),
        pytest.param(entry("1.0.0", digest=7), "its digest is no text", id="digest-number"),
    ],
)
def test_an_entry_of_no_use_is_left_out_with_a_warning(given: Any, reason: str) -> None:
    """The others of the same chart stay."""
    found = read_index(text(index(given, entry("2.0.0"))), source="http://ada:secret@x/index.yaml")
    assert ["2.0.0"] == versions_of(found.entries["web"])
    assert [f"http://x/index.yaml: entry 1 of chart web is left out: {reason}"] == list(found.warnings)


@pytest.mark.parametrize("name", ["a/b", "..", ".", "", "a\\b", "a\x1bb", "a" * 300])
def test_a_chart_whose_name_is_no_name_is_left_out(name: str) -> None:
    """Slashes, dots alone, control characters: such a name leads nowhere good."""
    found = read_index(text({"apiVersion": "v1", "entries": {name: [entry("1.0.0", name=name)]}}), source="x")
    assert ({}, 1) == (found.entries, len(found.warnings))


def test_charts_without_versions_are_no_charts() -> None:
    """Null and empty lists are as good as absent; what is no list is told."""
    found = read_index(text({"apiVersion": "v1", "entries": {"a": None, "b": [], "c": 1}}), source="x")
    assert ({}, ["x: chart 'c' is left out: its versions are no list"]) == (found.entries, list(found.warnings))


def test_warnings_are_bounded() -> None:
    """A hostile index of many faults does not fill the screen."""
    found = read_index(text(index(*[None] * (MOST_WARNINGS + 5))), source="x")
    assert (MOST_WARNINGS + 1, "x: and 5 more like these") == (len(found.warnings), found.warnings[-1])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "it is empty", id="empty"),
        pytest.param(b" \n", "it is empty", id="blank"),
        pytest.param(b"entries: {}", "it has no apiVersion", id="no-apiVersion"),
        pytest.param(b"apiVersion: v1\nentries: []", "its entries are no mapping", id="entries-list"),
        pytest.param(b"<html></html>", "it is no mapping", id="html"),
        pytest.param(b"[]", "it is no mapping", id="list"),
        pytest.param(b'{"apiVersion": "v1", "entries": {"web": [', "no valid JSON", id="truncated-json"),
        pytest.param(b"apiVersion: v1\nentries:\n  web: [{", "line 4: ", id="truncated-yaml"),
        pytest.param(b'{"a": ' + b"[" * 100_000, "nested more than 200 levels", id="deep-json"),
        pytest.param(b'{"a": ' + b"[" * 300 + b"]" * 300 + b"}", "nested more than 200 levels", id="deep-whole-json"),
        pytest.param(b"- " * 300 + b"x", "nested more than 200 levels", id="deep-yaml"),
        pytest.param(b"a: " + b"[" * 100_000, "exceeded maximum nesting depth", id="deeper-yaml"),
        pytest.param(b"a: &a [" + b"x," * 999 + b"]\nb: [" + b"*a," * 9999 + b"]", "aliases", id="aliases"),
        pytest.param(b"\xff\xfe", "no UTF-8 text", id="not-utf8"),
        pytest.param(b'{"apiVersion": NaN}', "NaN is no JSON", id="nan"),
        pytest.param(b"a: 1\n---\nb: 2\n", "expected one YAML document", id="two-documents"),
    ],
)
def test_what_is_no_index_is_refused(data: bytes, reason: str) -> None:
    """One error names the source without its password, and why."""
    with pytest.raises(RepositoryError) as caught:
        read_index(data, source="https://ada:secret@example.org/index.yaml?token=secret")
    assert caught.value.message.startswith("https://example.org/index.yaml: no index of charts: ")
    assert reason in caught.value.message


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        pytest.param(lambda: b'{"a": [' + b"[]," * 6_000_000 + b"[]]}", "more than 5,000,000 values", id="json"),
        pytest.param(lambda: b"a: [" + b"x," * 5_000_001 + b"]", "more than 5,000,000 values", id="yaml"),
        pytest.param(lambda: bytes(LIMIT_INDEX_BYTES + 1), "longer than 128 MiB", id="bytes"),
    ],
)
def test_what_is_too_large_is_refused(make: Callable[[], bytes], reason: str) -> None:
    """Before it takes much more memory than its text."""
    with pytest.raises(RepositoryError, match=reason):
        read_index(make(), source="x")


def test_commas_in_texts_are_no_values() -> None:
    """An index whose texts hold many commas is not taken for one of many values."""
    found = read_index(text(index(entry("1.0.0", description="," * 6_000_000))), source="x")
    assert 6_000_000 == len(found.entries["web"][0].description)


def test_unknown_fields_are_forgiven() -> None:
    """Other programs' fields do no harm, in YAML neither; annotations that are no texts are left out."""
    data = index(entry("1.0.0", strange=1), serverInfo={"a": 1}, annotations={"a": "b", "c": 1}, generated="2026")
    found = read_index(text(data, "yaml"), source="x")
    assert ("2026", {"a": "b"}, 1) == (found.generated, found.annotations, len(found.entries["web"]))


def test_only_the_path_that_we_know_announces_shards() -> None:
    """An annotation that names another place (a hostile one, say) is not followed."""
    told = [{SHARDS: SHARD_PATH}, {SHARDS: "http://else/{name}"}, {}]
    found = [read_index(text(index(annotations=each)), source="x").has_shards for each in told]
    assert [True, False, False] == found


def test_a_shard_has_sizes() -> None:
    """A shard's entries are those of the index, with the archive's size."""
    data = {"apiVersion": "v1", "name": "web", "entries": [entry("1.0.0", size=5), entry("2.0.0", size=True)]}
    found = read_shard(text(data), source="x", name="web")
    assert [("2.0.0", None), ("1.0.0", 5)] == [(each.version, each.size) for each in found]


@pytest.mark.parametrize(
    "data", [{"name": "other", "entries": []}, {"name": "web"}, {"name": "web", "entries": {}}, [], {}]
)
def test_what_is_no_shard_of_the_chart_is_refused(data: Any) -> None:
    """A shard of another chart, say."""
    with pytest.raises(RepositoryError):
        read_shard(text(data), source="x", name="web")


@pytest.mark.parametrize("name", ["..", ".hidden", "a/b", "a\\b", "", "a b", "é", "a" * 201, "-a", "a\n", "Web"])
def test_some_names_have_no_shard(name: str) -> None:
    """What cannot be a file's name everywhere stays in the index alone."""
    assert shard_path(name) is None


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        pytest.param("", "2.0.0", id="newest-release"),
        pytest.param("1.2.0", "1.2.0", id="exact"),
        pytest.param("v1.2.0", "1.2.0", id="another-spelling"),
        pytest.param("1.2.0+b", "1.2.0+b", id="exact-build"),
        pytest.param("1.2.0+c", None, id="no-such-build"),
        pytest.param("1.3.0", None, id="build-not-asked-for"),
        pytest.param("1.3.0+x", "1.3.0+x", id="only-with-build"),
        pytest.param("1.2", "1.2.0+b", id="partial-is-a-range"),
        pytest.param("^1", "1.3.0+x", id="range"),
        pytest.param("<1.3", "1.2.0+b", id="below"),
        pytest.param("3.0.0-rc.1", "3.0.0-rc.1", id="pre-release"),
        pytest.param(">=3.0.0-0", "3.0.0-rc.1", id="range-of-pre-releases"),
        pytest.param(">2", None, id="none-fits"),
        pytest.param(" 2.0.0 ", "2.0.0", id="blanks"),
        pytest.param("odd", "odd", id="exact-text-that-is-no-version"),
    ],
)
def test_a_version_chooses_an_entry(version: str, expected: str | None) -> None:
    """Exact text first, a complete version means itself alone, the rest is a range."""
    listed = entries("3.0.0-rc.1", "2.0.0", "1.3.0+x", "1.2.0", "1.2.0+a", "1.2.0+b", "odd")
    found = choose(listed, version)
    assert expected == (found and found.version)


def test_devel_includes_pre_releases() -> None:
    """As Helm's flag does where no version is given."""
    found = choose(entries("3.0.0-rc.1", "2.0.0"), devel=True)
    assert found is not None
    assert "3.0.0-rc.1" == found.version


def test_what_is_no_range_is_refused() -> None:
    """Text that no entry has and that is no range is an error, not an absence."""
    with pytest.raises(RepositoryError, match="latest"):
        choose(entries("1.0.0"), "latest")


names = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=10)
whole = st.dictionaries(
    names,
    st.lists(
        st.fixed_dictionaries(
            {"version": st.from_regex(r"[0-9]\.[0-9]\.[0-9](-[a-z]{1,3})?(\+[a-z]{1,3})?", fullmatch=True)},
            optional={"description": texts, "keywords": st.lists(texts, max_size=3), "digest": st.just(DIGEST)},
        ),
        min_size=1,
        max_size=4,
    ),
    max_size=4,
)


@given(whole)
def test_json_and_yaml_read_the_same(charts: dict[str, list[dict[str, Any]]]) -> None:
    """Either form gives every entry that was written, and the same ones."""
    data = {"apiVersion": "v1", "entries": {n: [{"name": n, **e} for e in each] for n, each in charts.items()}}
    as_json, as_yaml = (read_index(text(data, form), source="x") for form in ("json", "yaml"))
    assert as_json == as_yaml
    assert {name: len(each) for name, each in charts.items()} == {n: len(each) for n, each in as_json.entries.items()}
