"""Charts on disk that are none, and metadata and dependencies at fault."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.chart import archives as made
from tests.cli.wrong.case import Case, Text

INSTALL = "install web chart"


def metadata(text: str) -> Mapping[str, Text | None]:
    """Return Chart.yaml with these lines, after a name and a version unless they give their own."""
    start = "apiVersion: v2\n"
    for field, value in (("name", "web"), ("version", "1.0.0")):
        start += "" if text.startswith(f"{field}:") or f"\n{field}:" in text else f"{field}: {value}\n"
    return {"chart/Chart.yaml": start + text}


def dependency(text: str, **subcharts: str) -> Mapping[str, Text | None]:
    """Return a chart that declares dependencies, with subcharts of these versions in its charts/."""
    found: dict[str, Text | None] = {**metadata(f"dependencies:\n{text}")}
    for name, version in subcharts.items():
        found[f"chart/charts/{name}/Chart.yaml"] = f"apiVersion: v2\nname: {name}\nversion: {version}\n"
    return found


def link(name: str, target: str) -> Callable[[Path], None]:
    """Return what makes a link in the chart."""

    def make(folder: Path) -> None:
        path = folder / "chart" / name
        if not path.is_symlink():
            path.symlink_to(target)

    return make


def pipe(folder: Path) -> None:
    """Make a pipe among the chart's files."""
    path = folder / "chart/files.fifo"
    if not path.exists():
        os.mkfifo(path)


def control_character(folder: Path) -> None:
    """Make a file whose name would drive a terminal."""
    (folder / "chart/a\x1b[2Jb.txt").write_text("x")


def many_files(folder: Path) -> None:
    """Make more files than a chart may have."""
    many = folder / "chart/files"
    many.mkdir(exist_ok=True)
    for number in range(10_001):
        (many / f"{number}").touch()


def large_file(folder: Path) -> None:
    """Make a file, of holes only, that is larger than a chart may be."""
    with (folder / "chart/large.bin").open("wb") as file:
        file.truncate((100 << 20) + 1)


def not_readable(folder: Path) -> None:
    """Make a pipe where the chart should be."""
    path = folder / "pipe"
    if not path.exists():
        os.mkfifo(path)


NESTED = "x: " + "[" * 10_000 + "]" * 10_000 + "\n"
BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

