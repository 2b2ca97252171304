"""Revisions as Helm's Secrets, byte for byte, and back."""

from __future__ import annotations

import base64
import gzip
import json
import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite.chart.chart import Chart, ChartFile
from helmlite.chart.metadata import ChartMetadata
from helmlite.errors import ReleaseError
from helmlite.manifest.identity import ReleaseId
from helmlite.manifest.manifest import Hook, HookRun
from helmlite.release.codec import (
    SECRET_LIMIT,
    chart_record,
    decode,
    encode,
    same_content,
    secret_name,
    shrink,
    to_record,
    to_secret,
)
from helmlite.release.release import ChartRecord, Revision, Status
from tests.release.cases import HOOK, MANIFEST, NOW, RELEASE, chart, fixture, revision, unpacked

GOLDEN = Path(__file__).with_name("golden") / "record.json"


def read(secret: dict[str, Any]) -> Revision:
    """Return the revision of a Secret that can be read."""
    found = decode(secret)
    assert isinstance(found, Revision), found
    return found


# Bytes.


def test_the_json_is_helms_byte_for_byte() -> None:
    """Fields, their order, escapes and what is left out are those of the golden file."""
    made = revision(hooks=[HOOK], rollback_revision=1, deleted=NOW)
    assert GOLDEN.read_text() == unpacked(to_secret(made)) + "\n"


def test_the_gzip_header_is_gos() -> None:
    """Magic, deflate, no flags, no time, best compression, unknown system."""
    packed = base64.b64decode(base64.b64decode(encode(revision())))
    assert b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" == packed[:10]


@pytest.mark.parametrize("name", ["helm4-superseded", "helm4-rollback", "helm4-client-side", "helm4-uninstalled"])
def test_the_gzip_header_is_that_of_the_real_helm(name: str) -> None:
    """What the real helm wrote begins with the same ten bytes."""
    theirs = base64.b64decode(base64.b64decode(fixture(name)["data"]["release"]))
    ours = base64.b64decode(base64.b64decode(encode(read(fixture(name)))))
    assert theirs[:10] == ours[:10]


def test_data_is_base64_of_base64() -> None:
    """The outer coding is the API's, the inner Helm's: padded, without line ends."""
    inner = base64.b64decode(encode(revision()), validate=True)
    assert re.fullmatch(rb"[A-Za-z0-9+/]+={0,2}", inner)
    assert json.loads(gzip.decompress(base64.b64decode(inner, validate=True)))["name"] == "shop"


def test_encoding_twice_gives_the_same() -> None:
    """Nothing of time or chance is in a record."""
    assert encode(revision()) == encode(revision())


def test_the_secret_is_helms() -> None:
    """Name, type, labels and the one key of its data are those that Helm looks for."""
    made = to_secret(revision(labels={"team": "shop"}, marks={"helmlite.dev/lock": "x"}, resource_version="12"))
    assert {
        "name": "sh.helm.release.v1.shop.v3",
        "namespace": "prod",
        "labels": {
            "team": "shop",
            "helmlite.dev/lock": "x",
            "name": "shop",
            "owner": "helm",
            "status": "deployed",
            "version": "3",
        },
        "resourceVersion": "12",
    } == made["metadata"]
    assert ("v1", "Secret", "helm.sh/release.v1", ["release"]) == (
        made["apiVersion"],
        made["kind"],
        made["type"],
        list(made["data"]),
    )


def test_a_user_label_cannot_hide_a_record() -> None:
    """The record's own labels win over any that a revision bears."""
    made = to_secret(revision(labels={"owner": "me", "name": "other", "status": "x", "version": "9"}))
    assert {"name": "shop", "owner": "helm", "status": "deployed", "version": "3"} == made["metadata"]["labels"]


def test_a_new_secret_has_no_resource_version() -> None:
    """A revision that was not stored yet has none."""
    assert "resourceVersion" not in to_secret(revision())["metadata"]


@pytest.mark.parametrize("number", [1, 10, 999_999_999])
def test_a_secret_is_named_for_release_and_number(number: int) -> None:
    """The name is Helm's scheme, for a release whose name has dots too."""
    named = ReleaseId(namespace="prod", name="shop.v1.v2")
    assert f"sh.helm.release.v1.shop.v1.v2.v{number}" == secret_name(named, number)
    made = read(to_secret(revision(number, id=named)))
    assert (named, number) == (made.id, made.number)


