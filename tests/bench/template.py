"""Time ``template`` of charts beside the same with plain Jinja2: load, render, parse; compiled before, and cold.

    python tests/bench/template.py [--runs 15] [--profile shop] [CHART ...]

Both sides load, merge and parse with the same code in this process; only the engine differs. Each figure is the median
of so many runs by turns, in CPU time, so that it counts less what else runs. "kept": compiled templates are read from a
cache folder, each side's own; "cold": there is none. The templates for plain Jinja2 are made by ``plain_jinja``; what
they render is checked to be the same objects, or the table says that it is not.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import pstats
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from helmlite.chart.chart import Chart
from helmlite.chart.loader import load_chart
from helmlite.engine.compiled import CompiledTemplates
from helmlite.engine.engine import ReleaseFacts, RenderContext, RenderedChart
from helmlite.engine.guard import collect_seldom
from helmlite.engine.jinja import JinjaEngine
from helmlite.engine.plain import ENDING
from helmlite.errors import HelmliteError
from helmlite.manifest.capabilities import Capabilities
from helmlite.manifest.compose import build_manifest
from helmlite.manifest.identity import ReleaseId
from helmlite.manifest.manifest import Manifest
from helmlite.values.layers import UserValues
from helmlite.values.merge import compute

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
LIMIT = 1.25
STAGES = ("load", "render", "parse")
FACTS = ReleaseFacts(name="demo", namespace="prod")


class Renderer(Protocol):
    """What is compared: chart and context to text."""

    def render(self, chart: Chart, context: RenderContext) -> RenderedChart:
        """Return what the chart's templates give."""
        ...


def write_large(folder: Path, templates: int = 40) -> Path:
    """Write a chart of so many templates, each of about 100 lines; return its folder."""
    values = {f"app{number:02}": number for number in range(templates)}
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: large\nversion: 1.0.0\nappVersion: 2.1.0\n")
    part = """\
  {name}:
    replicas: {number}
    image: {{repository: example.org/{name}, tag: v1.{number}}}
    resources: {{requests: {{cpu: 100m, memory: 64Mi}}, limits: {{memory: 128Mi}}}}
    environment: {{LEVEL: debug, MODE: fast, SIZE: "10", EMPTY: ""}}
    labels: {{team: web, tier: "1"}}
    ports: [8080, 8081, 9090]
"""
    (folder / "values.yaml").write_text(
        "apps:\n" + "".join(part.format(name=name, number=number) for name, number in values.items())
    )
    (folder / "templates" / "_names.j2").write_text(NAMES)
    for name in values:
        (folder / "templates" / f"{name}.yaml.j2").write_text(LARGE.replace("APP", name))
    return folder


NAMES = """\
{% macro name(part) %}{{ release.name }}-{{ part }}{% endmacro %}
{% macro selector(part) %}
app.kubernetes.io/name: {{ chart.name }}
app.kubernetes.io/instance: {{ release.name }}
app.kubernetes.io/component: {{ part }}
{% endmacro %}
{% macro labels(part) %}
{{ selector(part) }}
app.kubernetes.io/version: {{ chart.app_version }}
helm.sh/chart: {{ chart.name }}-{{ chart.version }}
{% endmacro %}
"""
LARGE = """\
{% import "_names.j2" as names with context %}
{% set app = values.apps.APP %}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ names.name("APP") }}
  labels:
    {{ names.labels("APP") }}
automountServiceAccountToken: false
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ names.name("APP") }}
  labels:
    {{ names.labels("APP") }}
data:
{% for name, value in app.environment | dictsort %}
  {{ name }}: "{{ value }}"
{% endfor %}
  address: "http://{{ names.name("APP") }}.{{ release.namespace }}.svc:{{ app.ports[0] }}"
  settings.ini: |
    [server]
    name = {{ names.name("APP") }}
    replicas = {{ app.replicas }}
    {% if app.replicas > 1 %}
    spread = yes
    {% endif %}
    [image]
    repository = {{ app.image.repository }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ names.name("APP") }}
  labels:
    {{ names.labels("APP") }}
spec:
  replicas: {{ app.replicas }}
  selector:
    matchLabels:
      {{ names.selector("APP") }}
  template:
    metadata:
      labels:
        {{ names.selector("APP") }}
        {{ app.labels }}
    spec:
      serviceAccountName: {{ names.name("APP") }}
      containers:
        - name: main
          image: "{{ app.image.repository }}:{{ app.image.tag }}"
          imagePullPolicy: IfNotPresent
          ports:
{% for port in app.ports %}
            - name: port-{{ loop.index }}
              containerPort: {{ port }}
              protocol: TCP
{% endfor %}
          envFrom:
            - configMapRef:
                name: {{ names.name("APP") }}
          readinessProbe:
            httpGet:
              path: /healthz
              port: port-1
            periodSeconds: {{ 5 + app.replicas }}
          livenessProbe:
            httpGet:
              path: /healthz
              port: port-1
          resources: {{ app.resources }}
          securityContext:
            runAsNonRoot: true
            allowPrivilegeEscalation: false
            capabilities:
              drop: [ALL]
---
apiVersion: v1
kind: Service
metadata:
  name: {{ names.name("APP") }}
  labels:
    {{ names.labels("APP") }}
spec:
  type: ClusterIP
  selector:
    {{ names.selector("APP") }}
  ports:
{% for port in app.ports %}
    - name: port-{{ loop.index }}
      port: {{ port }}
      targetPort: port-{{ loop.index }}
{% endfor %}
"""


