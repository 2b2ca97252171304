"""Whether what Chart.yaml declares is what ``charts/`` holds."""

from __future__ import annotations

from helmlite.chart.chart import Chart
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
                hint="put the charts there, for instance with `helm dependency build`",
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
        return parse_constraint(constraint).matches(parse_version(version))
    except ValueError:
        return False
