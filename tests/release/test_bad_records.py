"""Records that cannot be read: listed with a reason, never an exception."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite.manifest.identity import ReleaseId
from helmlite.release import codec
from helmlite.release.codec import decode, to_secret
from helmlite.release.release import BadRecord, Revision, Status
from tests.release.cases import packed, record, revision, stored


def b64(data: bytes) -> str:
    """Return bytes in base64."""
    return base64.b64encode(data).decode()


def twice(data: bytes) -> str:
    """Return bytes as Helm's base64 in the API's."""
    return b64(base64.b64encode(data))


GOOD = packed(json.dumps(record()))
GZIP = base64.b64decode(base64.b64decode(GOOD))
SHAPE = "it is not of Helm's shape"
# Each row: the Secret, and the reason that it is listed with.
BAD: dict[str, tuple[Mapping[str, Any], str]] = {
    # No data
    "no data": ({**stored(None), "data": None}, "it cannot be decoded: there is no data under the key release"),
    "empty data": ({**stored(None), "data": {}}, "it cannot be decoded: there is no data under the key release"),
    "data of no shape": (
        {**stored(None), "data": ["x"]},
        "it cannot be decoded: there is no data under the key release",
    ),
    "another key": (
        {**stored(None), "data": {"other": GOOD}},
        "it cannot be decoded: there is no data under the key release",
    ),
    "a null": (stored(None), "it cannot be decoded: there is no data under the key release"),
    # Coding
    "no base64": (stored("%%%"), "it cannot be decoded: no base64"),
    "cut base64": (stored(GOOD[:-3]), "it cannot be decoded: no base64"),
    "other letters": (stored("\u00e4\u00f6\u00fc"), "it cannot be decoded: no base64"),
    "base64 once": (stored(b64(GZIP)), "it cannot be decoded: no base64"),
    "base64 three times": (stored(b64(GOOD.encode())), "it cannot be decoded: no valid JSON: Expecting value"),
    "nothing": (stored(""), "it cannot be decoded: no valid JSON: Expecting value"),
    "half of the gzip": (stored(twice(GZIP[: len(GZIP) // 2])), "it cannot be decoded: damaged gzip"),
    "only the gzip header": (stored(twice(GZIP[:10])), "it cannot be decoded: damaged gzip"),
    "a wrong byte": (
        stored(twice(GZIP[:20] + bytes([GZIP[20] ^ 255]) + GZIP[21:])),
        "it cannot be decoded: damaged gzip",
    ),
    "a wrong checksum": (stored(twice(GZIP[:-8] + bytes(4) + GZIP[-4:])), "it cannot be decoded: damaged gzip"),
    "something after the gzip": (stored(twice(GZIP + b"more")), "it cannot be decoded: damaged gzip"),
    "no UTF-8": (stored(packed(b'{"name": "\xff"}')), "it cannot be decoded: no UTF-8 text (byte 10)"),
    # JSON
    "empty gzip": (stored(packed("")), "it cannot be decoded: no valid JSON: Expecting value"),
    "YAML": (stored(packed("name: shop\n")), "it cannot be decoded: no valid JSON: Expecting value"),
    "half of the JSON": (
        stored(packed(json.dumps(record())[:40])),
        "it cannot be decoded: no valid JSON: Unterminated string starting at",
    ),
    "not a number": (stored(packed('{"version": NaN}')), "it cannot be decoded: NaN is no JSON"),
    "a number too large": (
        stored(packed('{"version": 1e999}')),
        "it cannot be decoded: a number too large for a float",
    ),
    "digits without end": (
        stored(packed(f'{{"version": {"9" * 5000}}}')),
        "it cannot be decoded: a number of more than 308 digits",
    ),
    "deep lists": (
        stored(packed("[" * 100_000 + "]" * 100_000)),
        "it cannot be decoded: nested more than 200 levels deep",
    ),
    "deep mappings": (
        stored(packed('{"a":' * 10_000 + "1" + "}" * 10_000)),
        "it cannot be decoded: nested more than 200 levels deep",
    ),
    "a list": (stored(packed("[]")), "its JSON is no object"),
    "a number": (stored(packed("1")), "its JSON is no object"),
    "null": (stored(packed("null")), "its JSON is no object"),
    # Shape
    "an empty object": (stored({}), "it cannot be decoded: it has no info"),
    "no info": (stored(record(info=None)), "it cannot be decoded: it has no info"),
    "info as list": (stored(record(info=[])), "it cannot be decoded: it has no info"),
    "info as text": (stored(record(info="x")), "it cannot be decoded: it has no info"),
    "no status": (stored(record(info={})), "it cannot be decoded: its status '' is none of Helm's"),
    "an unknown status": (
        stored(record(info_with={"status": "sleeping"})),
        "it cannot be decoded: its status 'sleeping' is none of Helm's",
    ),
    "a null status": (
        stored(record(info_with={"status": None})),
        "it cannot be decoded: its status 'None' is none of Helm's",
    ),
    "a list as status": (
        stored(record(info_with={"status": []})),
        "it cannot be decoded: its status '[]' is none of Helm's",
    ),
    "a long status": (
        stored(record(info_with={"status": "x" * 10_000})),
        f"it cannot be decoded: its status '{'x' * 40}' is none of Helm's",
    ),
    "no time": (stored(record(info_with={"first_deployed": "soon"})), "it cannot be decoded: no RFC 3339 time"),
    "a number as time": (
        stored(record(info_with={"last_deployed": 1795538036})),
        "it cannot be decoded: no RFC 3339 time",
    ),
    "a day that is none": (
        stored(record(info_with={"deleted": "2026-02-30T00:00:00Z"})),
        "it cannot be decoded: day is out of range for month",
    ),
    "version zero": (stored(record(version=0)), "it cannot be decoded: its version is no positive number"),
    "version below zero": (stored(record(version=-3)), "it cannot be decoded: its version is no positive number"),
    "a text as version": (stored(record(version="3")), "it cannot be decoded: its version is no positive number"),
    "a boolean as version": (stored(record(version=True)), "it cannot be decoded: its version is no positive number"),
    "a fraction as version": (stored(record(version=3.5)), "it cannot be decoded: its version is no positive number"),
    "a null version": (stored(record(version=None)), "it cannot be decoded: its version is no positive number"),
    "a list as manifest": (stored(record(manifest=[])), f"it cannot be decoded: {SHAPE}"),
    "a null manifest": (stored(record(manifest=None)), f"it cannot be decoded: {SHAPE}"),
    "a list as config": (stored(record(config=[])), f"it cannot be decoded: {SHAPE}"),
    "a number as notes": (stored(record(info_with={"notes": 1})), f"it cannot be decoded: {SHAPE}"),
    "a list as chart": (stored(record(chart=[])), "it cannot be decoded: its chart is no object"),
    "a list as metadata": (stored(record(chart={"metadata": ["x"]})), "it cannot be decoded: its chart is no object"),
    "a mapping as hooks": (stored(record(hooks={"a": 1})), SHAPE),
    "a number as hooks": (stored(record(hooks=7)), SHAPE),
    "a text as hook": (stored(record(hooks=["x"])), SHAPE),
    "a null as hook": (stored(record(hooks=[None])), SHAPE),
    "a list as a hook's manifest": (
        stored(record(hooks=[{"manifest": []}])),
        "it cannot be decoded: a hook of it is not of Helm's shape",
    ),
    "a text as a hook's events": (
        stored(record(hooks=[{"events": "test"}])),
        "it cannot be decoded: a hook of it is not of Helm's shape",
    ),
    "a text as a hook's run": (stored(record(hooks=[{"last_run": "x"}])), SHAPE),
    "no time of a hook": (
        stored(record(hooks=[{"last_run": {"started_at": "x"}}])),
        "it cannot be decoded: no RFC 3339 time",
    ),
    # The Secret around it
    "another type": (
        {**stored(record()), "type": "Opaque"},
        "its type is Opaque, not helm.sh/release.v1",
    ),
    "the name of another revision": (
        stored(record(), name="sh.helm.release.v1.shop.v4"),
        "its name is not that of revision 3 of release shop, which it holds",
    ),
    "a name of its own": (
        stored(record(), name="backup-of-shop"),
        "its name is not that of revision 3 of release shop, which it holds",
    ),
    "a number with zeros": (
        stored(record(), name="sh.helm.release.v1.shop.v03"),
        "its name is not that of revision 3 of release shop, which it holds",
    ),
    "another release": (
        stored(record(name="blog")),
        "its name is not that of revision 3 of release blog, which it holds",
    ),
    "the label of another release": (
        stored(record(), labels={"name": "blog", "owner": "helm"}),
        "its name is not that of revision 3 of release shop, which it holds",
    ),
}


def test_the_table_is_wide() -> None:
    """There are more than 25 ways in which a record can be bad."""
    assert 50 < len(BAD)


@pytest.mark.parametrize("case", BAD)
def test_a_bad_record_says_why(case: str) -> None:
    """What cannot be read is a BadRecord with a reason for people."""
    secret, reason = BAD[case]
    found = decode(secret)
    assert isinstance(found, BadRecord)
    assert reason == found.reason


@pytest.mark.parametrize(
    "case", [case for case, (secret, _) in BAD.items() if secret["metadata"] == stored("")["metadata"]]
)
def test_a_bad_record_is_listed_where_it_belongs(case: str) -> None:
    """Release, number and status come from the Secret's name and labels."""
    found = decode(BAD[case][0])
    assert isinstance(found, BadRecord)
    assert (ReleaseId(namespace="prod", name="shop"), 3, "deployed", "sh.helm.release.v1.shop.v3", "7") == (
        found.id,
        found.number,
        found.status,
        found.secret_name,
        found.resource_version,
    )


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"labels": {}}, ("shop", 3, "unknown")),
        ({"labels": None}, ("shop", 3, "unknown")),
        ({"labels": ["x"]}, ("shop", 3, "unknown")),
        ({"labels": {"name": "shop", "version": "5"}}, ("shop", 3, "unknown")),
        ({"name": "other", "labels": {"name": "shop", "version": "5"}}, ("shop", 5, "unknown")),
        ({"name": "other", "labels": {"version": "five"}}, ("other", 0, "unknown")),
        ({"name": "other", "labels": {"version": "\u0665"}}, ("other", 0, "unknown")),
        ({"name": "other", "labels": {"version": "9" * 50}}, ("other", 0, "unknown")),
        ({"name": "sh.helm.release.v1.a.v1.v2", "labels": {}}, ("a.v1", 2, "unknown")),
        (
            {"name": "sh.helm.release.v1.a.v99999999999", "labels": {}},
            ("sh.helm.release.v1.a.v99999999999", 0, "unknown"),
        ),
        ({"labels": {"status": "sleeping"}}, ("shop", 3, "sleeping")),
    ],
    ids=range(11),
)
def test_name_and_labels_of_any_shape_are_read(metadata: dict[str, Any], expected: tuple[str, int, str]) -> None:
    """A record is found by its Secret's name, else by its labels, else listed as what it is called."""
    found = decode(stored("", **metadata))
    assert isinstance(found, BadRecord)
    assert expected == (found.id.name, found.number, found.status)


