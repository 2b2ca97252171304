"""A chart from a directory or an archive: files sorted into what they are, subcharts loaded with it."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from helmlite import documents
from helmlite.chart.archive import read_archive
from helmlite.chart.budget import LIMIT_BYTES, LIMIT_DEPTH, Budget
from helmlite.chart.chart import Chart, ChartFile, ChartLock
from helmlite.chart.directory import read_directory
from helmlite.chart.locking import lock_from_data
from helmlite.chart.metadata import ChartMetadata, dependencies_of
from helmlite.errors import ChartError

_DECLARING = frozenset({"Chart.yaml", "Chart.lock", "requirements.yaml", "requirements.lock"})
_BOM = b"\xef\xbb\xbf"


def load_chart(path: Path, *, source: str = "") -> Chart:
    """Return the chart in a directory or an archive; raises ChartError naming file and line.

    ``source`` is what messages call it, in place of its path. Duplicate keys are errors in a directory, which an author
    has at hand, and warnings in an archive.
    """
    source = source or str(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return _Loading(source, Budget(), strict=True).chart(path)
        if not stat.S_ISREG(mode):
            raise ChartError(f"{source}: no chart: it is neither a folder nor a file")
        if path.stat().st_size > LIMIT_BYTES:
            raise ChartError(f"{source}: the archive is larger than {LIMIT_BYTES >> 20} MiB")
        data = path.read_bytes()
    except OSError as error:
        raise ChartError(f"{source}: cannot be read: {error.strerror or error}") from None
    return load_archive(data, source=source)


def load_declared(folder: Path) -> Chart:
    """Return the chart in a directory, as its Chart.yaml, requirements.yaml and lock alone have it; raises ChartError.

    So a chart whose ``charts/`` is damaged still says what belongs there.
    """
    source = str(folder)
    if not folder.is_dir():
        missing = "is no folder" if folder.exists() else "is not there"
        raise ChartError(f"{source}: {missing}", hint="give the folder of a chart")
    loading = _Loading(source, Budget(), strict=True)
    return loading.assemble(read_directory(folder, source=source, budget=loading.budget, only=_DECLARING))


def load_archive(data: bytes, *, source: str) -> Chart:
    """Return the chart in an archive's bytes; ``source`` names it in messages. Raises ChartError."""
    return _Loading(source, Budget(), strict=False).archive(data)


