"""Charts are put together of their files, wherever these come from."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from helmlite.chart.chart import Chart
from helmlite.chart.loader import load_archive, load_chart
from helmlite.errors import ChartError
from tests.chart.archives import chart as packed_chart

CHART = b"apiVersion: v2\nname: web\nversion: 1.0.0\n"
BOM = b"\xef\xbb\xbf"

Load = Callable[[Mapping[str, bytes]], Chart]


@pytest.fixture
def from_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Return a function that writes a chart's files and loads it as ``web``."""

    def load(files: Mapping[str, bytes]) -> Chart:
        for name, data in {"Chart.yaml": CHART, **files}.items():
            path = tmp_path / "web" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        monkeypatch.chdir(tmp_path)
        return load_chart(Path("web"))

    return load


def from_archive(files: Mapping[str, bytes]) -> Chart:
    """Load a chart's files as ``web.tgz``."""
    return load_archive(packed_chart("web", dict(files)), source="web.tgz")


@pytest.fixture(params=["directory", "archive"])
def load(request: pytest.FixtureRequest) -> Load:
    """Return a function that loads a chart's files, from a directory or from an archive."""
    if request.param == "archive":
        return from_archive
    found: Load = request.getfixturevalue("from_directory")
    return found


def names(found: Chart) -> tuple[list[str], list[str], list[str]]:
    """Return the names of templates, files and subcharts."""
    return (
        [each.name for each in found.templates],
        [each.name for each in found.files],
        [each.name for each in found.subcharts],
    )


DB = {"charts/db/Chart.yaml": b"name: db\nversion: 1.0.0\n", "charts/db/values.yaml": b"a: 1\n"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("templates/a.yaml", "template"),
        ("templates/deep/er/a.txt", "template"),
        ("templates/_partial.tpl", "template"),
        ("templates/NOTES.txt", "template"),
        ("crds/a.yaml", "file"),
        ("README.md", "file"),
        ("LICENSE", "file"),
        (".helmignore", "file"),
        (".hidden", "file"),
        ("values-prod.yaml", "file"),
        ("Chart.yaml.bak", "file"),
        ("charts.txt", "file"),
        ("templates.txt", "file"),
        ("d/Chart.yaml", "file"),
        ("charts/db-1.0.0.tgz.prov", "file"),
        ("charts/_notes/README.md", "nothing"),
        ("charts/.gitkeep", "nothing"),
        ("values.yaml", "nothing"),
        ("Chart.lock", "nothing"),
        ("values.schema.json", "nothing"),
        ("requirements.yaml", "nothing"),
        ("requirements.lock", "nothing"),
    ],
)
def test_what_a_path_is(load: Load, name: str, expected: str) -> None:
    """Each path has its place by its name."""
    templates, files, subcharts = names(load({name: b""}))
    kinds = {"template": ([name], []), "file": ([], [name]), "nothing": ([], [])}
    assert (*kinds[expected], []) == (templates, files, subcharts)


def test_crds(load: Load) -> None:
    """CRDs are YAML and JSON below crds/, in path order."""
    given = ["crds/b.YAML", "crds/a.yml", "crds/d/c.json", "crds/README.md", "crds.yaml"]
    assert ["crds/a.yml", "crds/b.YAML", "crds/d/c.json"] == [
        each.name for each in load(dict.fromkeys(given, b"")).crds
    ]


def test_old_charts_keep_requirements(load: Load) -> None:
    """A v1 chart's requirements are files of it too, and declare its dependencies."""
    found = load(
        {
            "Chart.yaml": CHART.replace(b"v2", b"v1"),
            "requirements.yaml": b"dependencies: [{name: db, version: '1'}]\n",
            "requirements.lock": b"digest: d\ngenerated: now\ndependencies: [{name: db, version: 1.0.0}]\n",
        }
    )
    assert ["requirements.lock", "requirements.yaml"] == names(found)[1]
    assert ["db"] == [each.name for each in found.metadata.dependencies]
    assert found.lock is not None
    assert ("d", "now", [{"name": "db", "version": "1.0.0"}]) == (
        found.lock.digest,
        found.lock.generated,
        found.lock.dependencies,
    )
    assert () == tuple(found.warnings)


def test_requirements_of_new_charts(load: Load) -> None:
    """In a v2 chart they still count, with a warning."""
    found = load({"requirements.yaml": b"dependencies: [{name: db}]\n"})
    assert ["db"] == [each.name for each in found.metadata.dependencies]
    assert [f"{found.source}: requirements.yaml is for apiVersion v1; v2 has them in Chart.yaml"] == found.warnings


def test_requirements_that_clash(load: Load) -> None:
    """Two dependencies of one name are refused there too."""
    with pytest.raises(ChartError, match=r"requirements.yaml: dependencies\[1\]: 'db' is the name or alias"):
        load({"requirements.yaml": b"dependencies: [{name: db}, {name: db}]\n"})


