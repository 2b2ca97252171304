"""Archives and a merged index into the entries of each chart, with the URLs of archives."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from helmlite import documents
from helmlite.errors import RepositoryError
from helmlite.repo.index import IndexEntry
from helmlite.repo.index_cache import Known
from helmlite.repo.index_text import Line, helm_fault, local_line, merged_line
from helmlite.versions import order_of

MOST_SHOWN = 10


class Urls:
    """What a path in the folder is in a URL: relative to the index, or below a base."""

    def __init__(self, base: str) -> None:
        self._before = self._behind = ""
        if not base:
            return
        try:
            parts = urlsplit(base)
            _ = parts.port
        except ValueError:
            raise RepositoryError("--url: this is no URL: its host or port is none") from None
        if parts.username is not None or parts.password is not None:
            raise RepositoryError("--url: it holds a user or password, which the index would tell everybody")
        path = quote(parts.path, safe=f"{_SAFE}%").rstrip("/")
        whole = urlunsplit((parts.scheme, parts.netloc, f"{path}/", "", ""))
        self._before = documents.write_bulk(whole)[1:-1]
        self._behind = documents.write_bulk(f"?{parts.query}" if parts.query else "")[1:-1]

    def of(self, path: str) -> str:
        """Return the URL of a path, as it stands in JSON between its quotes."""
        found = path if _PLAIN.fullmatch(path) else quote(path, safe=_SAFE)
        if self._before:
            return f"{self._before}{found}{self._behind}"
        return f"./{found}" if ":" in found.partition("/")[0] else found


_SAFE = "/$&+,:;=@~"
_PLAIN = re.compile(r"[A-Za-z0-9_./+~-]+")
"""A path that is a URL as it is: nearly all, and there are ten thousand."""


def charts_of(
    archives: Mapping[str, Known],
    merged: Mapping[str, Sequence[IndexEntry]],
    urls: Urls,
    warning: Callable[[str], None],
) -> dict[str, list[Line]]:
    """Return the entries of each chart, newest first; raises RepositoryError for versions that are two things."""
    paths: dict[str, dict[str, list[str]]] = {}
    for path, each in archives.items():
        paths.setdefault(each.name, {}).setdefault(each.version, []).append(path)
    faults = []
    charts: dict[str, list[Line]] = {}
    for name, versions in paths.items():
        lines = charts[name] = []
        for version, places in versions.items():
            first = archives[places[0]]
            others = [path for path in places[1:] if archives[path].digest != first.digest]
            if others:
                faults.append(
                    f"{places[0]} (sha256 {first.digest}) and {others[0]} (sha256 {archives[others[0]].digest}) "
                    f"are both {name} {version}, and not the same"
                )
            lines.append(local_line(first, [urls.of(path) for path in places]))
    if faults:
        shown = "\n".join(sorted(faults)[:MOST_SHOWN])
        raise RepositoryError(
            f"one version of a chart cannot be two archives:\n{shown}",
            hint="remove one of them, or give it a new version",
        )
    for name, entries in merged.items():
        have = paths.get(name, {})
        for entry in entries:
            if entry.version not in have:
                fault = helm_fault(entry.metadata)
                if fault:
                    warning(f"{name} {entry.version}: left out of what is merged, for Helm could not read it: {fault}")
                    continue
                charts.setdefault(name, []).append(merged_line(entry))
            elif entry.digest and entry.digest != archives[have[entry.version][0]].digest:
                warning(f"{name} {entry.version}: the merged index has another archive; the folder's counts")
    for lines in charts.values():
        lines.sort(key=_order, reverse=True)
    return charts


def _order(each: Line) -> tuple[bool, Any, str]:
    found = order_of(each.version)
    return (found is not None, found or (), each.version)
