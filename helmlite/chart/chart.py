"""A chart in memory: metadata, templates, default values, schema, CRDs, files, subcharts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from helmlite.chart.metadata import ChartMetadata
from helmlite.documents import Path, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartFile:
    """One file of a chart; ``name`` is its path from the chart's root, with slashes."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartLock:
    """Chart.lock: what the dependencies were resolved to. ``generated`` is kept as text.

    A dependency has the fields of ``chart.locking.FIELDS`` that the file has as text.
    """

    generated: str
    digest: str
    dependencies: Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart with its subcharts.

    ``templates`` are the files below ``templates/``; ``files`` all the rest but Chart.yaml, Chart.lock, values.yaml,
    the schema and ``charts/`` (so ``crds/``, README and LICENSE are in it). ``raw_values`` is values.yaml as written
    (empty when there is none), ``values`` its data, ``value_lines`` the line of each key in it; ``raw_lock`` is
    Chart.lock as written. ``alias`` is the name under which a parent uses this chart. ``source`` is where it was loaded
    from, for messages.
    """

    metadata: ChartMetadata
    templates: Sequence[ChartFile] = ()
    values: Mapping[str, Value] = field(default_factory=dict, repr=False)
    raw_values: bytes = field(default=b"", repr=False)
    value_lines: Mapping[Path, int] = field(default_factory=dict, repr=False)
    schema: bytes | None = field(default=None, repr=False)
    files: Sequence[ChartFile] = ()
    lock: ChartLock | None = None
    raw_lock: bytes = field(default=b"", repr=False)
    subcharts: Sequence[Chart] = ()
    alias: str | None = None
    source: str = ""
    warnings: Sequence[str] = ()

    @property
    def name(self) -> str:
        """Return the name under which values and templates know the chart: the alias, if it has one."""
        return self.alias or self.metadata.name

    @property
    def crds(self) -> Sequence[ChartFile]:
        """Return the chart's own files under ``crds/`` that hold YAML or JSON, in path order."""
        endings = (".yaml", ".yml", ".json")
        found = [each for each in self.files if each.name.startswith("crds/") and each.name.lower().endswith(endings)]
        return sorted(found, key=lambda each: each.name)

    def walk(self, parent: str = "") -> Iterator[tuple[str, Chart]]:
        """Yield ``(chart path, chart)`` for this chart, then each subchart: ``shop``, ``shop/charts/redis`` ..."""
        path = f"{parent}/charts/{self.name}" if parent else self.name
        yield path, self
        for each in self.subcharts:
            yield from each.walk(path)
