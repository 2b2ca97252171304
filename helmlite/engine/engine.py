"""What rendering is, whatever the template language: the protocol, what goes in, what comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, Protocol

from helmlite.chart.chart import Chart
from helmlite.documents import Value
from helmlite.engine.limits import RenderBounds
from helmlite.engine.trace import Trace
from helmlite.manifest.capabilities import Capabilities

Lookup = Callable[[str, str, str, str], Mapping[str, Any]]
"""``lookup(api_version, kind, namespace, name)``: the object, a list object when name is empty, ``{}`` when absent."""


def no_lookup(api_version: str, kind: str, namespace: str, name: str) -> Mapping[str, Any]:  # noqa: ARG001 - a Lookup
    """Return nothing: what ``lookup`` answers without a cluster."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """What templates see as ``release``."""

    name: str
    namespace: str
    revision: int = 1
    is_install: bool = True
    is_upgrade: bool = False
    service: str = "Helm"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderContext:
    """All that a rendering may depend on; what is not pure is handed in (``now``, ``random``, ``lookup``)."""

    values: Mapping[str, Value] = field(repr=False)
    release: ReleaseFacts
    capabilities: Capabilities
    now: datetime
    random: Random
    lookup: Lookup = no_lookup
    bounds: RenderBounds = field(default_factory=RenderBounds)
    subchart_notes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedChart:
    """``texts`` maps a template's chart path (``shop/templates/web.yaml.j2``) to its output, in path order."""

    texts: Mapping[str, str] = field(repr=False)
    notes: str = ""
    warnings: Sequence[str] = ()


class Engine(Protocol):
    """Chart and context to text."""

    def render(self, chart: Chart, context: RenderContext) -> RenderedChart:
        """Return what the chart's templates give; raises RenderError."""
        ...

    def trace(self, chart: Chart, context: RenderContext) -> Trace:
        """Return what ``render`` gives, with the origin of each stretch; slower, for errors and explanations."""
        ...
