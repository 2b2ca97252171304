"""The index of a repository (index.yaml), the shard of one chart, and which entry a version asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from helmlite import documents
from helmlite.chart.names import is_unfit
from helmlite.errors import RepositoryError, public_url
from helmlite.repo.limits import LIMIT_INDEX_BYTES, LIMIT_SHARD_BYTES
from helmlite.versions import order_of, parse_constraint

LIMIT_VALUES = 5_000_000
"""Values in one index: enough for 100,000 versions, and read into less than 1 GiB."""
MOST_WARNINGS = 100
SHARDS = "helmlite.dev/shards"
"""The annotation of an index that announces shards; its value is their path, with ``{name}`` for a chart's name."""
SHARD_PATH = "charts/{name}.json"
SHARD_SUMMARY = "shards.json"
"""The file beside an index that says which index its shards are of; another indexer may have replaced that since."""
_OWN = frozenset(("urls", "created", "digest", "size"))


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """One version of a chart, as an index has it.

    ``urls`` are absolute, or relative to the index. ``digest`` is the archive's sha256 in lower-case hex, without
    ``sha256:``, empty where the index has none (text that is no sha256 stays as it is: no archive fits it).
    ``created`` is RFC 3339 text as written. ``metadata`` are the fields of Chart.yaml; their types are not checked but
    for name and version. ``size`` is the archive's in bytes, where a shard tells it.
    """

    name: str
    version: str
    urls: Sequence[str] = ()
    digest: str = ""
    created: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict, repr=False)
    size: int | None = None

    @property
    def app_version(self) -> str:
        """Return the version of what the chart deploys, empty where it tells none."""
        return self._text("appVersion")

    @property
    def description(self) -> str:
        """Return what the chart says of itself, empty where it says nothing."""
        return self._text("description")

    @property
    def kube_version(self) -> str:
        """Return the range of Kubernetes versions that the chart is for, empty for all."""
        return self._text("kubeVersion")

    @property
    def keywords(self) -> Sequence[str]:
        """Return the chart's keywords."""
        found = self.metadata.get("keywords")
        return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()

    @property
    def is_deprecated(self) -> bool:
        """Return whether the chart says that it should not be used any more."""
        return self.metadata.get("deprecated") is True

    def to_data(self) -> dict[str, Any]:
        """Return the fields as an index has them."""
        own = {"urls": list(self.urls), "digest": self.digest, "created": self.created, "size": self.size}
        return {**self.metadata, "name": self.name, "version": self.version, **own}

    def _text(self, name: str) -> str:
        found = self.metadata.get(name)
        if isinstance(found, bool) or not isinstance(found, (str, int, float)):
            return ""
        return str(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """All entries of a repository by chart name, each list newest first; what is no semantic version comes last.

    Versions that differ only in build metadata are ordered by its text. ``warnings`` tell what was left out and why.
    What is not ``is_plain`` may be much longer when it is written than its text was: that has aliases.
    """

    entries: Mapping[str, Sequence[IndexEntry]]
    generated: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    is_plain: bool = True

    @property
    def has_shards(self) -> bool:
        """Return whether each chart's entries are also in a file of their own beside the index."""
        return self.annotations.get(SHARDS) == SHARD_PATH


def summed_length(data: bytes) -> int | None:
    """Return how long the index is that a summary of shards belongs to; None for any other text."""
    try:
        found = documents.read_json(data)
    except documents.DocumentError:
        return None
    if not isinstance(found, dict) or found.get("shards") != SHARD_PATH:
        return None
    index = found.get("index")
    length = index.get("length") if isinstance(index, dict) else None
    return length if isinstance(length, int) else None


def shard_path(name: str) -> str | None:
    """Return where the shard of a chart is, relative to the index; None for a name that no shard may have.

    Names that can be a file's everywhere have one, without capital letters, which some file systems do not tell from
    small ones. No other name is ever a part of a path.
    """
    return SHARD_PATH.format(name=name) if _SHARD_NAME.fullmatch(name) else None


_SHARD_NAME = re.compile(r"[a-z0-9_][a-z0-9_.+-]{0,199}")


def read_index(data: bytes, *, source: str) -> Index:
    """Return the index in JSON or YAML text; entries that cannot be used are left out with a warning.

    Raises RepositoryError, naming ``source`` (a URL without its secrets, or a path), for what is no index.
    """
    where = public_url(source)
    found, is_plain = _mapping(data, where, LIMIT_INDEX_BYTES)
    if not found.get("apiVersion"):
        raise RepositoryError(f"{where}: no index of charts: it has no apiVersion", hint=_HINT)
    listed = found.get("entries")
    if listed is None:
        listed = {}
    if not isinstance(listed, dict):
        raise RepositoryError(f"{where}: no index of charts: its entries are no mapping of names to lists")
    warnings = _Warnings()
    entries = {}
    for name, versions in listed.items():
        made = _entries(name, versions, warnings)
        if made:
            entries[name] = made
    annotations = found.get("annotations")
    if not isinstance(annotations, dict):
        annotations = {}
    return Index(
        entries=entries,
        generated=_text(found.get("generated")),
        annotations={key: value for key, value in annotations.items() if isinstance(value, str)},
        warnings=[f"{where}: {each}" for each in warnings.all()],
        is_plain=is_plain,
    )


def read_shard(data: bytes, *, source: str, name: str) -> Sequence[IndexEntry]:
    """Return the entries of one chart from its shard, newest first; those that cannot be used are left out.

    Raises RepositoryError, naming ``source``, for what is no shard, or that of another chart.
    """
    where = public_url(source)
    found, _ = _mapping(data, where, LIMIT_SHARD_BYTES)
    if found.get("name") != name:
        raise RepositoryError(f"{where}: no shard of chart {name}: its name is {_shown(found.get('name'))}")
    if not isinstance(found.get("entries"), list):
        raise RepositoryError(f"{where}: no shard of chart {name}: it has no list of entries")
    return read_entries(name, found["entries"])


def read_entries(name: str, versions: Any) -> Sequence[IndexEntry]:
    """Return the entries of one chart, newest first, of data as an index has it; what cannot be used is left out."""
    return _entries(name, versions, _Warnings())


def joined(first: Sequence[IndexEntry], second: Sequence[IndexEntry]) -> Sequence[IndexEntry]:
    """Return the entries of one chart from two places, newest first; of the same version, the first place's."""
    if not first or not second:
        return first or second
    versions = {each.version: each for each in (*second, *first)}

    def order(entry: IndexEntry) -> tuple[bool, Any]:
        found = order_of(entry.version)
        return (found is not None, found or ())

    return sorted(versions.values(), key=order, reverse=True)


def choose(entries: Sequence[IndexEntry], version: str = "", *, devel: bool = False) -> IndexEntry | None:
    """Return the entry of one chart that a version asks for, from a list that is newest first; None when none fits.

    A version's exact text comes first. One that is complete (``1.2.3``) means that version alone, build metadata and
    all, however it is written (``v1.2.3``). What else is written is a range, of which the newest is taken. Without a
    version it is the newest release, with ``devel`` the newest of pre-releases too. Raises RepositoryError for text
    that is no range.
    """
    asked = version.strip()
    if asked:
        for each in entries:
            if each.version == asked:
                return each
    exact = order_of(asked) if _COMPLETE.match(asked) else None
    if exact is not None:
        return next((each for each in entries if order_of(each.version) == exact), None)
    try:
        constraint = parse_constraint(asked or (">0.0.0-0" if devel else ""))
    except ValueError as error:
        raise RepositoryError(str(error), hint="give a version such as 1.2.3, or a range such as ^1.2") from None
    return next((each for each in entries if constraint.matches_text(each.version)), None)


_COMPLETE = re.compile(r"v?\d+(?:\.\d+\.\d+|[^\s,|]*\+)", re.ASCII)
"""How a complete version begins: three numbers, or fewer and build metadata, which no range has."""

_HINT = "is it the address of a chart repository? Its index.yaml is made by `helmlite repo index`"


def _mapping(data: bytes, where: str, limit_bytes: int) -> tuple[dict[str, Any], bool]:
    if not data[:4096].strip() and not data.strip():
        raise RepositoryError(f"{where}: no index of charts: it is empty", hint=_HINT)
    try:
        found, is_plain = documents.read_plainly(data, limit_bytes=limit_bytes, limit_values=LIMIT_VALUES)
    except documents.DocumentError as error:
        line = f"line {error.line}: " if error.line else ""
        raise RepositoryError(f"{where}: no index of charts: {line}{error.message}", hint=_HINT) from None
    if not isinstance(found, dict):
        raise RepositoryError(f"{where}: no index of charts: it is no mapping", hint=_HINT)
    return found, is_plain


class _Warnings:
    """What was left out, told up to a bound: a hostile index may hold a million faults."""

    def __init__(self) -> None:
        self._told: list[str] = []
        self._more = 0

    def add(self, text: str) -> None:
        if len(self._told) < MOST_WARNINGS:
            self._told.append(text)
        else:
            self._more += 1

    def all(self) -> list[str]:
        return [*self._told, f"and {self._more:,} more like these"] if self._more else self._told


def _entries(name: str, versions: Any, warnings: _Warnings) -> list[IndexEntry]:
    """Return the usable entries of one chart, sorted."""
    if versions is None:
        return []
    fault = name_fault(name)
    if fault or not isinstance(versions, list):
        warnings.add(f"chart {_shown(name)} is left out: {fault or 'its versions are no list'}")
        return []
    sortable: list[tuple[Any, IndexEntry]] = []
    others: list[IndexEntry] = []
    for number, each in enumerate(versions):
        try:
            entry = _entry(name, each)
        except ValueError as error:
            warnings.add(f"entry {number + 1} of chart {name} is left out: {error}")
            continue
        order = order_of(entry.version)
        if order is None:
            others.append(entry)
        else:
            sortable.append((order, entry))
    sortable.sort(key=_first, reverse=True)
    return [*(entry for _, entry in sortable), *others]


def _first(pair: tuple[Any, IndexEntry]) -> Any:
    return pair[0]


def name_fault(name: str) -> str:
    """Return why a text can be no chart's name in an index; empty where it can."""
    if not name or name in (".", "..") or "/" in name or "\\" in name:
        return "the name is, or holds, a part of a path"
    if is_unfit(name) or len(name) > 250:
        return "the name is too long, or has control characters"
    return ""


def _entry(name: str, data: Any) -> IndexEntry:
    """Return one entry; raises ValueError saying why it is of no use."""
    if not isinstance(data, dict):
        raise ValueError("it is no mapping")
    version = data.get("version")
    if data.get("name") != name:
        raise ValueError(f"its name is {_shown(data.get('name'))}")
    if not isinstance(version, str) or not version or len(version) > 256 or is_unfit(version):
        raise ValueError(f"its version is {_shown(version)}")
    urls = data.get("urls") or ()
    if not isinstance(urls, (list, tuple)) or not all(isinstance(each, str) for each in urls):
        raise ValueError("its urls are no list of texts")
    digest = data.get("digest") or ""
    if not isinstance(digest, str):
        raise ValueError("its digest is no text")
    size = data.get("size")
    return IndexEntry(
        name=name,
        version=version,
        urls=tuple(urls),
        digest=digest.lower().removeprefix("sha256:"),
        created=_text(data.get("created")),
        metadata={key: value for key, value in data.items() if key not in _OWN},
        size=size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _shown(value: Any) -> str:
    """Return what an index says where something else was expected, short."""
    text = repr(value) if isinstance(value, (str, int, float)) else "missing" if value is None else "no text"
    return text if len(text) <= 80 else f"{text[:77]}..."
