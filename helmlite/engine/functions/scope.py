"""What functions may depend on, and what a library of them is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from helmlite.engine.bounds import Meter
from helmlite.engine.engine import Lookup
from helmlite.manifest.capabilities import Capabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionScope:
    """All that is not pure, handed in; ``render_text(text, names)`` renders a template's text (``tpl``)."""

    now: datetime
    random: Random
    lookup: Lookup
    meter: Meter
    capabilities: Capabilities
    render_text: Callable[[str, Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Filters, global functions and tests by their names in templates."""

    filters: Mapping[str, Callable[..., Any]]
    globals: Mapping[str, Callable[..., Any]]
    tests: Mapping[str, Callable[..., Any]]
