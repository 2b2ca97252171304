"""Whatever the example charts render is explained rightly: every scalar of every object.

The template's line must have the expression, or the text, that is told; that the values told are the right ones is
proved by ``tests/faults/test_explain_leaves.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from helmlite import Configuration, Explanation, UserValues, explain, load_chart, template
from helmlite.action.explain import FieldSource
from helmlite.action.tracing import leaves
from helmlite.chart.chart import Chart
from helmlite.kube.config import ClusterConfig
from helmlite.manifest.literals import holds_secret
from helmlite.manifest.parse import parse
from helmlite.manifest.redact import HIDDEN
from helmlite.values.layers import ValueSources, read_values

CHARTS = Path(__file__).parents[2] / "charts"
VALUES = Path(__file__).with_name("values")
CASES: Mapping[str, tuple[str, ValueSources]] = {
    **{each.name: (each.name, ValueSources()) for each in CHARTS.iterdir()},
    **{
        each.stem: (chart.name, ValueSources(files=[str(each)]))
        for each in VALUES.glob("*.yaml")
        for chart in CHARTS.iterdir()
        if each.stem.startswith(f"{chart.name}-")
    },
}
NAME = "web"


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    """Return a configuration without a cluster and without processes, which keeps compiled templates."""
    folder = tmp_path_factory.mktemp("compiled")
    return Configuration(cluster_config=ClusterConfig(namespace="prod"), guarded=False, cache_folder=folder)


def rendered(
    configuration: Configuration, chart: Chart, values: UserValues
) -> dict[tuple[str, str, str], Mapping[str, Any]]:
    """Return every object by kind, namespace and name."""
    texts = template(configuration, NAME, chart, values=values, skip_schema_validation=True).prepared.rendered.texts
    bodies = [each.body for each in parse(texts)]
    return {(each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"]): each for each in bodies}


def explanations(
    configuration: Configuration, chart: Chart, values: UserValues
) -> Iterator[tuple[tuple[str, str, str], Explanation]]:
    """Yield each object's key and explanation."""
    for key, body in rendered(configuration, chart, values).items():
        group = str(body["apiVersion"]).rpartition("/")[0]
        kind = f"{key[0]}.{group}" if group else key[0]
        reference = f"{kind}/{key[1]}/{key[2]}" if key[1] else f"{kind}/{key[2]}"
        yield key, explain(configuration, chart, reference, name=NAME, values=values, skip_schema_validation=True)


def lines_of(chart: Chart) -> dict[str, list[str]]:
    """Return the lines of each template and CRD file, by chart path."""
    return {
        f"{folder}/{file.name}": file.data.decode().split("\n")
        for folder, part in chart.walk()
        for file in (*part.templates, *part.crds)
    }


def stands_there(source: FieldSource, value: Any, lines: Sequence[str]) -> bool:
    """Return whether a template's line has the expression that is told, or the text that the field is."""
    here = " ".join("\n".join(lines[source.line - 1 : source.line + 40]).split())
    line = lines[source.line - 1]
    if source.expression:
        return source.expression in here and source.expression.split()[0] in line
    text = str(value).lower() if isinstance(value, bool) else "" if value is None or value in ([], {}) else value
    words = str(text).split()
    return not words or words[0] in line or line.rstrip().endswith(("|", "|-", ">", ">-", "|+")) or '"' in line


@pytest.mark.parametrize("case", sorted(CASES))
def test_every_scalar_stands_where_it_is_said_to(case: str, configuration: Configuration) -> None:
    """Each field has a source, whose line has what is told of it."""
    name, sources = CASES[case]
    chart, values = load_chart(CHARTS / name), read_values(sources)
    lines, bodies = lines_of(chart), rendered(configuration, chart, values)
    wrong = []
    for key, explanation in explanations(configuration, chart, values):
        assert [path for path, _ in leaves(bodies[key])] == [each.path for each in explanation.fields]
        for each in explanation.fields:
            for source in each.sources or [FieldSource()]:
                is_shown = each.value != HIDDEN and not holds_secret("\n".join(lines.get(source.path, ())))
                if not source.path or (is_shown and not stands_there(source, each.value, lines[source.path])):
                    wrong.append(f"{key} {each.text} = {each.value!r}: {source}")
    assert not wrong, "\n".join(wrong[:20])
