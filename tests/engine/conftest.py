"""Charts and contexts made in memory for the tests of the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from helmlite.chart.chart import Chart, ChartFile
from helmlite.chart.metadata import ChartMetadata
from helmlite.engine.engine import ReleaseFacts, RenderContext, RenderedChart
from helmlite.engine.limits import RenderBounds
from helmlite.errors import HelmliteError, RenderError
from helmlite.manifest.capabilities import Capabilities, KubeVersion

ChartMaker = Callable[..., Chart]
ContextMaker = Callable[..., RenderContext]


@pytest.fixture(scope="session")
def make_chart() -> ChartMaker:
    """Return a maker of charts: templates and files by name, then fields of the metadata."""

    def made(
        templates: Mapping[str, str | bytes],
        *,
        name: str = "shop",
        files: Mapping[str, bytes] | None = None,
        subcharts: Sequence[Chart] = (),
        alias: str | None = None,
        **metadata: Any,
    ) -> Chart:
        return Chart(
            metadata=ChartMetadata(name=name, version="1.2.3", app_version="9.8", **metadata),
            templates=[
                ChartFile(name=f"templates/{each}", data=text.encode() if isinstance(text, str) else text)
                for each, text in templates.items()
            ],
            files=[ChartFile(name=each, data=data) for each, data in (files or {}).items()],
            subcharts=list(subcharts),
            alias=alias,
        )

    return made


@pytest.fixture(scope="session")
def make_context() -> ContextMaker:
    """Return a maker of contexts: values, then fields of RenderContext."""

    def made(values: Mapping[str, Any] | None = None, *, kube: str = "v1.36.1", **fields: Any) -> RenderContext:
        major, minor = kube.removeprefix("v").split(".")[:2]
        return RenderContext(
            values=values or {},
            release=fields.pop("release", ReleaseFacts(name="demo", namespace="prod")),
            capabilities=Capabilities(
                kube_version=KubeVersion(version=kube, major=major, minor=minor),
                api_versions=frozenset({"v1", "apps/v1", "batch/v1/CronJob"}),
                kinds={},
            ),
            now=datetime(2026, 11, 1, tzinfo=UTC),
            random=Random(7),
            **fields,
        )

    return made


@pytest.fixture(scope="session")
def render_chart(make_context: ContextMaker) -> Callable[..., RenderedChart]:
    """Return a renderer of charts: the chart, values, then fields of RenderContext."""

    def rendered(chart: Chart, values: Mapping[str, Any] | None = None, **fields: Any) -> RenderedChart:
        from helmlite.engine.jinja import JinjaEngine

        return JinjaEngine().render(chart, make_context(values, **fields))

    return rendered


@pytest.fixture(scope="session")
def render(make_chart: ChartMaker, render_chart: Callable[..., RenderedChart]) -> Callable[..., str]:
    """Return a renderer of one plain text template with values; other templates and bounds by keyword."""

    def rendered(
        text: str,
        values: Mapping[str, Any] | None = None,
        *,
        others: Mapping[str, str] | None = None,
        bounds: RenderBounds | None = None,
    ) -> str:
        chart = make_chart({"web.txt.j2": text, **(others or {})}, files={"conf/app.ini": b"a=1\nb=2\n"})
        fields = {} if bounds is None else {"bounds": bounds}
        return render_chart(chart, values, **fields).texts["shop/templates/web.txt.j2"]

    return rendered


@pytest.fixture(scope="session")
def fault(render: Callable[..., str]) -> Callable[..., RenderError]:
    """Return a function like ``render`` that gives the RenderError which rendering ends in."""

    def failed(text: str, values: Mapping[str, Any] | None = None, **more: Any) -> RenderError:
        with pytest.raises(HelmliteError) as caught:
            render(text, values, **more)
        assert isinstance(caught.value, RenderError)
        return caught.value

    return failed
