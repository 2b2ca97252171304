"""Helm's stored form of a revision: one Secret, its labels, and gzipped JSON within."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from helmlite import documents
from helmlite.chart.chart import Chart, ChartFile, ChartLock
from helmlite.errors import ReleaseError
from helmlite.manifest.identity import ReleaseId
from helmlite.manifest.manifest import Hook, HookRun
from helmlite.release.names import MARK_PREFIX, MAX_NAME, RESERVED_LABELS
from helmlite.release.release import BadRecord, ChartRecord, Revision, Status
from helmlite.release.times import read_time, write_time

SECRET_TYPE = "helm.sh/release.v1"  # noqa: S105  # the type's name, no password
SECRET_LIMIT = 1_048_576
"""Bytes of data that the API server takes in one Secret."""
UNPACKED_LIMIT = 256 << 20
ZERO_TIME = "0001-01-01T00:00:00Z"
_SECRET_NAME = re.compile(r"sh\.helm\.release\.v1\.(?P<name>.+)\.v(?P<number>\d{1,9})")


def secret_name(release: ReleaseId, number: int) -> str:
    """Return the name of a revision's Secret."""
    return f"sh.helm.release.v1.{release.name}.v{number}"


def to_record(revision: Revision) -> dict[str, Any]:
    """Return a revision as Helm's JSON has it: its fields, its order, empty ones left out."""
    info: dict[str, Any] = {}
    for key, moment in (
        ("first_deployed", revision.first_deployed),
        ("last_deployed", revision.last_deployed),
        ("deleted", revision.deleted),
    ):
        if moment is not None:
            info[key] = write_time(moment)
    info["description"] = revision.description
    info["status"] = str(revision.status)
    if revision.rollback_revision:
        info["rollback_revision"] = revision.rollback_revision
    if revision.notes:
        info["notes"] = revision.notes
    record: dict[str, Any] = {"name": revision.id.name, "info": info, "chart": _chart_to_record(revision.chart)}
    if revision.config:
        record["config"] = dict(revision.config)
    if revision.manifest:
        record["manifest"] = revision.manifest
    if revision.hooks:
        record["hooks"] = [_hook_to_record(each) for each in revision.hooks]
    record["version"] = revision.number
    record["namespace"] = revision.id.namespace
    if revision.apply_method:
        record["apply_method"] = revision.apply_method
    return record


def _chart_to_record(chart: ChartRecord | None) -> dict[str, Any] | None:
    if chart is None:
        return None
    return {
        "metadata": dict(chart.metadata),
        "lock": dict(chart.lock) if chart.lock is not None else None,
        "templates": [dict(each) for each in chart.templates] if chart.templates is not None else None,
        "values": dict(chart.values) if chart.values is not None else None,
        "schema": chart.schema,
        "schemamodtime": ZERO_TIME,
        "files": [dict(each) for each in chart.files] if chart.files is not None else None,
    }


def _hook_to_record(hook: Hook) -> dict[str, Any]:
    run: dict[str, Any] = {}
    if hook.last_run.started_at is not None:
        run["started_at"] = write_time(hook.last_run.started_at)
    if hook.last_run.completed_at is not None:
        run["completed_at"] = write_time(hook.last_run.completed_at)
    run["phase"] = hook.last_run.phase
    record: dict[str, Any] = {
        "name": hook.name,
        "kind": hook.kind,
        "path": hook.path,
        "manifest": hook.text,
        "events": list(hook.events),
        "last_run": run,
    }
    if hook.weight:
        record["weight"] = hook.weight
    if hook.delete_policies:
        record["delete_policies"] = list(hook.delete_policies)
    if hook.log_policies:
        record["output_log_policies"] = list(hook.log_policies)
    return record


def same_content(stored: Revision, other: Revision) -> bool:
    """Return whether two revisions record the same chart, values, manifest, hooks and labels.

    What ``stored`` leaves out of its chart for want of room (files, templates) is not compared, nor when files changed.
    """
    one, two = to_record(stored), to_record(other)
    for each in (one, two):
        for field in ("info", "version", "apply_method"):
            each.pop(field, None)
        each["hooks"] = [{**hook, "last_run": None} for hook in each.get("hooks") or ()]
        each["chart"] = {key: value or None for key, value in (each["chart"] or {}).items()}
        for field in ("files", "templates"):
            each["chart"][field] = [{**file, "modtime": None} for file in each["chart"].get(field) or ()]
    for field in ("files", "templates"):
        if stored.chart is None or getattr(stored.chart, field) is None:
            one["chart"][field] = two["chart"][field]
    same = documents.write_json(_ordered(one)) == documents.write_json(_ordered(two))
    return same and dict(stored.labels) == dict(other.labels)


