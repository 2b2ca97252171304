"""Declared dependencies are vendored, in versions that fit."""

from __future__ import annotations

import pytest

from helmlite.chart.chart import Chart
from helmlite.chart.dependencies import check_dependencies, fits
from helmlite.chart.metadata import ChartMetadata, Dependency
from helmlite.errors import ChartError


def chart(name: str, *subcharts: Chart, version: str = "1.0.0", declares: tuple[Dependency, ...] = ()) -> Chart:
    """Return a chart of that name."""
    metadata = ChartMetadata(name=name, version=version, dependencies=declares)
    return Chart(metadata=metadata, subcharts=subcharts, source=f"./{name}")


def redis(version: str = "", alias: str = "") -> Dependency:
    """Return the declaration of a dependency."""
    return Dependency(name="redis", version=version, alias=alias)


def refusal(checked: Chart) -> ChartError:
    """Return the error that the check raises."""
    with pytest.raises(ChartError) as caught:
        check_dependencies(checked)
    return caught.value


@pytest.mark.parametrize(
    "checked",
    [
        chart("web"),
        chart("web", chart("redis")),
        chart("web", chart("redis"), declares=(redis(),)),
        chart("web", chart("redis", version="7.1.2"), declares=(redis("^7"),)),
        chart("web", chart("redis", version="7.1.2"), declares=(redis("^7"), redis("~7.1", alias="cache"))),
        chart("web", chart("redis"), chart("redis", version="7.0.0"), declares=(redis("1"), redis("7", alias="cache"))),
        chart("web", chart("redis", version="v1"), declares=(redis("1.x"),)),
    ],
    ids=["nothing", "undeclared", "any version", "fits", "two names", "two versions", "coerced"],
)
def test_satisfied(checked: Chart) -> None:
    """What is declared and there in a fitting version is well, and so is what is there undeclared."""
    check_dependencies(checked)


def test_missing() -> None:
    """All that is missing is named at once, each name once, with what to do."""
    declares = (redis(), Dependency(name="db"), redis(alias="cache"), Dependency(name="queue"))
    error = refusal(chart("web", chart("db"), declares=declares))
    assert "./web: chart web declares dependencies that are not in its charts/: redis, queue" == error.message
    assert "fetch them with `helmlite dependency build ./web`" == error.hint


@pytest.mark.parametrize("alias", ["", "cache"], ids=["name", "alias"])
def test_version_does_not_fit(alias: str) -> None:
    """A vendored version out of the range is refused, with both, where Helm goes on or leaves the chart out."""
    error = refusal(
        chart("web", chart("redis", version="6.0.0"), declares=(Dependency(name="db"), redis("^7", alias))[1:])
    )
    assert "./web: chart web declares redis ^7 (dependencies[0]), but charts/ holds 6.0.0" == error.message


def test_no_version_fits() -> None:
    """All vendored versions are named."""
    error = refusal(chart("web", chart("redis"), chart("redis", version="2.0.0"), declares=(redis("^7"),)))
    assert error.message.endswith("but charts/ holds 1.0.0 and 2.0.0")


def test_prereleases() -> None:
    """A pre-release fits only a range that speaks of one."""
    vendored = chart("redis", version="7.0.0-rc.1")
    check_dependencies(chart("web", vendored, declares=(redis(">=7.0.0-0"),)))
    assert "holds 7.0.0-rc.1" in refusal(chart("web", vendored, declares=(redis(">=6"),))).message


def test_below() -> None:
    """Subcharts' own dependencies are checked too, with their place in the whole."""
    error = refusal(chart("web", chart("db", declares=(redis(),))))
    assert "./web: chart web/charts/db declares dependencies that are not in its charts/: redis" == error.message


@pytest.mark.parametrize(
    ("constraint", "version", "expected"),
    [("^1", "1.5", True), ("^1", "2", False), ("x", "no version", False), ("no range", "1", False), ("*", "", False)],
)
def test_fits(constraint: str, version: str, expected: bool) -> None:
    """Text that is no version, or no range, fits nothing."""
    assert expected is fits(constraint, version)
