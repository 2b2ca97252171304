"""The texts of an index and of its shards: the same bytes for the same entries, one entry in a line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias

from helmlite import documents
from helmlite.repo.index import SHARD_PATH, SHARDS, IndexEntry
from helmlite.repo.index_cache import Known

Form: TypeAlias = Literal["json", "yaml"]
ANNOTATIONS = {SHARDS: SHARD_PATH}


class Line(NamedTuple):
    """An entry as JSON text without its last brace; ``size`` of its archive is None where it is not known.

    A named tuple, since ten thousand are made in a run.
    """

    version: str
    created: str
    text: str
    size: int | None


def local_line(known: Known, urls: Sequence[str]) -> Line:
    """Return the entry of an archive; its URLs are such as need no escapes in JSON."""
    places = '","'.join(urls)
    more = f'"urls":["{places}"],"created":"{known.created}","digest":"{known.digest}"'
    return Line(known.version, known.created, f"{known.fields},{more}", known.size)


def merged_line(entry: IndexEntry) -> Line:
    """Return an entry taken over from another index, without fields unknown to Helm, which refuses them in YAML."""
    found: dict[str, Any] = {key: value for key, value in entry.metadata.items() if key in _FIELDS}
    found["urls"] = list(entry.urls)
    created = entry.created if is_time(entry.created) else ""
    if created:
        found["created"] = created
    if entry.digest:
        found["digest"] = entry.digest
    return Line(entry.version, created, documents.write_bulk(found)[:-1], None)


def helm_fault(metadata: Mapping[str, Any]) -> str:
    """Return what Helm could not read in an entry, and with it the whole index; empty where it can read all."""
    for name, is_fit in _FIELDS.items():
        value = metadata.get(name)
        if value is not None and not is_fit(value):
            return f"its {name} is of another type"
    return ""


def is_time(text: str) -> bool:
    """Return whether text can stand as a time in an index: one of RFC 3339, as Go reads it."""
    try:
        return bool(_TIME.fullmatch(text)) and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(each is None or isinstance(each, str) for each in value)


def _are_named(value: Any) -> bool:
    return isinstance(value, dict) and all(each is None or isinstance(each, str) for each in value.values())


def _are_people(value: Any) -> bool:
    return isinstance(value, list) and all(each is None or _are_named(each) for each in value)


def _are_dependencies(value: Any) -> bool:
    return isinstance(value, list) and all(each is None or _is_dependency(each) for each in value)


def _is_dependency(value: Any) -> bool:
    return isinstance(value, dict) and all(
        _DEPENDENCY.get(key, _is_text)(part) for key, part in value.items() if part is not None
    )


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


_DEPENDENCY: Mapping[str, Callable[[Any], bool]] = {
    "tags": _are_texts,
    "enabled": _is_flag,
    "import-values": _is_list,
}
_FIELDS: Mapping[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("name", "home", "version", "description", "icon", "apiVersion", "condition", "tags"), _is_text),
    **dict.fromkeys(("appVersion", "kubeVersion", "type", "checksum", "engine", "tillerVersion", "url"), _is_text),
    **dict.fromkeys(("sources", "keywords"), _are_texts),
    **dict.fromkeys(("deprecated", "removed"), _is_flag),
    "annotations": _are_named,
    "maintainers": _are_people,
    "dependencies": _are_dependencies,
}
"""The fields of an entry that Helm knows, and whether it could read a value."""


def index_text(charts: Mapping[str, Sequence[Line]], form: Form) -> bytes:
    """Return the index of these charts, each list newest first.

    As ``json`` it is JSON text, which is YAML too and which Helm reads several times as fast. When it was generated is
    the newest time at which an entry was created, so that the same archives give the same text.
    """
    generated = max((each.created for lines in charts.values() for each in lines), default="") or _NEVER
    pieces = [f"{documents.write_bulk(name)}:{_list(_closed(lines))}" for name, lines in sorted(charts.items())]
    head = json.dumps({"apiVersion": "v1", "annotations": ANNOTATIONS}, separators=(",", ":"))[:-1]
    entries = ",\n".join(pieces)
    text = f'{head},"entries":{{\n{entries}\n}},"generated":"{generated}"}}\n'
    return text.encode() if form == "json" else documents.write(json.loads(text)).encode()


_NEVER = "1970-01-01T00:00:00Z"


def shard_head(name: str) -> str:
    """Return how the shard of a chart begins, and no other file."""
    return f'{{"apiVersion":"v1","name":{documents.write_bulk(name)},"entries":['


def shard_text(name: str, lines: Sequence[Line]) -> bytes:
    """Return the shard of one chart."""
    sized = (f"{each.text}}}" if each.size is None else f'{each.text},"size":{each.size}}}' for each in lines)
    return f"{shard_head(name)}{_list(sized)[1:]}}}\n".encode()


SUMMARY_START = f'{{"apiVersion":"v1","shards":"{SHARD_PATH}"'
"""How the summary of shards begins, and no other file."""


def shard_summary(index: bytes) -> bytes:
    """Return the summary of shards that are of this index: they are not of one that is longer or shorter."""
    return f'{SUMMARY_START},"index":{{"length":{len(index)}}}}}\n'.encode()


def _closed(lines: Sequence[Line]) -> Iterable[str]:
    return (f"{each.text}}}" for each in lines)


def _list(items: Iterable[str]) -> str:
    return "[\n{}\n]".format(",\n".join(items))