def _ordered(value: Any) -> Any:
    """Return data with the keys of its mappings sorted."""
    if isinstance(value, Mapping):
        return {key: _ordered(value[key]) for key in sorted(value)}
    return [_ordered(each) for each in value] if isinstance(value, list | tuple) else value


def encode(revision: Revision) -> str:
    """Return what stands in ``data.release`` of the Secret, as the API has it (the outer base64 included)."""
    text = documents.write_json(to_record(revision)).encode("utf-8", errors="surrogatepass")
    packed = bytearray(gzip.compress(text, compresslevel=9, mtime=0))
    packed[8:10] = b"\x02\xff"
    return base64.b64encode(base64.b64encode(bytes(packed))).decode("ascii")


def to_secret(revision: Revision, *, limit_bytes: int = SECRET_LIMIT) -> dict[str, Any]:
    """Return the Secret that stores a revision; raises ReleaseError when it cannot be made small enough.

    A record over the limit leaves out the chart's own files, then its templates: Helm needs neither.
    """
    small, data = shrink(revision, limit_bytes=limit_bytes)
    labels = {
        **small.labels,
        **small.marks,
        "name": small.id.name,
        "owner": "helm",
        "status": str(small.status),
        "version": str(small.number),
    }
    metadata: dict[str, Any] = {
        "name": secret_name(small.id, small.number),
        "namespace": small.id.namespace,
        "labels": labels,
    }
    if small.resource_version:
        metadata["resourceVersion"] = small.resource_version
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": SECRET_TYPE, "data": {"release": data}}


def shrink(revision: Revision, *, limit_bytes: int = SECRET_LIMIT) -> tuple[Revision, str]:
    """Return the revision as it can be stored, and its encoded data; raises ReleaseError when nothing helps."""
    chart = revision.chart
    tries = [revision]
    if chart is not None:
        tries.append(replace(revision, chart=replace(chart, files=None)))
        tries.append(replace(revision, chart=replace(chart, files=None, templates=None)))
    size = 0
    for each in tries:
        data = encode(each)
        size = len(data) * 3 // 4 - data[-2:].count("=")
        if size <= limit_bytes:
            return each, data
    raise ReleaseError(
        f"the record of release {revision.id} would have {size} bytes, {size - limit_bytes} more than a Secret holds, "
        f"even without the chart's files and templates: its manifest or values are too large",
        hint="split the chart, or move large data out of its ConfigMaps",
    )


