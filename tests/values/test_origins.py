"""The history of a value: rows whose places are marked in the texts, and told by searching for the marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from helmlite.chart.chart import Chart
from helmlite.chart.loader import load_chart
from helmlite.chart.metadata import ChartMetadata
from helmlite.documents import Path as ValuePath
from helmlite.values.history import STORED
from helmlite.values.layers import UserValues, ValueSources, read_values
from helmlite.values.merge import compute
from helmlite.values.origins import Origin, told
from tests.values.rows import Row, marked, parent, subchart
from tests.values.tables_of_dependencies import TWO_DB, with_db


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A row (what comes of its values is not asked), a path, and its history: marks (``#a``) or flags, newest first."""

    row: Row
    path: ValuePath
    expected: Sequence[str]


def row(**fields: object) -> Row:
    """Return a row of which only the history is asked."""
    return Row(expected={}, **fields)  # type: ignore[arg-type]  # the fields of a row


DB = "# db\na: 1  #db\nm:\n  x: 1  #dbx\nl:\n- p: 1  #dbp\n"
NET = "exports:\n  net:\n    http: 80  #http\n"
NULL = "m:\n  x: null  #null\n"

HISTORIES = {
    "chart": History(row=row(values="b: 1\na: 1  #a\n"), path=("a",), expected=["#a"]),
    "nobody": History(row=row(values="a: 1\n"), path=("b",), expected=[]),
    "nobody-below-text": History(row=row(values="a: text\n"), path=("a", "b"), expected=[]),
    "file-over-chart": History(row=row(mine="\na: 2  #b\n", values="a: 1  #a\n"), path=("a",), expected=["#b", "#a"]),
    "flags-over-files-over-chart": History(
        row=row(
            values="m:\n  x: 1  #a\n",
            flags="-f one.yaml -f two.yaml --set m.x=1 --set-string m.x=2 --set-literal m.x=3 --set-json m.x=4",
            files={"one.yaml": "m:\n  z: 0\n  x: 1  #one\n", "two.yaml": "m:\n  x: 1  #two\n"},
        ),
        path=("m", "x"),
        expected=["--set-literal m.x", "--set-string m.x", "--set m.x", "--set-json m.x", "#two", "#one", "#a"],
    ),
    "contents-of-a-file": History(
        row=row(flags="--set-file a=text", files={"text": "t"}), path=("a",), expected=["--set-file a"]
    ),
    "standard-input": History(row=row(flags="-f -", stdin="\na: 1\n"), path=("a",), expected=["standard input:2"]),
    "documents-of-a-file": History(
        row=row(mine="a: 1  #one\n---\na: 2  #two\n", values=""), path=("a",), expected=["#two", "#one"]
    ),
    "mapping": History(row=row(mine="m:  #b\n  z: 1\n", values="m:  #a\n  x: 1\n"), path=("m",), expected=["#b", "#a"]),
    "mapping-below-which-a-flag-sets": History(
        row=row(values="m:  #a\n  x: 1\n", flags="--set m.z=1"), path=("m",), expected=["#a"]
    ),
    "mapping-only-a-flag-made": History(row=row(flags="--set m.n.z=1"), path=("m",), expected=["--set m.n.z"]),
    "top": History(row=row(values="# first\na: 1  #a\n", mine="b: 2  #b\n"), path=(), expected=["#b", "#a"]),
    "text-over-mapping": History(
        row=row(values="a:  #a\n  x: 1\n", mine="a: text  #b\n"), path=("a",), expected=["#b", "#a"]
    ),
    "mapping-over-text": History(
        row=row(values="a: text  #a\n", mine="a:\n  x: 1  #b\n"), path=("a", "x"), expected=["#b", "#a"]
    ),
    "mapping-over-mapping-beneath-text": History(
        row=row(
            values="a:\n  x: 1  #a\n",
            flags="-f one.yaml -f two.yaml",
            files={"one.yaml": "a: text\n", "two.yaml": "a:\n  z: 1\n"},
        ),
        path=("a", "x"),
        expected=["#a"],
    ),
    "json-object": History(
        row=row(values="m:\n  x: 1  #a\n", flags="""--set-json '{"m": {"x": 2}}'"""),
        path=("m", "x"),
        expected=["--set-json", "#a"],
    ),
    "json-object-over-flag": History(
        row=row(values="m:\n  x: 1  #a\n", flags="""--set-json m.x=1 --set-json '{"m": {"x": 2}}' --set m.z=1"""),
        path=("m", "x"),
        expected=["--set-json", "--set-json m.x", "#a"],
    ),
    "in-json-mapping": History(
        row=row(values="m:\n  x: 1  #a\n", mine="m:\n  x: 2  #b\n", flags="""--set-json 'm={"x": 2}'"""),
        path=("m", "x"),
        expected=["--set-json m", "#b", "#a"],
    ),
    "lost-to-a-json-mapping": History(
        row=row(values="m:\n  z: 1  #a\n", mine="m:\n  z: 2\n", flags="""--set-json 'm={"x": 2}'"""),
        path=("m", "z"),
        expected=["#a"],
    ),
    "list-item": History(row=row(values="l:\n- 1\n- 2  #a\n"), path=("l", 1), expected=["#a"]),
    "list-replaced": History(
        row=row(values="l:\n- p: 1  #a\n", mine="l:\n- n: 1\n  p: 2  #b\n"), path=("l", 0, "p"), expected=["#b", "#a"]
    ),
    "list-replaced-by-a-longer-one": History(
        row=row(values="l:  #a\n- 1\n", mine="l:\n- 1\n- 2  #b\n"), path=("l", 1), expected=["#b", "#a"]
    ),
    "list-given-on-one-line": History(row=row(mine="\nl: [1, {p: 2}]  #b\n"), path=("l", 1, "p"), expected=["#b"]),
    "list-of-a-flag": History(
        row=row(values="l:\n- 1\n- 2  #a\n", flags="--set l={5,6}"), path=("l", 1), expected=["--set l", "#a"]
    ),
    "item-set-in-a-file's-list": History(
        row=row(mine="l:\n- p: 1\n- p: 2  #b\n", flags="--set l[1].p=3"),
        path=("l", 1, "p"),
        expected=["--set l[1].p", "#b"],
    ),
    "item-beside-one-that-is-set": History(
        row=row(mine="l:\n- p: 1  #b\n- p: 2\n", flags="--set l[1].p=3"), path=("l", 0, "p"), expected=["#b"]
    ),
    "item-set-takes-the-place-of-a-chart's-list": History(
        row=row(values="l:  #a\n- 1\n", flags="--set l[0]=3"), path=("l",), expected=["--set l[0]", "#a"]
    ),
    "item-that-fills-up": History(row=row(flags="--set l[2]=3"), path=("l", 1), expected=["--set l[2]"]),
    "null": History(row=row(values="m:\n  x: 1  #a\n", mine=NULL), path=("m", "x"), expected=["#null", "#a"]),
    "null-above": History(
        row=row(values="m:\n  x: 1  #a\n", mine="m: null  #b\n"), path=("m", "x"), expected=["#b", "#a"]
    ),
    "null-of-nothing-below": History(row=row(values="m:\n  x: 1\n", mine="m: null\n"), path=("m", "z"), expected=[]),
    "null-of-a-subchart's": History(
        row=row(mine="db:\n  m:\n    x: ~  #b\n", files=subchart("db", DB)),
        path=("db", "m", "x"),
        expected=["#b", "#dbx"],
    ),
    "null-of-the-chart's": History(row=row(values="a: ~  #a\n", mine="a: 1  #b\n"), path=("a",), expected=["#b", "#a"]),
    "null-of-a-subchart's-section": History(
        row=row(values="db:\n  a: 2\n", flags="--set db=null", files=subchart("db", DB)),
        path=("db", "a"),
        expected=["#db"],
    ),
    "null-forgotten": History(
        row=row(
            values="m:\n  x: 1  #a\n",
            flags="-f one.yaml -f two.yaml",
            files={"one.yaml": "m: null\n", "two.yaml": "m:\n  z: 2\n"},
        ),
        path=("m", "x"),
        expected=["#a"],
    ),
    "subchart": History(row=row(files=subchart("db", DB)), path=("db", "a"), expected=["#db"]),
    "subchart's-top": History(row=row(files=subchart("db", "b: 1  #b\n")), path=("db",), expected=["#b"]),
    "subchart's-list": History(row=row(files=subchart("db", DB)), path=("db", "l", 0, "p"), expected=["#dbp"]),
    "all-down-to-a-subchart": History(
        row=row(
            values="db:\n  m:\n    x: 1  #a\n",
            mine="db:\n  m:\n    x: 1  #b\n",
            flags="--set db.m.x=3",
            files=subchart("db", DB),
        ),
        path=("db", "m", "x"),
        expected=["--set db.m.x", "#b", "#a", "#dbx"],
    ),
    "declared-subchart": History(
        row=row(values="db:\n  a: 1  #a\n", files={**parent(with_db()), **subchart("db", DB)}),
        path=("db", "a"),
        expected=["#a", "#db"],
    ),
    "alias": History(
        row=row(values="replica:\n  a: 1  #a\n", files={**parent(TWO_DB), **subchart("db", DB)}),
        path=("replica", "a"),
        expected=["#a", "#db"],
    ),
    "other-alias": History(
        row=row(values="replica:\n  a: 1\n", files={**parent(TWO_DB), **subchart("db", DB)}),
        path=("main", "a"),
        expected=["#db"],
    ),
    "subchart's-subchart": History(
        row=row(
            values="db:\n  metrics:\n    a: 1  #top\n",
            files={**subchart("db", "metrics:\n  a: 1  #mid\n"), **subchart("db/metrics", "a: 1  #own\n")},
        ),
        path=("db", "metrics", "a"),
        expected=["#top", "#mid", "#own"],
    ),
    "section-of-no-subchart": History(row=row(values="db:\n  a: 1  #a\n"), path=("db", "a"), expected=["#a"]),
    "global": History(
        row=row(
            values="global:\n  a: 1  #top\ndb:\n  global:\n    a: 1  #section\n",
            flags="--set global.a=2",
            files=subchart("db", "global:\n  a: 1  #own\n"),
        ),
        path=("db", "global", "a"),
        expected=["--set global.a", "#top", "#section", "#own"],
    ),
    "global-of-all-below": History(
        row=row(
            values="global:\n  a: 1  #top\n",
            files={**subchart("db", "global:\n  a: 1  #mid\n"), **subchart("db/metrics", "global:\n  a: 1  #own\n")},
        ),
        path=("db", "metrics", "global", "a"),
        expected=["#top", "#mid", "#own"],
    ),
    "global-beats-a-flag-for-the-subchart": History(
        row=row(values="global:\n  a: 1  #top\n", flags="--set db.global.a=2", files=subchart("db")),
        path=("db", "global", "a"),
        expected=["#top", "--set db.global.a"],
    ),
    "global-mapping-that-is-not-merged": History(
        row=row(
            values="global:\n  a:\n    x: 1\ndb:\n  global:\n    a: text  #section\n", files=subchart("db", "b: 1\n")
        ),
        path=("db", "global", "a"),
        expected=["#section"],
    ),
    "global-nobody-has": History(row=row(files=subchart("db")), path=("db", "global"), expected=[]),
    "global-null": History(
        row=row(flags="--set global.a=null", files=subchart("db", "global:\n  a: 1  #own\n")),
        path=("db", "global", "a"),
        expected=["--set global.a", "#own"],
    ),
    "import-by-name": History(
        row=row(files={**parent(with_db(import_values="[net]")), **subchart("db", NET)}),
        path=("http",),
        expected=["#http"],
    ),
    "import-is-not-of-the-top": History(
        row=row(values="a: 1  #a\n", files={**parent(with_db(import_values="[net]")), **subchart("db", NET)}),
        path=(),
        expected=["#a"],
    ),
    "import-by-path": History(
        row=row(
            files={
                **parent(with_db(import_values="[{child: exports.net, parent: a.b}]")),
                **subchart("db", NET),
            }
        ),
        path=("a", "b", "http"),
        expected=["#http"],
    ),
    "import-overridden": History(
        row=row(
            values="http: 1  #top\n",
            mine="http: 1  #mine\n",
            files={**parent(with_db(import_values="[net]")), **subchart("db", NET)},
        ),
        path=("http",),
        expected=["#mine", "#top", "#http"],
    ),
    "import-of-what-a-section-says": History(
        row=row(
            values="db:\n  exports:\n    net:\n      http: 1  #section\n",
            files={**parent(with_db(import_values="[net]")), **subchart("db", NET)},
        ),
        path=("http",),
        expected=["#section", "#http"],
    ),
    "import-over-import": History(
        row=row(
            files={
                **parent(with_db(import_values="[one, two]")),
                **subchart("db", "exports:\n  one:\n    a: 1  #one\n  two:\n    a: 1  #two\n"),
            }
        ),
        path=("a",),
        expected=["#one", "#two"],
    ),
    "merge-key": History(row=row(values="x: &x\n  b: 1\nm:  #a\n  <<: *x\n"), path=("m", "b"), expected=["#a"]),
}