def context_of(chart: Chart) -> tuple[Chart, RenderContext]:
    """Return the chart with its dependencies chosen, and what it is rendered with."""
    computed = compute(chart, UserValues.of({}))
    return computed.chart, RenderContext(
        values=computed.values,
        release=FACTS,
        capabilities=Capabilities.offline(),
        now=datetime(2026, 11, 1, tzinfo=UTC),
        random=random.Random(7),
    )


def run(folder: Path, engine: Renderer) -> tuple[Manifest, tuple[float, float, float]]:
    """Return the manifest of a chart, and the seconds that loading, rendering and parsing took."""
    started = time.process_time()
    chart, context = context_of(load_chart(folder))
    loaded = time.process_time()
    texts = engine.render(chart, context)
    rendered = time.process_time()
    manifest = build_manifest(
        texts.texts,
        notes=texts.notes,
        crds=[],
        capabilities=context.capabilities,
        release=ReleaseId(namespace=FACTS.namespace, name=FACTS.name),
        strict_kinds=False,
    )
    return manifest, (loaded - started, rendered - loaded, time.process_time() - rendered)


def by_turns(folder: Path, engines: Sequence[Callable[[], Renderer]], runs: int) -> list[list[float]]:
    """Return the medians of each engine's stages, and of the whole."""
    times: list[list[tuple[float, ...]]] = [[] for _ in engines]
    for turn in range(-1, runs):
        for number, make in enumerate(engines):
            engine = make()
            gc.collect()
            collect_seldom()  # as the process does that renders for the command line
            _, stages = run(folder, engine)
            if turn >= 0:  # the first is to warm up, and to fill the caches
                times[number].append((*stages, sum(stages)))
    return [[statistics.median(each) for each in zip(*rows, strict=True)] for rows in times]


def objects(manifest: Manifest) -> dict[str, Any]:
    """Return the objects of a manifest by name."""
    return {str(each.id): each.body for each in manifest.resources}


def compared(name: str, folder: Path, scratch: Path, runs: int) -> None:
    """Print the table's lines for a chart."""
    from tests.bench.plain_jinja import PlainEngine, translate

    chart, context = context_of(load_chart(folder))
    try:
        ours = objects(run(folder, ours_cold())[0])
    except HelmliteError as error:
        print(f"{name}: {error}")
        return
    try:
        texts = translate(chart, context)
        theirs = objects(run(folder, PlainEngine(texts, context_of(chart)[1]))[0])  # the same randomness
    except Exception as error:
        print(f"{name}: cannot be put into plain Jinja2: {type(error).__name__}: {error}")
        return
    differing = sorted(each for each in {*ours, *theirs} if ours.get(each) != theirs.get(each))
    lines = sum(each.data.count(b"\n") for _, part in chart.walk() for each in part.templates)
    same = f"{len(ours)} objects" + (f", {len(differing)} DIFFER: {', '.join(differing)[:60]}" if differing else "")
    print(f"{name}: {lines} lines of templates, {same}")
    cases: dict[str, tuple[Callable[[], Renderer], Callable[[], Renderer]]] = {
        "kept": (lambda: ours_kept(scratch / "ours"), lambda: PlainEngine(texts, context, plain_folder)),
        "cold": (ours_cold, lambda: PlainEngine(texts, context)),
    }
    plain_folder = scratch / "plain"
    plain_folder.mkdir(exist_ok=True)
    for case, engines in cases.items():
        mine, other = by_turns(folder, engines, runs)
        shown = "  ".join(
            f"{stage} {a * 1000:6.1f} / {b * 1000:6.1f}" for stage, a, b in zip(STAGES, mine, other, strict=False)
        )
        ratio = mine[-1] / other[-1]
        verdict = "kept" if ratio <= LIMIT else "BROKEN"
        limit = f"   limit {LIMIT}: {verdict}" if case == "kept" else ""
        print(
            f"  {case}  {shown}  whole {mine[-1] * 1000:6.1f} / {other[-1] * 1000:6.1f} ms"
            f"  ratio {ratio:.2f}  of rendering {mine[1] / other[1]:.2f}{limit}",
            flush=True,
        )


def ours_cold() -> Renderer:
    """Return helmlite's engine without a cache."""
    return JinjaEngine()


def ours_kept(folder: Path) -> Renderer:
    """Return helmlite's engine with compiled templates in a folder."""
    return JinjaEngine(CompiledTemplates(folder))


def profiled(folder: Path, scratch: Path, runs: int) -> None:
    """Print where helmlite's time goes, compiled templates being kept."""
    run(folder, ours_kept(scratch / "ours"))
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(runs):
        run(folder, ours_kept(scratch / "ours"))
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(40)


def main() -> None:
    """Run all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("charts", nargs="*", help="folders of charts; all under charts/, and a large one, without")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--profile", default="", metavar="CHART")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        large = write_large(scratch / "large")
        charts = {each.parent.name: each.parent for each in sorted((ROOT / "charts").glob("*/Chart.yaml"))}
        charts |= {"large": large}
        if chosen.profile:
            profiled(charts[chosen.profile], scratch, chosen.runs)
            return
        if chosen.charts:
            charts = {Path(each).name: charts.get(each, Path(each)) for each in chosen.charts}
        print("each: helmlite / plain Jinja2, milliseconds")
        for title, folder in charts.items():
            if any(file.name.endswith(ENDING) for _, part in load_chart(folder).walk() for file in part.templates):
                compared(title, folder, scratch, chosen.runs)


if __name__ == "__main__":
    main()