@pytest.mark.parametrize("secret", [{}, {"metadata": None}, {"metadata": []}, {"metadata": {"labels": "x"}}], ids=repr)
def test_what_is_no_secret_at_all_is_listed(secret: dict[str, Any]) -> None:
    """Nothing that an API server could answer raises."""
    assert isinstance(decode(secret), BadRecord)


def test_a_bomb_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Data that unpacks without measure is given up at the limit."""
    monkeypatch.setattr(codec, "UNPACKED_LIMIT", 1 << 20)
    found = decode(stored(packed(b" " * (4 << 20))))
    assert isinstance(found, BadRecord)
    assert "it cannot be decoded: more than 1 MiB unpacked" == found.reason


def test_reasons_hold_no_values() -> None:
    """A record holds Secrets: what is wrong with it never quotes them."""
    broken = json.dumps(record(config={"password": "hunter2hunter2"}))
    for cut in range(1, len(broken)):
        found = decode(stored(packed(broken[:cut])))
        assert isinstance(found, BadRecord)
        assert "hunter2" not in repr(found)


@given(st.integers(0, len(GZIP) - 1), st.integers(1, 255))
def test_a_flipped_byte_raises_nothing(position: int, change: int) -> None:
    """Whichever byte of a record is damaged, it is read or listed."""
    damaged = bytearray(GZIP)
    damaged[position] ^= change
    assert isinstance(decode(stored(twice(bytes(damaged)))), Revision | BadRecord)


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=4)
ANY = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=5,
)
FIELDS = ("name", "info", "chart", "config", "manifest", "hooks", "version", "namespace", "apply_method")
INFO = ("first_deployed", "deleted", "description", "status", "notes", "rollback_revision", "resources")
CHART = ("metadata", "lock", "templates", "values", "schema", "files")
HOOK = ("name", "events", "manifest", "last_run", "weight", "delete_policies", "output_log_policies")


@given(
    st.dictionaries(st.sampled_from(FIELDS), ANY, max_size=2),
    st.dictionaries(st.sampled_from(INFO), ANY, max_size=2),
    st.dictionaries(st.sampled_from(CHART), ANY, max_size=2),
    st.dictionaries(st.sampled_from(HOOK), ANY, max_size=2),
)
def test_a_record_of_any_shape_raises_nothing(
    top: dict[str, Any], info: dict[str, Any], chart: dict[str, Any], hook: dict[str, Any]
) -> None:
    """Whatever stands in a field, the record is read, and can be written again, or listed as bad."""
    found = decode(stored(record(**{"info_with": info, "chart": chart, "hooks": [hook], **top})))
    if isinstance(found, Revision):
        assert isinstance(decode(to_secret(found)), Revision)


# What is not bad.


def test_the_least_that_helm_needs_is_enough() -> None:
    """A record of few fields is read."""
    found = decode(stored(record()))
    assert isinstance(found, Revision)
    assert (3, Status.DEPLOYED, None, "") == (found.number, found.status, found.config, found.apply_method)


def test_json_without_gzip_is_read() -> None:
    """As Helm does, by the magic bytes."""
    assert isinstance(decode(stored(twice(json.dumps(record()).encode()))), Revision)


def test_base64_in_lines_is_read() -> None:
    """As Go does."""
    inner = base64.encodebytes(gzip.compress(json.dumps(record()).encode()))
    assert isinstance(decode(stored(b64(inner))), Revision)


def test_unknown_fields_are_ignored() -> None:
    """Newer Helms may write more."""
    assert isinstance(decode(stored(record(future=[1], info_with={"resources": {"a": 1}}))), Revision)


@pytest.mark.parametrize("field", ["version", "name", "chart", "config", "hooks", "namespace"])
def test_fields_that_may_be_missing(field: str) -> None:
    """Number and name are told by the Secret; chart, values and hooks may be missing."""
    made = record()
    made.pop(field, None)
    found = decode(stored(made))
    assert isinstance(found, Revision)
    assert (3, "shop") == (found.number, found.id.name)


def test_a_record_lives_where_its_secret_does() -> None:
    """A Secret that was copied into another namespace is a release of that namespace."""
    found = decode(stored(record(namespace="other")))
    assert isinstance(found, Revision)
    assert "prod" == found.id.namespace


def test_labels_are_the_users_only() -> None:
    """The record's own labels and ours are no user labels."""
    labels = {
        "name": "shop",
        "owner": "helm",
        "status": "deployed",
        "version": "3",
        "createdAt": "1",
        "modifiedAt": "2",
    }
    found = decode(stored(record(), labels={**labels, "team": "shop", "helmlite.dev/lock": "x"}))
    assert isinstance(found, Revision)
    assert ({"team": "shop"}, {"helmlite.dev/lock": "x"}) == (found.labels, found.marks)


def test_a_revision_is_shown_without_what_may_be_secret() -> None:
    """Values, manifest and notes are not in the ``repr`` of a revision."""
    made = revision(config={"password": "hunter2"}, manifest="hunter2", notes="hunter2")
    assert "hunter2" not in repr(made)