@pytest.mark.parametrize("case", HISTORIES.values(), ids=list(HISTORIES))
def test_history(case: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value's history is told from the newest to the oldest, each place once."""
    case.row.lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    places = marked(tmp_path)

    assert [places.get(each, each) for each in case.expected] == [
        each.where for each in case.row.computed().origins(case.path)
    ]


@pytest.fixture
def chart_of_db(tmp_path: Path) -> Path:
    """Return the folder of a chart with the subchart db."""
    row(values="a: 1  #a\n", files=subchart("db", DB)).lay_out(tmp_path)
    return tmp_path


def test_stored_defaults_have_no_lines(chart_of_db: Path) -> None:
    """With --reuse-values they come of the release's record, over what the charts below say."""
    chart = load_chart(chart_of_db / "chart")
    old = UserValues.of({"a": 2}, origin="revision 3")
    new = UserValues.of({"a": 4})
    computed = compute(chart, new.over(old), defaults={"a": 1, "db": {"a": 1}})

    assert ["the values given", "revision 3", STORED] == [each.where for each in computed.origins(("a",))]
    assert [STORED, marked(chart_of_db)["#db"]] == [
        each.where.removeprefix(f"{chart_of_db}/") for each in computed.origins(("db", "a"))
    ]


def test_values_merged_before_come_in_as_one(chart_of_db: Path) -> None:
    """A text among the newer ones that was replaced there has replaced nothing of the older."""
    newer = UserValues.of({"a": {"z": 1}}, origin="3").over(UserValues.of({"a": "text"}, origin="2"))
    computed = compute(load_chart(chart_of_db / "chart"), newer.over(UserValues.of({"a": {"x": 1}}, origin="1")))

    assert {"x": 1, "z": 1} == computed.values["a"]
    assert ["1"] == [each.where for each in computed.origins(("a", "x"))][:1]


def test_many_flags_are_no_deeper_than_one() -> None:
    """Their number is bounded by nothing."""
    flags = [f"m.k{number}=1,l[{number}].a=2,same.n=3" for number in range(3000)]
    objects = [f'{{"m": {{"j{number}": 1}}}}' for number in range(500)]
    user = read_values(ValueSources(set=flags, set_json=objects))
    computed = compute(Chart(metadata=ChartMetadata(name="app", version="1.0.0")), user)
    for path, where in {
        ("m", "k0"): "--set m.k0",
        ("m", "k2999"): "--set m.k2999",
        ("m", "j0"): "--set-json",
        ("l", 7, "a"): "--set l[7].a",
        ("same", "n"): "--set same.n",
    }.items():
        assert [where] == [each.where for each in computed.origins(path)], path


def test_what_is_told() -> None:
    """Newest first, in one line; a null is told as such."""
    path = ("redis", "hosts", 0)
    one, two, null = (
        Origin(where="--set redis.hosts[0]"),
        Origin(where="shop/values.yaml:12"),
        Origin(where="x", null=True),
    )

    assert "redis.hosts[0]: set by --set redis.hosts[0], over shop/values.yaml:12" == told(path, [one, two])
    assert "redis.hosts[0]: set to null by x, over shop/values.yaml:12" == told(path, [null, two])
    assert "the values: set nowhere" == told((), [])