@pytest.mark.parametrize(
    ("changes", "absent"),
    [
        ({"config": None}, "config"),
        ({"config": {}}, "config"),
        ({"manifest": ""}, "manifest"),
        ({"hooks": ()}, "hooks"),
        ({"apply_method": ""}, "apply_method"),
    ],
    ids=["no config", "empty config", "no manifest", "no hooks", "no apply method"],
)
def test_what_is_empty_is_left_out(changes: dict[str, Any], absent: str) -> None:
    """As Go's omitempty does."""
    assert absent not in to_record(revision(**changes))


@pytest.mark.parametrize("absent", ["first_deployed", "last_deployed", "deleted", "rollback_revision", "notes"])
def test_what_is_empty_of_info_is_left_out(absent: str) -> None:
    """Times that are not, no notes, and no revision to go back to are left out of info."""
    made = to_record(revision(first_deployed=None, last_deployed=None, notes=""))
    assert absent not in made["info"]


def test_a_chart_may_be_missing() -> None:
    """A record without a chart says null, and is read as such."""
    made = revision(chart=None)
    assert to_record(made)["chart"] is None
    assert read(to_secret(made)).chart is None


# Back again.

WORDS = st.text(max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
MAPPINGS = st.dictionaries(WORDS, JSON, max_size=4)
MOMENTS = st.none() | st.datetimes(
    min_value=datetime(1900, 1, 1),
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
FILES = st.none() | st.lists(st.fixed_dictionaries({"name": WORDS, "data": WORDS}), max_size=2)
LABELS = st.dictionaries(st.from_regex(r"[a-z]{1,3}", fullmatch=True), st.from_regex(r"[a-z0-9]{0,3}", fullmatch=True))
HOOKS = st.builds(
    Hook,
    name=WORDS,
    kind=WORDS,
    path=WORDS,
    text=WORDS,
    events=st.lists(WORDS, max_size=2).map(tuple),
    weight=st.integers(-9, 9),
    delete_policies=st.lists(WORDS, max_size=2).map(tuple),
    log_policies=st.lists(WORDS, max_size=2).map(tuple),
    last_run=st.builds(HookRun, started_at=MOMENTS, completed_at=MOMENTS, phase=WORDS),
)
REVISIONS = st.builds(
    Revision,
    id=st.just(RELEASE),
    number=st.integers(1, 999_999_999),
    status=st.sampled_from(list(Status)),
    description=WORDS,
    first_deployed=MOMENTS,
    last_deployed=MOMENTS,
    deleted=MOMENTS,
    chart=st.none()
    | st.builds(
        ChartRecord,
        metadata=MAPPINGS,
        values=st.none() | MAPPINGS,
        templates=FILES,
        files=FILES,
        schema=st.none() | WORDS,
        lock=st.none() | MAPPINGS,
    ),
    config=st.none() | st.dictionaries(WORDS, JSON, min_size=1, max_size=4),
    manifest=st.text(),
    hooks=st.lists(HOOKS, max_size=2).map(tuple),
    notes=st.text(),
    labels=LABELS,
    marks=st.sampled_from([{}, {"helmlite.dev/lock": "x"}]),
    apply_method=st.sampled_from(["", "ssa", "csa"]),
    rollback_revision=st.integers(0, 99),
    resource_version=st.sampled_from(["", "7"]),
)


@given(REVISIONS)
def test_every_revision_comes_back(made: Revision) -> None:
    """Whatever a revision holds, its Secret gives it back."""
    assert made == decode(to_secret(made))


@pytest.mark.parametrize(
    "number",
    [2**53 + 1, -(2**63), 10**30, 0.1, 1e300, 5e-324],
    ids=["past 2^53", "2^63", "huge", "0.1", "1e300", "tiny"],
)
def test_numbers_stay_exact(number: float) -> None:
    """Values keep their numbers, beyond what a float holds."""
    assert {"a": number} == read(to_secret(revision(config={"a": number}))).config


def test_half_characters_do_not_stop_a_record() -> None:
    """What is no whole character is stored as Go would."""
    assert "\ufffd" == read(to_secret(revision(notes="\ud800"))).notes


@pytest.mark.parametrize("status", list(Status), ids=str)
def test_every_status_comes_back(status: Status) -> None:
    """Each status stands in the JSON and in the label."""
    made = to_secret(revision(status=status))
    assert (status, str(status)) == (read(made).status, made["metadata"]["labels"]["status"])


# What the real Helm wrote.

TIME = re.compile(r"\.(\d{1,9})Z\"")


def comparable(text: str) -> Any:
    """Return JSON as pairs in their order: times to the microsecond, without the chart's own times of files."""

    def pairs(found: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        return [pair for pair in found if pair[0] not in ("modtime", "schemamodtime")]

    cut = TIME.sub(lambda match: f".{match[1][:6]}".rstrip("0").rstrip(".") + 'Z"', text)
    return json.loads(cut, object_pairs_hook=pairs)


@pytest.mark.parametrize("name", ["helm4-superseded", "helm4-rollback", "helm4-client-side", "helm4-uninstalled"])
def test_a_record_of_the_real_helm_is_written_as_it_was(name: str) -> None:
    """Read and written again, every field stands in its place; only times lose their nanoseconds."""
    theirs = fixture(name)
    assert comparable(unpacked(theirs)) == comparable(unpacked(to_secret(read(theirs))))


@pytest.mark.parametrize("name", ["helm4-superseded", "helm4-rollback", "helm4-client-side", "helm4-uninstalled"])
def test_a_text_of_the_real_helm_is_ours_to_the_byte(name: str) -> None:
    """Escapes and separators are Go's: dates of files apart, the bytes are the same."""
    theirs = fixture(name)
    cut = [
        re.sub(r'[,]?"(schema)?modtime":"[^"]*"', "", text)
        for text in (unpacked(theirs), unpacked(to_secret(read(theirs))))
    ]
    texts = [TIME.sub(lambda match: f".{match[1][:6]}".rstrip("0").rstrip(".") + 'Z"', text) for text in cut]
    assert texts[0] == texts[1]


FACTS: dict[str, dict[str, Any]] = {
    "helm4-superseded": {
        "number": 1,
        "status": Status.SUPERSEDED,
        "description": "Install complete",
        "apply_method": "ssa",
        "labels": {"team": "shop"},
        "config": {"count": 7},
        "rollback_revision": 0,
    },
    "helm4-rollback": {
        "number": 3,
        "status": Status.DEPLOYED,
        "description": "Rollback to 1",
        "apply_method": "ssa",
        "labels": {"team": "shop"},
        "config": {"count": 7},
        "rollback_revision": 1,
    },
    "helm4-client-side": {
        "number": 1,
        "status": Status.DEPLOYED,
        "description": "first <try>",
        "apply_method": "csa",
        "labels": {},
        "config": None,
        "rollback_revision": 0,
    },
    "helm4-uninstalled": {
        "number": 1,
        "status": Status.UNINSTALLED,
        "description": "Uninstallation complete",
        "apply_method": "ssa",
        "labels": {},
        "config": None,
        "rollback_revision": 0,
    },
    "helm3-shape": {
        "number": 12,
        "status": Status.DEPLOYED,
        "description": "Upgrade complete",
        "apply_method": "",
        "labels": {},
        "config": {"greeting": "hello"},
        "rollback_revision": 0,
    },
}


@pytest.mark.parametrize("name", FACTS)
def test_a_record_of_helm_is_read(name: str) -> None:
    """Number, status, description, method, labels and values are those that Helm shows."""
    made = read(fixture(name))
    assert FACTS[name] == {key: getattr(made, key) for key in FACTS[name]}


@pytest.mark.parametrize("name", FACTS)
def test_a_chart_of_helm_is_read(name: str) -> None:
    """Name and versions of the chart are known."""
    made = read(fixture(name)).chart
    assert made is not None
    expected = ("web", "0.9.0", "4.4") if name == "helm3-shape" else ("web", "1.2.3", "4.5")
    assert expected == (made.name, made.version, made.app_version)


def test_times_of_helm_are_read() -> None:
    """Times are timezone-aware; an empty ``deleted`` of Helm 3 is none."""
    made = read(fixture("helm3-shape"))
    assert (datetime(2021, 3, 4, 4, 6, 7, 123456, tzinfo=UTC), None) == (made.first_deployed, made.deleted)
    assert read(fixture("helm4-uninstalled")).deleted is not None


def test_a_hook_of_helm_is_read() -> None:
    """Events, weight, policies and how it last ended are known."""
    made = read(fixture("helm4-superseded")).hooks[0]
    assert (
        ("ssa-before", "ConfigMap", "web/templates/hook.yaml", ("pre-install", "pre-upgrade"), -5, "Succeeded"),
        (("before-hook-creation", "hook-succeeded"), ("hook-failed",)),
    ) == (
        (made.name, made.kind, made.path, made.events, made.weight, made.last_run.phase),
        (made.delete_policies, made.log_policies),
    )


def test_a_hook_of_helm_3_that_never_ended_is_read() -> None:
    """Helm 3 writes an empty time where there is none."""
    made = read(fixture("helm3-shape")).hooks[0]
    assert ("Running", None) == (made.last_run.phase, made.last_run.completed_at)


# Records that are too large.


def noise(size: int) -> str:
    """Return text that no compression makes smaller than three quarters."""
    return base64.b64encode(random.Random(7).randbytes(size * 3 // 4)).decode()


def large(files: int = 0, templates: int = 0, manifest: int = 0) -> Revision:
    """Return a revision with so much in its chart's files, templates, and manifest."""
    made = chart(
        files=[{"name": "big.bin", "data": noise(files)}],
        templates=[{"name": "templates/a.yaml", "data": noise(templates)}],
    )
    return revision(chart=made, manifest=noise(manifest))


def held(made: Revision) -> tuple[bool, bool]:
    """Return whether a revision's chart holds files, and templates."""
    assert made.chart is not None
    return made.chart.files is not None, made.chart.templates is not None


@pytest.mark.parametrize(
    ("files", "templates", "expected"),
    [
        (100_000, 100_000, (True, True)),
        (1_500_000, 100_000, (False, True)),
        (100_000, 1_500_000, (False, False)),
        (1_500_000, 1_500_000, (False, False)),
    ],
    ids=["small", "large files", "large templates", "both"],
)
def test_files_go_first_then_templates(files: int, templates: int, expected: tuple[bool, bool]) -> None:
    """A record over the limit leaves out what Helm does not need, no more than it must."""
    small, data = shrink(large(files, templates))
    assert expected == held(small)
    assert len(base64.b64decode(data)) <= SECRET_LIMIT


def test_what_is_left_out_is_left_out_of_the_secret() -> None:
    """The Secret holds the smaller record; all else of it is as it was."""
    made = large(files=1_500_000)
    assert made.chart is not None
    expected = replace(made, chart=replace(made.chart, files=None))
    assert expected == read(to_secret(made))


def test_the_limit_is_met_exactly() -> None:
    """A record of just the limit is kept whole; one byte less room, and files are left out."""
    made = large(files=1_000)
    size = len(base64.b64decode(encode(made)))
    assert (True, True) == held(shrink(made, limit_bytes=size)[0])
    assert (False, True) == held(shrink(made, limit_bytes=size - 1)[0])


def test_a_record_that_cannot_be_made_small_is_refused() -> None:
    """A manifest over the limit is an error that says how much too much there is."""
    with pytest.raises(ReleaseError) as caught:
        to_secret(large(manifest=1_500_000))
    found = re.fullmatch(
        r"the record of release prod/shop would have (\d+) bytes, (\d+) more than a Secret holds, even without the "
        r"chart's files and templates: its manifest or values are too large",
        caught.value.message,
    )
    assert found
    assert SECRET_LIMIT == int(found[1]) - int(found[2])
    assert "split the chart, or move large data out of its ConfigMaps" == caught.value.hint


def test_a_record_without_chart_may_be_too_large() -> None:
    """Where nothing can be left out, the same error comes."""
    with pytest.raises(ReleaseError, match="more than a Secret holds"):
        shrink(revision(chart=None, manifest=noise(2_000)), limit_bytes=1_000)


# The same content.

CHANGES: dict[str, dict[str, Any]] = {
    "values": {"config": {"image": {"tag": "other"}}},
    "no values": {"config": None},
    "manifest": {"manifest": MANIFEST + "\n"},
    "hooks": {"hooks": [HOOK]},
    "labels": {"labels": {"team": "shop"}},
    "chart version": {"chart": chart(metadata={"name": "shop", "version": "2.0.0", "apiVersion": "v2"})},
    "chart values": {"chart": chart(values={"replicas": 3})},
    "templates": {"chart": chart(templates=[{"name": "templates/a.yaml", "data": "Yg=="}])},
    "a file changed": {"chart": chart(files=[{"name": "extra.txt", "data": "Yg=="}])},
    "a file more": {"chart": chart(files=[*(chart().files or ()), {"name": "b", "data": ""}])},
    "a file less": {"chart": chart(files=[])},
    "schema": {"chart": chart(schema="e30=")},
    "no chart": {"chart": None},
    "namespace": {"id": ReleaseId(namespace="dev", name="shop")},
}
SAME: dict[str, dict[str, Any]] = {
    "number": {"number": 4},
    "status": {"status": Status.FAILED},
    "description": {"description": "other"},
    "times": {"first_deployed": None, "last_deployed": None, "deleted": NOW},
    "notes": {"notes": "other"},
    "method": {"apply_method": "csa"},
    "marks": {"marks": {"helmlite.dev/lock": "x"}},
    "resource version": {"resource_version": "9"},
    "order of values": {"chart": chart(metadata=dict(reversed(list(chart().metadata.items()))))},
    "times of files": {
        "chart": chart(files=[{**each, "modtime": "2026-11-24T12:00:00Z"} for each in chart().files or ()])
    },
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_change_is_seen(case: str) -> None:
    """Chart, values, manifest, hooks and labels count, whichever way they change."""
    assert not same_content(revision(), revision(**CHANGES[case]))
    assert not same_content(revision(**CHANGES[case]), revision())


@pytest.mark.parametrize("case", SAME)
def test_what_does_not_count_is_not_seen(case: str) -> None:
    """Number, status, times, notes and marks are no content."""
    assert same_content(revision(), revision(**SAME[case]))


def test_how_a_hook_ended_does_not_count() -> None:
    """A hook that has not run yet is the same as one that has."""
    fresh = replace(HOOK, last_run=HookRun())
    assert same_content(revision(hooks=[HOOK]), revision(hooks=[fresh]))
    assert not same_content(revision(hooks=[HOOK]), revision(hooks=[replace(fresh, weight=1)]))


@pytest.mark.parametrize("left_out", [{"files": None}, {"files": None, "templates": None}], ids=["files", "templates"])
def test_what_was_left_out_is_not_compared(left_out: dict[str, None]) -> None:
    """What had no room in the stored record is taken as the same."""
    assert same_content(revision(chart=chart(**left_out)), revision())


def test_a_first_file_is_seen() -> None:
    """A chart that had no files and gains one is another chart."""
    assert not same_content(revision(chart=chart(files=[])), revision())


@given(REVISIONS)
def test_a_revision_is_the_same_as_what_was_stored_of_it(made: Revision) -> None:
    """Storing changes nothing of the content."""
    found = decode(to_secret(made))
    assert isinstance(found, Revision)
    assert same_content(found, made)


# The chart of a record.


def test_a_chart_is_recorded_in_helms_shape() -> None:
    """Metadata, values, templates and files in base64, the schema too."""
    made = chart_record(
        Chart(
            metadata=ChartMetadata(name="shop", version="1.2.3"),
            values={"a": 1},
            templates=[ChartFile(name="templates/a.yaml", data=b"a: 1\n")],
            files=[ChartFile(name="extra.bin", data=b"\xff\x00")],
            schema=b"{}",
        )
    )
    assert ({"name": "shop", "version": "1.2.3", "apiVersion": "v2"}, {"a": 1}, "e30=", None) == (
        made.metadata,
        made.values,
        made.schema,
        made.lock,
    )
    assert [{"name": "templates/a.yaml", "data": "YTogMQo="}] == made.templates
    assert [{"name": "extra.bin", "data": "/wA="}] == made.files
