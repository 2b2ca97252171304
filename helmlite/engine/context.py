"""What templates see: ``values``, ``release``, ``chart``, ``capabilities``, ``files``, ``template``, ``subcharts``."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from helmlite.chart.chart import Chart
from helmlite.chart.metadata import ChartMetadata
from helmlite.documents import Value
from helmlite.engine.bounds import Meter
from helmlite.engine.engine import RenderContext
from helmlite.engine.exposed import Exposed
from helmlite.engine.failure import TemplateFailure
from helmlite.engine.missing import nearest
from helmlite.engine.text_methods import text_of
from helmlite.manifest.capabilities import Capabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One chart of the tree as its templates see it; ``folder`` is its chart path (``shop/charts/redis``)."""

    folder: str
    chart: Chart
    names: Mapping[str, Any]


def scopes(chart: Chart, context: RenderContext, meter: Meter) -> list[Scope]:
    """Return the scope of the chart and of every subchart, the chart itself first; values are scoped by name."""
    facts = {
        "name": context.release.name,
        "namespace": context.release.namespace,
        "revision": context.release.revision,
        "is_install": context.release.is_install,
        "is_upgrade": context.release.is_upgrade,
        "service": context.release.service,
    }
    cluster = ClusterFacts(context.capabilities)
    found: list[Scope] = []

    def enter(each: Chart, folder: str, values: Mapping[str, Value]) -> dict[str, Any]:
        names: dict[str, Any] = {
            "values": values,
            "release": facts,
            "chart": {**chart_facts(each.metadata, is_root=each is chart), "name": each.name},
            "capabilities": cluster,
            "files": ChartFiles({file.name: file.data for file in each.files}, meter),
            "subcharts": {},
        }
        found.append(Scope(folder=folder, chart=each, names=names))
        for sub in each.subcharts:
            names["subcharts"][sub.name] = enter(sub, f"{folder}/charts/{sub.name}", _scoped(values, sub.name))
        return names

    enter(chart, chart.name, context.values)
    return found


def _scoped(values: Mapping[str, Value], name: str) -> Mapping[str, Value]:
    own = values.get(name)
    scoped: dict[str, Value] = dict(own) if isinstance(own, Mapping) else {}
    if "global" in values:
        scoped.setdefault("global", values["global"])
    return scoped


def template_facts(path: str, folder: str) -> dict[str, str]:
    """Return what a template sees as ``template``: its chart path, and that of its ``templates`` folder."""
    return {"name": path, "base_path": f"{folder}/templates"}


def chart_facts(metadata: ChartMetadata, *, is_root: bool) -> dict[str, Any]:
    """Return Chart.yaml as templates see it, with names in lower case (``chart.app_version``)."""
    return {
        "name": metadata.name,
        "version": metadata.version,
        "app_version": metadata.app_version,
        "api_version": metadata.api_version,
        "description": metadata.description,
        "type": metadata.type,
        "kube_version": metadata.kube_version,
        "home": metadata.home,
        "icon": metadata.icon,
        "condition": metadata.condition,
        "tags": metadata.tags,
        "deprecated": metadata.deprecated,
        "keywords": list(metadata.keywords),
        "sources": list(metadata.sources),
        "maintainers": [{"name": m.name, "email": m.email, "url": m.url} for m in metadata.maintainers],
        "annotations": dict(metadata.annotations),
        "dependencies": [
            {
                "name": each.name,
                "version": each.version,
                "repository": each.repository,
                "condition": each.condition,
                "tags": list(each.tags),
                "alias": each.alias,
                "enabled": each.enabled,
            }
            for each in metadata.dependencies
        ],
        "is_root": is_root,
    }


class ApiVersions(Exposed):
    """``capabilities.api_versions``: ``'apps/v1' in ...`` and ``.has('batch/v1/CronJob')``."""

    __slots__ = ("_known",)
    template_names = frozenset({"has"})

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known

    def has(self, name: str) -> bool:
        """Return whether the cluster serves ``group/version`` or ``group/version/Kind``."""
        return text_of(name) in self._known

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._known))


class KubernetesVersion(Exposed):
    """``capabilities.kube_version``: prints the whole version (``v1.36.3``)."""

    __slots__ = ("major", "minor", "version")
    template_names = frozenset({"version", "major", "minor"})

    def __init__(self, version: str, major: str, minor: str) -> None:
        self.version = version
        self.major = major
        self.minor = minor

    @property
    def written(self) -> str:
        """Return the whole version."""
        return self.version


class ClusterFacts(Exposed):
    """``capabilities``: the Kubernetes version and what the cluster serves."""

    __slots__ = ("api_versions", "kube_version")
    template_names = frozenset({"api_versions", "kube_version"})

    def __init__(self, capabilities: Capabilities) -> None:
        version = capabilities.kube_version
        self.kube_version = KubernetesVersion(version.version, version.major, version.minor)
        self.api_versions = ApiVersions(capabilities.api_versions)