def decode(secret: Mapping[str, Any]) -> Revision | BadRecord:
    """Return the revision that a Secret stores, or what is wrong with it; never raises for what a Secret may hold."""
    metadata = _mapping(secret.get("metadata"))
    labels = {str(key): str(value) for key, value in _mapping(metadata.get("labels")).items()}
    named = str(metadata.get("name", ""))
    from_name = _SECRET_NAME.fullmatch(named)
    name = labels.get("name") or (from_name["name"] if from_name else named)
    number = int(from_name["number"]) if from_name else _number(labels.get("version"))
    release = ReleaseId(namespace=str(metadata.get("namespace", "")), name=name)
    version = str(metadata.get("resourceVersion", ""))

    def bad(reason: str) -> BadRecord:
        return BadRecord(
            id=release,
            number=number,
            status=labels.get("status", "unknown"),
            reason=reason,
            secret_name=named,
            resource_version=version,
        )

    if secret.get("type") not in (None, SECRET_TYPE):
        return bad(f"its type is {secret.get('type')}, not {SECRET_TYPE}")
    try:
        record = documents.read_json(_unpack(_mapping(secret.get("data")).get("release")))
        if not isinstance(record, dict):
            return bad("its JSON is no object")
        revision = _revision(record, release, number)
        if named != secret_name(release, revision.number) or record.get("name", name) != name:
            written = str(record.get("name", name))[:MAX_NAME]
            return bad(f"its name is not that of revision {revision.number} of release {written}, which it holds")
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        return bad(f"it cannot be decoded: {error}" if isinstance(error, ValueError) else "it is not of Helm's shape")
    return replace(
        revision,
        labels={
            key: text for key, text in labels.items() if key not in RESERVED_LABELS and not key.startswith(MARK_PREFIX)
        },
        marks={key: text for key, text in labels.items() if key.startswith(MARK_PREFIX)},
        resource_version=version,
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _unpack(data: object) -> bytes:
    """Return the JSON text of ``data.release``; raises ValueError with the reason."""
    if not isinstance(data, str):
        raise ValueError("there is no data under the key release")
    try:
        packed = base64.b64decode(base64.b64decode(data, validate=True).translate(None, b"\r\n"), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("no base64") from None
    if packed[:3] != b"\x1f\x8b\x08":
        return packed
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
            text = stream.read(UNPACKED_LIMIT + 1)
    except (OSError, EOFError, zlib.error):
        raise ValueError("damaged gzip") from None
    if len(text) > UNPACKED_LIMIT:
        raise ValueError(f"more than {UNPACKED_LIMIT >> 20} MiB unpacked")
    return text


def _revision(record: Mapping[str, Any], release: ReleaseId, number: int) -> Revision:
    info = record.get("info")
    if not isinstance(info, dict):
        raise ValueError("it has no info")
    try:
        status = Status(info.get("status", ""))
    except ValueError:
        raise ValueError(f"its status {str(info.get('status', ''))[:40]!r} is none of Helm's") from None
    version = record.get("version", number)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ValueError("its version is no positive number")
    manifest, notes = record.get("manifest", ""), info.get("notes", "")
    config = record.get("config")
    if not isinstance(manifest, str) or not isinstance(notes, str) or not isinstance(config, (dict, type(None))):
        raise ValueError("it is not of Helm's shape")
    rollback = info.get("rollback_revision", 0)
    return Revision(
        id=release,
        number=version,
        status=status,
        description=str(info.get("description", "")),
        first_deployed=read_time(info.get("first_deployed")),
        last_deployed=read_time(info.get("last_deployed")),
        deleted=read_time(info.get("deleted")),
        chart=_chart(record.get("chart")),
        config=config,
        manifest=manifest,
        hooks=tuple(_hook(each) for each in record.get("hooks") or ()),
        notes=notes,
        apply_method=str(record.get("apply_method", "")),
        rollback_revision=rollback if isinstance(rollback, int) else 0,
    )


def _chart(record: object) -> ChartRecord | None:
    if record is None:
        return None
    if not isinstance(record, dict) or not isinstance(record.get("metadata") or {}, dict):
        raise ValueError("its chart is no object")
    values, schema = record.get("values"), record.get("schema")
    metadata = dict(record.get("metadata") or {})
    for key, kind in (("annotations", dict), ("dependencies", list)):
        if not isinstance(metadata.get(key), kind):
            metadata.pop(key, None)
    if "dependencies" in metadata:
        metadata["dependencies"] = [each for each in metadata["dependencies"] if isinstance(each, dict)]
    return ChartRecord(
        metadata=metadata,
        values=values if isinstance(values, dict) else None,
        templates=_files(record.get("templates")),
        files=_files(record.get("files")),
        schema=schema if isinstance(schema, str) else None,
        lock=record.get("lock") if isinstance(record.get("lock"), dict) else None,
    )


def _files(record: object) -> Sequence[Mapping[str, Any]] | None:
    return [each for each in record if isinstance(each, dict)] if isinstance(record, list) else None


def _hook(record: Mapping[str, Any]) -> Hook:
    run = record.get("last_run") or {}
    weight = record.get("weight", 0)
    if not isinstance(record.get("manifest", ""), str) or not isinstance(record.get("events") or [], list):
        raise ValueError("a hook of it is not of Helm's shape")
    return Hook(
        name=str(record.get("name", "")),
        kind=str(record.get("kind", "")),
        path=str(record.get("path", "")),
        text=record.get("manifest", ""),
        events=tuple(map(str, record.get("events") or ())),
        weight=weight if isinstance(weight, int) else 0,
        delete_policies=tuple(map(str, record.get("delete_policies") or ())),
        log_policies=tuple(map(str, record.get("output_log_policies") or ())),
        last_run=HookRun(
            started_at=read_time(run.get("started_at")),
            completed_at=read_time(run.get("completed_at")),
            phase=str(run.get("phase", "")),
        ),
    )


def chart_record(chart: Chart) -> ChartRecord:
    """Return the chart as a record keeps it: its own templates and files, its values after import-values."""
    return ChartRecord(
        metadata=chart.metadata.to_data(),
        values=dict(chart.values),
        templates=_packed(chart.templates),
        files=_packed(chart.files),
        schema=base64.b64encode(chart.schema).decode("ascii") if chart.schema is not None else None,
        lock=_lock_record(chart.lock) if chart.lock is not None else None,
    )


def _lock_record(lock: ChartLock) -> Mapping[str, Any]:
    """Return Chart.lock as a record keeps it; Helm reads none whose time is no RFC 3339 one."""
    try:
        generated = lock.generated if read_time(lock.generated) is not None else ZERO_TIME
    except ValueError:
        generated = ZERO_TIME
    return {
        "generated": generated,
        "digest": lock.digest,
        "dependencies": [dict(each) for each in lock.dependencies],
    }


def _packed(files: Sequence[ChartFile]) -> list[Mapping[str, Any]]:
    return [{"name": each.name, "data": base64.b64encode(each.data).decode("ascii")} for each in files]