@dataclass(frozen=True, slots=True)
class _Loading:
    """The loading of one chart; its subcharts spend from the same budget."""

    source: str
    budget: Budget
    strict: bool
    depth: int = 0

    def chart(self, path: Path) -> Chart:
        return self.assemble(read_directory(path, source=self.source, budget=self.budget))

    def archive(self, data: bytes) -> Chart:
        return self.assemble(read_archive(data, source=self.source, budget=self.budget))

    def assemble(self, files: list[ChartFile]) -> Chart:
        """Return the chart that these files make."""
        by_name = {each.name: each.data.removeprefix(_BOM) for each in files}
        warnings: list[str] = []
        if "Chart.yaml" not in by_name:
            raise ChartError(f"{self.source}: no chart: there is no Chart.yaml in it")
        metadata = self._metadata(by_name, warnings)
        values, lines = self._values(by_name.get("values.yaml", b""), warnings)
        parsed = {"Chart.yaml", "Chart.lock", "values.yaml", "values.schema.json"}
        if metadata.api_version != "v1":
            parsed |= {"requirements.yaml", "requirements.lock"}
        templates, others, charts = [], [], {}
        for name, data in by_name.items():
            if name.startswith("templates/"):
                templates.append(ChartFile(name=name, data=data))
            elif name.startswith("charts/") and not name.endswith(".prov"):
                charts[name.removeprefix("charts/")] = data
            elif name not in parsed:
                others.append(ChartFile(name=name, data=data))
        subcharts = self._subcharts(charts)
        for each in subcharts:
            warnings += each.warnings
        return Chart(
            metadata=metadata,
            templates=sorted(templates, key=lambda each: each.name),
            values=values,
            raw_values=by_name.get("values.yaml", b""),
            value_lines=lines,
            schema=by_name.get("values.schema.json"),
            files=sorted(others, key=lambda each: each.name),
            lock=self._lock(by_name, warnings),
            raw_lock=by_name.get("Chart.lock", b""),
            subcharts=subcharts,
            source=self.source,
            warnings=warnings,
        )

    def _read(self, name: str, data: bytes, warnings: list[str]) -> documents.Parsed:
        """Return the YAML of one file, its documents merged, the later one winning."""
        where = f"{self.source}/{name}"
        try:
            found = documents.read_all(data, duplicates="error" if self.strict else "warn", with_lines=True)
        except documents.DocumentError as error:
            at = f":{error.line}" if error.line else ""
            raise ChartError(f"{where}{at}: {error.message}") from None
        warnings += [f"{where}: {each}" for parsed in found for each in parsed.warnings]
        self.budget.spend_values(sum(each.size for each in found), where)
        filled = [each for each in found if each.data is not None]
        if len(filled) <= 1:
            return filled[0] if filled else documents.Parsed(data=None)
        if not all(isinstance(each.data, dict) for each in filled):
            raise ChartError(f"{where}: it has several documents, which must all be mappings")
        merged: dict[str, Any] = {}
        lines: dict[documents.Path, int] = {}
        for each in filled:
            merged = _merged(merged, each.data)
            lines.update(each.lines)
        return documents.Parsed(data=merged, lines=lines)

    def _metadata(self, by_name: Mapping[str, bytes], warnings: list[str]) -> ChartMetadata:
        where = f"{self.source}/Chart.yaml"
        metadata = ChartMetadata.from_data(self._read("Chart.yaml", by_name["Chart.yaml"], warnings).data, source=where)
        if "requirements.yaml" in by_name:
            data = self._read("requirements.yaml", by_name["requirements.yaml"], warnings).data
            declared = dependencies_of(data, source=f"{self.source}/requirements.yaml")
            if declared and metadata.api_version != "v1":
                warnings.append(f"{self.source}: requirements.yaml is for apiVersion v1; v2 has them in Chart.yaml")
            if declared:
                metadata = replace(metadata, dependencies=declared)
                metadata.check_keys(f"{self.source}/requirements.yaml")
        return metadata

    def _values(self, data: bytes, warnings: list[str]) -> tuple[dict[str, Any], Mapping[documents.Path, int]]:
        parsed = self._read("values.yaml", data, warnings)
        if parsed.data is None:
            return {}, {}
        if not isinstance(parsed.data, dict):
            raise ChartError(f"{self.source}/values.yaml: values are a mapping, this is none")
        return parsed.data, parsed.lines

    def _lock(self, by_name: Mapping[str, bytes], warnings: list[str]) -> ChartLock | None:
        name = "Chart.lock" if "Chart.lock" in by_name else "requirements.lock"
        if name not in by_name:
            return None
        return lock_from_data(self._read(name, by_name[name], warnings).data, source=f"{self.source}/{name}")

    def _subcharts(self, files: Mapping[str, bytes]) -> list[Chart]:
        """Return the charts of ``charts/``, sorted by folder or archive name."""
        folders: dict[str, list[ChartFile]] = {}
        for name, data in files.items():
            first, slash, rest = name.partition("/")
            if first.startswith(("_", ".")):
                continue
            if not slash and not first.endswith(".tgz"):
                raise ChartError(
                    f"{self.source}/charts/{first}: neither a chart's folder nor a .tgz archive",
                    hint="move it out of charts/, or put an underscore before its name",
                )
            folders.setdefault(first, []).append(ChartFile(name=rest, data=data))
        if folders and self.depth >= LIMIT_DEPTH:
            raise ChartError(f"{self.source}: charts are nested more than {LIMIT_DEPTH} deep")
        found = []
        for first in sorted(folders):
            below = _Loading(f"{self.source}/charts/{first}", self.budget, self.strict, self.depth + 1)
            packed = folders[first][0]
            if packed.name == "":
                loading = _Loading(below.source, self.budget, False, below.depth)
                found.append(loading.archive(packed.data))
            else:
                found.append(below.assemble(folders[first]))
        return found


def _merged(older: Mapping[str, Any], newer: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(older)
    for key, value in newer.items():
        before = made.get(key)
        made[key] = _merged(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return made
