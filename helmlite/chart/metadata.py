"""Chart.yaml: a chart's metadata and its declared dependencies, with all checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintainer:
    """Who looks after a chart."""

    name: str
    email: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """A dependency that Chart.yaml declares; ``import_values`` holds strings and ``{child, parent}`` mappings."""

    name: str
    version: str = ""
    repository: str = ""
    condition: str = ""
    tags: Sequence[str] = ()
    import_values: Sequence[str | Mapping[str, str]] = ()
    alias: str = ""
    enabled: bool = False

    @property
    def key(self) -> str:
        """Return the name under which the parent uses it: the alias, if it has one."""
        return self.alias or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartMetadata:
    """The fields of Chart.yaml, as in Helm's section on it; empty text or nothing stands for an absent field."""

    name: str
    version: str
    api_version: str = "v2"
    description: str = ""
    type: str = ""
    kube_version: str = ""
    app_version: str = ""
    home: str = ""
    icon: str = ""
    condition: str = ""
    tags: str = ""
    deprecated: bool = False
    keywords: Sequence[str] = ()
    sources: Sequence[str] = ()
    maintainers: Sequence[Maintainer] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    dependencies: Sequence[Dependency] = ()

    @property
    def is_library(self) -> bool:
        """Return whether this is a library chart, which renders nothing of its own."""
        return self.type == "library"

    @classmethod
    def from_data(cls, data: Any, *, source: str) -> ChartMetadata:
        """Return checked metadata from Chart.yaml's data; raises ChartError with the field's path and ``source``."""
        raise NotImplementedError

    def to_data(self) -> dict[str, Any]:
        """Return the fields in Helm's JSON names and order, empty ones left out."""
        raise NotImplementedError
