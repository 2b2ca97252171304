"""How much a chart may take while it is rendered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderBounds:
    """How much one chart may take; each can be raised by the operator, none by the chart."""

    seconds: float = 20.0
    memory_bytes: int = 1 << 30
    output_bytes: int = 64 << 20
    string_bytes: int = 16 << 20
    range_items: int = 100_000