def test_chart_lock(load: Load) -> None:
    """Chart.lock is read, its time as text."""
    found = load({"Chart.lock": b"generated: 2020-01-01T00:00:00Z\ndigest: sha256:x\ndependencies: []\n"}).lock
    assert found is not None
    assert ("2020-01-01T00:00:00Z", "sha256:x", []) == (found.generated, found.digest, found.dependencies)


@pytest.mark.parametrize("data", [b"- a\n", b"dependencies: x\n", b"dependencies: [x]\n", b"x\n"])
def test_no_lock(load: Load, data: bytes) -> None:
    """A lock of another shape is refused."""
    with pytest.raises(ChartError, match=r"^web(.tgz)?/Chart.lock: it is not of a lock's shape$"):
        load({"Chart.lock": data})


@pytest.mark.parametrize("data", [b"", b"# nothing\n", b"null\n", b"---\n---\n", b"{}"])
def test_no_values(load: Load, data: bytes) -> None:
    """Values that say nothing are an empty mapping, and kept as written."""
    found = load({"values.yaml": data})
    assert ({}, data) == (found.values, found.raw_values)


def test_values(load: Load) -> None:
    """Values are read with the line of each key, and kept as written."""
    found = load({"values.yaml": b"a:\n  b: 1 # one\nc: [x,\n  z]\n"})
    assert {"a": {"b": 1}, "c": ["x", "z"]} == found.values
    assert {("a",): 1, ("a", "b"): 2, ("c",): 3, ("c", 0): 3, ("c", 1): 4} == found.value_lines
    assert b"a:\n  b: 1 # one\nc: [x,\n  z]\n" == found.raw_values


def test_values_of_several_documents(load: Load) -> None:
    """Several documents are one, mappings merged, the later winning."""
    found = load({"values.yaml": b"a: {b: 1, c: 1}\nl: [1]\n---\n---\na: {c: 2}\nl: [2]\nz: null\n"})
    assert {"a": {"b": 1, "c": 2}, "l": [2], "z": None} == found.values
    assert ({"b": 1, "c": 5}, 6) == ({each: found.value_lines["a", each] for each in "bc"}, found.value_lines["l",])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"- a\n", "/values.yaml: values are a mapping, this is none"),
        (b"text\n", "/values.yaml: values are a mapping, this is none"),
        (b"a: 1\n---\n- b\n", "/values.yaml: it has several documents, which must all be mappings"),
        (b"a: 1\nb: [\n", "/values.yaml:2: "),
        (b"a: 1\nb: \xff\n", "/values.yaml:2: no UTF-8 text"),
        (b"a: &x [*x]\n", "/values.yaml:1: an alias refers to what it stands in"),
        (b"a: " + b"[" * 10_000, "/values.yaml:1: while increasing flow level: exceeded maximum nesting depth"),
        (b"\n".join(b"%sk:" % (b" " * level) for level in range(10_000)), "/values.yaml:201: nested more than 200"),
        (b"{" * 10_000, "/values.yaml:1: "),
    ],
    ids=["list", "text", "documents", "syntax", "bytes", "alias in itself", "lists deep", "keys deep", "braces deep"],
)
def test_values_refused(load: Load, data: bytes, expected: str) -> None:
    """Values that cannot be read are refused with file and line."""
    with pytest.raises(ChartError) as caught:
        load({"values.yaml": data})
    assert caught.value.message.removeprefix("web").removeprefix(".tgz").startswith(expected), caught.value.message


@pytest.mark.parametrize("name", ["Chart.yaml", "values.yaml", "requirements.yaml", "Chart.lock"])
def test_alias_bomb(load: Load, name: str) -> None:
    """Aliases that expand to billions are refused, with the line where it is enough."""
    lines = [b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [b"a%d: &a%d [%s]" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 12)]
    with pytest.raises(ChartError, match=rf"^web(.tgz)?/{name}:7: more than 2000000 values once aliases are expanded"):
        load({name: b"\n".join(lines)})


@pytest.mark.parametrize(
    ("name", "data"), [("values.yaml", b"a: 1\nb: 2\na: 3\n"), ("Chart.yaml", CHART + b"name: web\n")]
)
def test_duplicates_in_a_directory(from_directory: Load, name: str, data: bytes) -> None:
    """A key that is there twice is an error with its line in a directory, which its author has at hand."""
    line = data.count(b"\n")
    with pytest.raises(ChartError, match=rf"^web/{name}:{line}: duplicate key '(a|name)'$"):
        from_directory({name: data})


@pytest.mark.parametrize(
    ("name", "data"), [("values.yaml", b"a: 1\nb: 2\na: 3\n"), ("Chart.yaml", CHART + b"name: web\n")]
)
def test_duplicates_in_an_archive(name: str, data: bytes) -> None:
    """In an archive it is a warning with line and key, and the last one counts."""
    found = from_archive({name: data})
    key, line = ("a", 3) if name == "values.yaml" else ("name", 4)
    assert [f"web.tgz/{name}: line {line}: duplicate key {key!r}, the last one counts"] == found.warnings
    assert {"a": 3, "b": 2} == found.values or name == "Chart.yaml"