CASES = {
    "chart-missing": Case(run="install web charts/wep", at="charts/wep"),
    "chart-of-a-repository": Case(run="install web stable/web", at="stable/web"),
    "chart-by-url": Case(run="install web https://127.0.0.1:1/web-1.0.0.tgz", at="web-1.0.0.tgz"),
    "chart-by-url-with-password": Case(run="install web https://ci:@PASSWORD@@127.0.0.1:1/web.tgz?token=@TOKEN@"),
    "chart-in-a-registry": Case(run="install web oci://registry.example.com/web", at="oci://registry.example.com/web"),
    "chart-empty-folder": Case(run="install web empty", files={"empty/.helmignore": "", "empty/a": "x"}, at="empty"),
    "chart-is-a-file-of-one": Case(run="install web chart/Chart.yaml", at="chart/Chart.yaml"),
    "chart-is-a-pipe": Case(run="install web pipe", make=not_readable, at="pipe"),
    "chart-link-leaves": Case(run=INSTALL, make=link("files.conf", "/etc/passwd"), at="files.conf"),
    "chart-link-leaves-by-steps": Case(
        run=INSTALL, make=link("up.conf", "../outside"), files={"outside": "x"}, at="up.conf"
    ),
    "chart-link-dangling": Case(run=INSTALL, make=link("gone.conf", "nowhere"), at="gone.conf"),
    "chart-link-cyclic": Case(run=INSTALL, make=link("self.conf", "self.conf"), at="self.conf"),
    "chart-link-to-folder-above": Case(run=INSTALL, make=link("templates/loop", ".."), at="templates/loop"),
    "chart-pipe": Case(run=INSTALL, make=pipe, at="files.fifo"),
    "chart-control-character": Case(run=INSTALL, make=control_character, at="chart"),
    "chart-too-many-files": Case(run=INSTALL, make=many_files, at="chart"),
    "chart-too-large": Case(run=INSTALL, make=large_file, at="chart"),
    "chart-yaml-missing": Case(run=INSTALL, files={"chart/Chart.yaml": None}, at="chart"),
    "chart-yaml-bad": Case(run=INSTALL, files=metadata("keywords: [a, b\n"), at="chart/Chart.yaml:4"),
    "chart-yaml-duplicate-key": Case(
        run=INSTALL, files=metadata("type: application\ntype: library\n"), at="chart/Chart.yaml:5"
    ),
    "chart-yaml-no-mapping": Case(run=INSTALL, files={"chart/Chart.yaml": "- a\n"}, at="chart/Chart.yaml"),
    "chart-yaml-no-text": Case(run=INSTALL, files={"chart/Chart.yaml": b"name: \xff\xfe\n"}, at="chart/Chart.yaml"),
    "chart-yaml-empty": Case(run=INSTALL, files={"chart/Chart.yaml": ""}, at="chart/Chart.yaml"),
    "chart-yaml-nested-without-measure": Case(run=INSTALL, files=metadata(NESTED), at="chart/Chart.yaml:4"),
    "chart-yaml-expands-without-measure": Case(run=INSTALL, files=metadata(BOMB), at="chart/Chart.yaml:"),
    "metadata-without-name": Case(
        run=INSTALL, files={"chart/Chart.yaml": "apiVersion: v2\nversion: 1.0.0\n"}, at="chart/Chart.yaml"
    ),
    "metadata-without-version": Case(
        run=INSTALL, files={"chart/Chart.yaml": "apiVersion: v2\nname: web\n"}, at="chart/Chart.yaml"
    ),
    "metadata-name-is-a-path": Case(run=INSTALL, files=metadata("name: ../web\n"), at="chart/Chart.yaml"),
    "metadata-version-none": Case(run=INSTALL, files=metadata("version: first\n"), at="chart/Chart.yaml"),
    "metadata-api-version-unknown": Case(
        run=INSTALL, files={"chart/Chart.yaml": "apiVersion: v3\nname: web\nversion: 1.0.0\n"}, at="chart/Chart.yaml"
    ),
    "metadata-type-unknown": Case(run=INSTALL, files=metadata("type: plugin\n"), at="chart/Chart.yaml"),
    "metadata-kube-version-none": Case(run=INSTALL, files=metadata("kubeVersion: newest\n"), at="chart/Chart.yaml"),
    "metadata-kube-version-not-met": Case(run=INSTALL, files=metadata("kubeVersion: '< 1.20'\n"), at="web"),
    "metadata-keywords-no-list": Case(run=INSTALL, files=metadata("keywords: web\n"), at="chart/Chart.yaml"),
    "metadata-maintainer-no-mapping": Case(run=INSTALL, files=metadata("maintainers: [ada]\n"), at="chart/Chart.yaml"),
    "metadata-library": Case(run=INSTALL, files=metadata("type: library\n"), at="chart"),
    "helmignore-two-stars": Case(
        run=INSTALL, files={"chart/.helmignore": "*.bak\nfiles/**/x\n"}, at="chart/.helmignore:2"
    ),
    "helmignore-open-bracket": Case(run=INSTALL, files={"chart/.helmignore": "[ab\n"}, at="chart/.helmignore:1"),
    "dependency-missing": Case(run=INSTALL, files=dependency("- {name: db, version: 1.x}\n"), at="chart"),
    "dependency-version-does-not-fit": Case(
        run=INSTALL, files=dependency("- {name: db, version: ^2.0.0}\n", db="1.4.0"), at="chart"
    ),
    "dependency-range-none": Case(
        run=INSTALL, files=dependency("- {name: db, version: new}\n", db="1.4.0"), at="chart/Chart.yaml"
    ),
    "dependency-alias-none": Case(
        run=INSTALL,
        files=dependency("- {name: db, version: 1.x, alias: a b}\n", db="1.4.0"),
        at="chart/Chart.yaml",
    ),
    "dependency-twice": Case(
        run=INSTALL,
        files=dependency("- {name: db, version: 1.x}\n- {name: db, version: 1.x}\n", db="1.4.0"),
        at="chart/Chart.yaml",
    ),
    "dependency-without-name": Case(run=INSTALL, files=dependency("- {version: 1.x}\n"), at="chart/Chart.yaml"),
    "dependency-import-values-none": Case(
        run=INSTALL,
        files=dependency("- {name: db, version: 1.x, import-values: [{child: x}]}\n", db="1.4.0"),
        at="chart/Chart.yaml",
    ),
    "subchart-bad": Case(
        run=INSTALL, files={"chart/charts/db/Chart.yaml": "name: [\n"}, at="chart/charts/db/Chart.yaml:1"
    ),
    "subchart-no-folder": Case(run=INSTALL, files={"chart/charts/notes.txt": "x"}, at="chart/charts/notes.txt"),
    "subchart-archive-hostile": Case(
        run=INSTALL,
        files={"chart/charts/db.tgz": made.packed(made.file("db/../../etc/passwd", b"x"))},
        at="chart/charts/db.tgz",
    ),
    "crd-bad-yaml": Case(run=INSTALL, files={"chart/crds/a.yaml": "a: 1\nb: [\n"}, at="web/crds/a.yaml:2"),
    "crd-of-another-kind": Case(
        run=INSTALL,
        files={"chart/crds/a.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: @DATA64@}\n"},
        at="web/crds/a.yaml",
    ),
    "show-chart-missing": Case(run="show values nowhere", at="nowhere"),
    "show-chart-bad": Case(run="show chart chart", files=metadata("version: first\n"), at="chart/Chart.yaml"),
}