class ChartFiles(Exposed):
    """``files``: the chart's own files, without templates, Chart.yaml, values.yaml, the schema and subcharts.

    Looping gives the paths, sorted. Helm's ``Get`` of a missing file is empty text; here it is an error unless a
    default is given, and equal base names in ``as_config`` and ``as_secrets`` are one too.
    """

    __slots__ = ("_data", "_meter")
    template_names = frozenset({"get", "get_base64", "glob", "lines", "as_config", "as_secrets", "paths"})

    def __init__(self, data: Mapping[str, bytes], meter: Meter) -> None:
        self._data = dict(sorted(data.items()))
        self._meter = meter

    def get(self, path: str, default: str | None = None) -> str:
        """Return the text of a file, ``default`` when there is none and a default was given."""
        if text_of(path) not in self._data:
            if default is not None:
                return default
            raise TemplateFailure(
                f"the chart has no file {path!r}{nearest(path, self._data)}",
                hint="files.get(path, '') gives empty text instead; files in templates/ are not in `files`.",
                names=(path,),
            )
        self._meter.charge_text(len(self._data[path]))
        try:
            return self._data[path].decode("utf-8")
        except UnicodeDecodeError:
            raise TemplateFailure(
                f"the file {path!r} is not text", hint="files.get_base64 gives any file.", names=(path,)
            ) from None

    def get_base64(self, path: str) -> str:
        """Return a file's bytes in base64."""
        if text_of(path) not in self._data:
            raise TemplateFailure(f"the chart has no file {path!r}{nearest(path, self._data)}", names=(path,))
        self._meter.charge_text(len(self._data[path]) * 4 // 3 + 4)
        return base64.b64encode(self._data[path]).decode("ascii")

    def lines(self, path: str) -> list[str]:
        """Return the lines of a file, without one empty line at its end."""
        lines = self.get(path).split("\n")
        self._meter.charge_items(len(lines))
        return lines[:-1] if lines[-1] == "" else lines

    def glob(self, pattern: str) -> ChartFiles:
        """Return the files whose path matches: ``*`` and ``?`` within a folder, ``**`` across, ``[a-c]``, ``{a,b}``."""
        matches = glob_expression(text_of(pattern))
        chosen = {}
        for path, data in self._data.items():
            self._meter.tick()
            if matches.fullmatch(path):
                chosen[path] = data
        return ChartFiles(chosen, self._meter)

    def paths(self) -> list[str]:
        """Return the paths, sorted."""
        return list(self._data)

    def as_config(self) -> dict[str, str]:
        """Return base name to text, as a ConfigMap's ``data`` wants it."""
        return {name: self.get(path) for name, path in self._base_names().items()}

    def as_secrets(self) -> dict[str, str]:
        """Return base name to base64, as a Secret's ``data`` wants it."""
        return {name: self.get_base64(path) for name, path in self._base_names().items()}

    def _base_names(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for path in self._data:
            name = path.rpartition("/")[2]
            if name in names:
                raise TemplateFailure(f"{names[name]!r} and {path!r} would both be the key {name!r}")
            names[name] = path
        return names

    def __contains__(self, path: object) -> bool:
        return path in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)


def glob_expression(pattern: str) -> re.Pattern[str]:
    """Return the expression for a glob; raises TemplateFailure for one that is malformed or has more than 4 stars.

    Python's expressions backtrack, and a chart's pattern is a stranger's: few stars keep the steps to a power of the
    path's length that is small.
    """
    if pattern.count("*") - pattern.count("**") > 4 or len(pattern) > 500:
        raise TemplateFailure(f"the pattern {pattern!r} has too many parts", names=(pattern,))
    parts: list[str] = []
    braces = 0
    at = 0
    while at < len(pattern):
        sign = pattern[at]
        at += 1
        if sign == "*":
            double = pattern[at : at + 1] == "*"
            at += double
            parts.append(".*" if double else "[^/]*")
        elif sign == "?":
            parts.append("[^/]")
        elif sign == "[":
            end = pattern.find("]", at + 1)
            if end < 0:
                raise TemplateFailure(f"the pattern {pattern!r} lacks a ']'", names=(pattern,))
            body = pattern[at:end].replace("\\", "\\\\").replace("[", "\\[")
            parts.append(f"[^{body[1:]}]" if body[0] in "!^" else f"[{body}]")
            at = end + 1
        elif sign in "{}," and (braces or sign == "{"):
            braces += (sign == "{") - (sign == "}")
            parts.append({"{": "(?:", "}": ")", ",": "|"}[sign])
        else:
            parts.append(re.escape(sign))
    if braces:
        raise TemplateFailure(f"the pattern {pattern!r} lacks a '}}'", names=(pattern,))
    try:
        return re.compile("".join(parts), re.S)
    except re.error:
        raise TemplateFailure(f"the pattern {pattern!r} is malformed", names=(pattern,)) from None
