"""A compiled template and what a run of it sees."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

from jinja2 import Template
from jinja2.runtime import Context
from jinja2.utils import missing


class CountedTemplate(Template):
    """A compiled template whose runs count against the depth of calls."""

    @classmethod
    def _from_namespace(
        cls,
        environment: Any,
        namespace: MutableMapping[str, Any],
        globals: MutableMapping[str, Any],  # noqa: A002
    ) -> Template:
        template = super()._from_namespace(environment, namespace, globals)
        run = template.root_render_func

        def counted(context: Context) -> Iterator[str]:
            environment.enter()
            try:
                yield from run(context)
            finally:
                environment.leave()

        template.root_render_func = counted
        return template


class ChartContext(Context):
    """What a run of a template sees: its own names and those that it was given, and below them the functions."""

    def resolve_or_missing(self, key: str) -> Any:
        """Return what has a name (Jinja2's protocol)."""
        if key in self.vars:
            return self.vars[key]
        if key in self.parent:
            return self.parent[key]
        return self.environment.functions.get(key, missing)  # type: ignore[attr-defined]  # which is a ChartEnvironment