def test_duplicates_in_a_packed_subchart(from_directory: Load) -> None:
    """What is packed within a directory is warned of, and the warning rises."""
    found = from_directory({"charts/db.tgz": packed_chart("db", {"values.yaml": b"a: 1\na: 2\n"})})
    assert ["web/charts/db.tgz/values.yaml: line 2: duplicate key 'a', the last one counts"] == found.warnings


def test_byte_order_marks(load: Load) -> None:
    """The mark that some editors put before text is no part of any file."""
    given = {"Chart.yaml": BOM + CHART, "values.yaml": BOM + b"a: 1\n", "templates/a.yaml": BOM + b"x", "f": BOM + b"y"}
    found = load({**given, "values.schema.json": BOM + b"{}"})
    assert (b"x", b"y", b"{}") == (found.templates[0].data, found.files[0].data, found.schema)
    assert ({"a": 1}, b"a: 1\n") == (found.values, found.raw_values)


def test_subcharts(load: Load) -> None:
    """Folders and archives in charts/ are subcharts, in the order of their names; only theirs is in them."""
    found = load({**DB, "charts/cache-2.tgz": packed_chart("cache", {"charts/x.tgz": packed_chart("x")}), "a": b""})
    assert ["cache", "db"] == [each.name for each in found.subcharts]
    assert ["x"] == [each.name for each in found.subcharts[0].subcharts]
    assert ["web", "web/charts/cache", "web/charts/cache/charts/x", "web/charts/db"] == [
        path for path, _ in found.walk()
    ]
    assert ({"a": 1}, f"{found.source}/charts/db") == (found.subcharts[1].values, found.subcharts[1].source)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"charts/README.md": b""}, "/charts/README.md: neither a chart's folder nor a .tgz archive"),
        ({"charts/db/values.yaml": b""}, "/charts/db: no chart: there is no Chart.yaml in it"),
        ({"charts/db.tgz": b"x"}, "/charts/db.tgz: no chart archive: it is not gzipped"),
        ({**DB, "charts/db/values.yaml": b"a: [\n"}, "/charts/db/values.yaml:1: "),
        ({"charts/db/Chart.yaml": b"name: db\n"}, "/charts/db/Chart.yaml: version: a chart needs a version"),
        ({"charts/db/Chart.yaml": b""}, "/charts/db/Chart.yaml: it is null, not a mapping"),
    ],
    ids=["file", "no Chart.yaml", "no archive", "values", "metadata", "empty"],
)
def test_subchart_refused(load: Load, files: dict[str, bytes], expected: str) -> None:
    """A fault of a subchart names its place in the whole."""
    with pytest.raises(ChartError) as caught:
        load(files)
    assert caught.value.message.removeprefix("web").removeprefix(".tgz").startswith(expected), caught.value.message


def test_folder_named_as_an_archive(load: Load) -> None:
    """A folder whose name ends in .tgz is a folder."""
    found = load({"charts/db.tgz/Chart.yaml": b"name: db\nversion: 1.0.0\n"})
    assert ["db"] == [each.name for each in found.subcharts]


def test_no_chart(tmp_path: Path) -> None:
    """A folder without Chart.yaml is no chart."""
    with pytest.raises(ChartError, match=r"no chart: there is no Chart.yaml in it$"):
        load_chart(tmp_path)


def test_nothing_there(tmp_path: Path) -> None:
    """A path that leads nowhere is said to."""
    with pytest.raises(ChartError, match="web: cannot be read: No such file or directory"):
        load_chart(tmp_path / "web")


def test_fifo(tmp_path: Path) -> None:
    """A pipe is no chart, and is not waited for."""
    os.mkfifo(tmp_path / "web.tgz")
    with pytest.raises(ChartError, match="no chart: it is neither a folder nor a file"):
        load_chart(tmp_path / "web.tgz")


def test_large_archive(tmp_path: Path) -> None:
    """An archive that is packed larger than a chart may be unpacked is not read."""
    with (tmp_path / "web.tgz").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ChartError, match=r"web.tgz: the archive is larger than 100 MiB"):
        load_chart(tmp_path / "web.tgz")


def test_archive_from_a_path(tmp_path: Path) -> None:
    """A path of an archive is an archive, whatever its name."""
    (tmp_path / "web").write_bytes(packed_chart("web"))
    assert "web" == load_chart(tmp_path / "web").name


def test_repr_shows_no_values(load: Load) -> None:
    """Neither values nor files show in a repr, where a password could be among them."""
    assert "canary" not in repr(load({"values.yaml": b"password: canary\n", "f": b"canary", "templates/t": b"canary"}))
