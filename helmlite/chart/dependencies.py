"""Whether what Chart.yaml declares is what ``charts/`` holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from helmlite.chart.chart import Chart
from helmlite.chart.loader import load_chart
from helmlite.chart.metadata import Dependency
from helmlite.errors import ChartError
from helmlite.versions import parse_constraint, parse_version


def check_dependencies(chart: Chart) -> None:
    """Return when every declared dependency is vendored in a version that fits, subcharts' own included.

    Raises ChartError naming all that are missing, or the versions declared and found.
    """
    for path, part in chart.walk():
        vendored: dict[str, list[str]] = {}
        for each in part.subcharts:
            vendored.setdefault(each.metadata.name, []).append(each.metadata.version)
        declared = part.metadata.dependencies
        missing = [each.name for each in declared if each.name not in vendored]
        if missing:
            raise ChartError(
                f"{chart.source}: chart {path} declares dependencies that are not in its charts/: "
                f"{', '.join(dict.fromkeys(missing))}",
                hint=(
                    f"fetch them with `helmlite dependency build {chart.source}`"
                    if part is chart and not chart.source.endswith(".tgz")
                    else "fetch them in the directory of that chart, before it is packed"
                ),
            )
        for number, dependency in enumerate(declared):
            found = vendored[dependency.name]
            if dependency.version and not any(fits(dependency.version, version) for version in found):
                raise ChartError(
                    f"{chart.source}: chart {path} declares {dependency.name} {dependency.version} "
                    f"(dependencies[{number}]), "
                    f"but charts/ holds {' and '.join(found)}",
                    hint="fetch a version that fits, or change the declared range",
                )


def fits(constraint: str, version: str) -> bool:
    """Return whether a vendored version lies in a declared range; text that is no version fits nothing."""
    try:
        return parse_constraint(constraint).matches_text(version)
    except ValueError:
        return False


_STRICT = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(-(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*)?"
    r"(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyStatus:
    """A declared dependency, and in Helm's words what ``charts/`` has of it."""

    dependency: Dependency
    status: str


def dependency_statuses(chart: Chart, place: Path) -> list[DependencyStatus]:
    """Return the status of each declared dependency of the chart at ``place``, a directory or an archive.

    The words are Helm's: ok (packed, and fits), unpacked (a folder that fits, or of a packed chart), missing, wrong
    version, invalid version, misnamed, corrupt, too many matches, bad pattern.
    """
    vendored = _names_in(place / "charts")
    return [
        DependencyStatus(dependency=each, status=_status(each, chart, place / "charts", vendored))
        for each in chart.metadata.dependencies
    ]


def undeclared(chart: Chart, place: Path) -> list[str]:
    """Return a warning, in Helm's words, for each chart in ``charts/`` that is not declared, and for what is none."""
    known = {each.name for each in chart.metadata.dependencies}
    warnings = []
    for name in _names_in(place / "charts"):
        path = place / "charts" / name
        if not path.is_dir() and path.suffix != ".tgz":
            continue
        try:
            found = load_chart(path).metadata.name
        except ChartError:
            warnings.append(f'"{path}" is not a chart.')
            continue
        if found not in known:
            warnings.append(f'"{path}" is not in Chart.yaml.')
    return warnings


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(each.name for each in folder.iterdir())
    except OSError:
        return []


def _status(dependency: Dependency, chart: Chart, folder: Path, vendored: Sequence[str]) -> str:
    if "[" in dependency.name.rpartition("]")[2]:
        return "bad pattern"
    start = f"{dependency.name}-"
    archives = [
        each for each in vendored if each.startswith(start) and each.endswith(".tgz") and len(each) >= len(start) + 4
    ]
    if len(archives) > 1:
        # a chart whose name begins with this one's
        archives = [each for each in archives if _STRICT.fullmatch(each.removeprefix(start).removesuffix(".tgz"))]
        if len(archives) > 1:
            return "too many matches"
    if archives:
        try:
            packed = load_chart(folder / archives[0])
        except ChartError:
            return "corrupt"
        if packed.metadata.name != dependency.name:
            return "misnamed"
        return _fit(dependency, packed) or "ok"
    found = [each for each in chart.subcharts if each.metadata.name == dependency.name]
    return (_fit(dependency, found[-1]) or "unpacked") if found else "missing"


def _fit(dependency: Dependency, found: Chart) -> str:
    """Return what is wrong with the version found, empty for nothing; Helm takes no empty range."""
    if found.metadata.version == dependency.version:
        return ""
    try:
        parse_constraint(dependency.version)
        parse_version(found.metadata.version)
    except ValueError:
        return "invalid version"
    if not dependency.version:
        return "invalid version"
    return "" if fits(dependency.version, found.metadata.version) else "wrong version"
