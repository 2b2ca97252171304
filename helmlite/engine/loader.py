"""How ``{% import %}``, ``{% include %}`` and ``{% extends %}`` find files of a chart and its subcharts.

A name is relative to ``templates/`` of the chart that holds the naming template: ``_labels.j2``, ``web/_pod.j2``.
``charts/NAME/FILE`` is FILE in ``templates/`` of the subchart or library chart NAME (its alias, if it has one): of that
chart itself, or of the nearest chart above it that has one of that name, so that siblings can share a library.
Chart paths (``shop/charts/redis/templates/x.j2``) are what messages show and what templates are stored under.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import BaseLoader, TemplateNotFound

from helmlite.chart.chart import Chart
from helmlite.engine.failure import TemplateFailure, no_utf8
from helmlite.engine.missing import nearest
from helmlite.engine.plain import ENDING


class ChartSources(BaseLoader):
    """The ``.j2`` files of a chart and all its subcharts, by chart path."""

    def __init__(self, chart: Chart) -> None:
        self._data: dict[str, bytes] = {}
        self._texts: dict[str, str] = {}
        self._folders: dict[str, str] = {}
        for folder, each in chart.walk():
            for file in each.templates:
                path = f"{folder}/{file.name}"
                self._folders[path] = folder
                self._data[path] = file.data
        self._charts = frozenset(folder for folder, _ in chart.walk())

    def folder(self, path: str) -> str:
        """Return the chart path of the chart that holds a template."""
        return self._folders[path]

    def text(self, path: str) -> str:
        """Return the text of a template file; raises TemplateFailure when it is no UTF-8."""
        if path not in self._texts:
            try:
                self._texts[path] = self._data[path].decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise TemplateFailure(no_utf8(error)) from None
        return self._texts[path]

    def lines(self, path: str) -> list[str]:
        """Return the lines of a template for an excerpt, none when there is no such text."""
        text = self._texts.get(path, "")
        return text.replace("\r\n", "\n").removesuffix("\n").split("\n") if text else []

    def get_source(self, environment: Any, template: str) -> tuple[str, str, None]:  # noqa: ARG002
        """Return the text and name of a template (Jinja2's protocol)."""
        if template not in self._data:
            raise TemplateNotFound(template)
        return self.text(template), template, None

    def resolve(self, name: str, parent: str) -> str:
        """Return the chart path that ``name`` means in the template at chart path ``parent``.

        Raises TemplateNotFound, with the nearest names in its message.
        """
        folder = self._folders[parent]
        parts = name.split("/")
        if name.startswith("/") or ".." in parts or "." in parts or "" in parts:
            raise TemplateNotFound(name, f"{name!r} is no template's name: names are relative to templates/")
        target = f"{folder}/templates/{name}"
        if parts[0] == "charts" and len(parts) > 2:
            target = self._in_subchart(folder, parts)
        if target in self._data and target.endswith(ENDING):
            return target
        if target in self._data:
            raise TemplateNotFound(name, f"{name!r} does not end in {ENDING}, so it is no template of this language")
        raise TemplateNotFound(name, f"there is no template {name!r}{nearest(name, self._names(folder))}")

    def _in_subchart(self, folder: str, parts: list[str]) -> str:
        above: str | None = folder
        rest = parts[1:]
        while above is not None:
            chart = f"{above}/charts/{rest[0]}"
            if chart in self._charts:
                if len(rest) > 3 and rest[1] == "charts":
                    return self._in_subchart(chart, rest[1:])
                return f"{chart}/templates/{'/'.join(rest[1:])}"
            above = above.rpartition("/charts/")[0] or None
        return ""

    def _names(self, folder: str) -> list[str]:
        names: list[str] = []
        for path, owner in self._folders.items():
            if path.endswith(ENDING):
                if owner == folder:
                    names.append(path.removeprefix(f"{folder}/templates/"))
                elif owner.startswith(f"{folder}/charts/"):
                    rest = owner.removeprefix(f"{folder}/")
                    names.append(f"{rest}/{path.removeprefix(f'{owner}/templates/')}")
        return names

    @property
    def paths(self) -> Mapping[str, str]:
        """Return every template file's chart path with that of its chart."""
        return self._folders
