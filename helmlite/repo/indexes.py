"""The indexes of repositories: fetched, kept for both tools, and looked up by chart.

A chart is looked up in its shard where the server has one, else in the index. An index that was read once is kept by
chart, too: the next look-up reads one chart's part of it, however large it is and whoever wrote it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from helmlite.errors import DownloadError, RepositoryError, public_url
from helmlite.files import mark_of
from helmlite.repo.cache import ContentCache, IndexCache, KnownIndex
from helmlite.repo.limits import LIMIT_INDEX_BYTES, LIMIT_SHARD_BYTES, LIMIT_SUMMARY_BYTES
from helmlite.repo.parts import Parts, parts_text
from helmlite.repo.repositories import Repository
from helmlite.repo.urls import below, index_url
from helmlite.repo.validators import UNKNOWN
from helmlite.repo.watch import Watch

if TYPE_CHECKING:
    from helmlite.repo.http import Http
    from helmlite.repo.index import Index, IndexEntry


LOOK_SECONDS = 10.0
"""How long a server may take to say whether it has shards."""
AWAY_SECONDS = 60.0
"""For how long a server that gave no answer is not asked again: the other charts of its repository go without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIndex:
    """An index that was fetched and read, and is not kept yet."""

    index: Index
    body: bytes = field(repr=False)
    known: KnownIndex


@dataclass(slots=True, kw_only=True)
class _Away:
    """A server that gave no answer: why, until when it is not asked again, and whether the user was told."""

    error: DownloadError
    until: float
    is_told: bool = False


class Indexes:
    """The indexes of all repositories. Safe to use from several threads.

    ``http`` gives the connection to servers, which takes time to import.
    """

    def __init__(
        self,
        http: Callable[[], Http],
        cache: IndexCache,
        content: ContentCache,
        watch: Watch,
        *,
        monotonic: Callable[[], float],
    ) -> None:
        self.cache = cache
        self._http, self._content, self._watch, self._monotonic = http, content, watch, monotonic
        self._reading = threading.Lock()
        self._read: dict[_Key, tuple[Sequence[int], Index]] = {}
        self._parts: dict[_Key, Parts] = {}
        self._unsplit: dict[_Key, tuple[Repository, Index, Sequence[int]]] = {}
        # what the server said when it was asked last: whether its index has shards, or why it said nothing
        self._sharded: dict[_Key, bool] = {}
        self._away: dict[_Key, _Away] = {}
        self._behind: set[_Key] = set()

    def update(self, repository: Repository, *, seconds: float | None = None) -> bool:
        """Fetch a repository's index unless the one that is kept is still right; return whether it changed.

        It may take ``seconds``. Raises RepositoryError; the index that is kept stays then.
        """
        return self._fetched(repository, self.cache.known(repository), seconds) is not None

    def fetch(
        self, repository: Repository, *, known: KnownIndex | None = None, seconds: float | None = None
    ) -> NewIndex | None:
        """Return the index that the server has, once it is read; None when the known one is right.

        It may take ``seconds``. Raises RepositoryError.
        """
        from helmlite.repo.index import read_index

        url = index_url(repository.url)
        answer = self._http().get(
            url,
            access=repository.access,
            limit_bytes=LIMIT_INDEX_BYTES,
            known=known.validators if known else UNKNOWN,
            seconds=seconds,
        )
        self._away.pop(_key(repository), None)
        if answer.is_unchanged:
            return None
        index = read_index(answer.body, source=public_url(url))
        for each in index.warnings:
            self._watch.warn(each)
        found = KnownIndex(validators=answer.validators, has_shards=index.has_shards)
        return NewIndex(index=index, body=answer.body, known=found)

    def keep(self, repository: Repository, new: NewIndex) -> None:
        """Keep an index for later commands of both tools, by chart too where it has no shards.

        Where it cannot be kept, that is a warning.
        """
        path = self.cache.path(repository)
        mark: Sequence[int] = ()
        try:
            mark = self.cache.write(repository, new.body, sorted(new.index.entries), new.known)
        except OSError as error:
            place = error.filename or path
            self._watch.warn(f"{place}: the index of {repository.label} cannot be kept: {error.strerror or error}")
        else:
            if mark and not new.known.has_shards and new.index.is_plain:
                self._content.keep_parts(path, parts_text(new.index, mark))
        with self._reading:
            self._read[_key(repository)] = (mark or mark_of(path), new.index)
            self._sharded[_key(repository)] = new.known.has_shards

    def get(self, repository: Repository) -> Index:
        """Return a repository's index as last fetched, newly where none is kept; raises RepositoryError."""
        found = self.kept(repository) or self._fetched(repository, None)
        assert found is not None  # noqa: S101  # without a known version a body comes, or an error
        return found

    def kept(self, repository: Repository) -> Index | None:
        """Return a repository's index as it was last fetched, by either tool; None when there is none of use."""
        from helmlite.repo.index import read_index

        with self._reading:  # who comes second shall wait for what the first one reads
            known = self._known(repository)
            if known is not None:
                return known
            path = self.cache.path(repository)
            mark = mark_of(path)
            data = self.cache.read(repository)
            if data is None:
                return None
            try:
                index = read_index(data, source=str(path))  # what it leaves out was told when it was fetched
            except RepositoryError as error:
                self._watch.warn(error.message)
                return None
            self._read[_key(repository)] = (mark, index)
            if index.is_plain:
                self._unsplit[_key(repository)] = repository, index, mark
            return index

    def names(self, repository: Repository) -> Sequence[str]:
        """Return the names of a repository's charts, as far as they were fetched; nothing is fetched for it."""
        if repository.name:
            return self.cache.names(repository.name)
        kept = self.kept(repository)
        return list(kept.entries) if kept is not None else ()

    def entries(
        self, repository: Repository, chart: str, *, refresh: bool = False, from_index: bool = False
    ) -> Sequence[IndexEntry]:
        """Return the versions of one chart, the newest first; none when the repository has no such chart.

        Where the index announces shards, the chart's own is asked for, and only when it changed since; so what is
        returned is new however old the index is. Else they are of the index, as ``from_index`` always has it: for a
        shard may be behind its index where files are copied to servers one by one. ``refresh`` is for the repository,
        not only for this chart: what is looked up later is as new. A server that gives no answer for a while is done
        without, with a warning, where something is kept. Raises RepositoryError.
        """
        if refresh:
            self._refresh(repository)
        error = self._gone(repository)
        if error is None:
            try:
                return self._found(repository, chart, from_index=from_index)
            except DownloadError as fault:
                error = self._leave(repository, fault)
        return self._without(repository, chart, error, from_index=from_index)

    def keep_parts(self) -> None:
        """Keep by chart each index that was read from the disk because Helm wrote it, for the next look-up.

        It is for who has got what was looked up: a look-up that leads to nothing good leaves nothing.
        """
        with self._reading:
            unsplit, self._unsplit = self._unsplit, {}
        for repository, index, mark in unsplit.values():
            self._content.keep_parts(self.cache.path(repository), parts_text(index, mark))

    def _found(self, repository: Repository, chart: str, *, from_index: bool) -> Sequence[IndexEntry]:
        """Return the versions of a chart as the server has them, or as they were fetched where that is wanted."""
        key = _key(repository)
        if not from_index and self._has_shards(repository):
            found = self._from_shard(repository, chart)
            if found is not None:
                return found
            self._behind.add(key)  # it was there, and the index may be without it now
        if key in self._behind:
            self.update(repository)
        kept = self._from_parts(repository, chart)
        return kept if kept is not None else self.get(repository).entries.get(chart, ())

    def _known(self, repository: Repository) -> Index | None:
        """Return the index that this process has read, if it is the one that is kept."""
        known = self._read.get(_key(repository))
        return known[1] if known is not None and known[0] == mark_of(self.cache.path(repository)) else None

    def _fetched(self, repository: Repository, known: KnownIndex | None, seconds: float | None = None) -> Index | None:
        """Return the index that the server has, once it is read and kept; None when the known one is right."""
        new = self.fetch(repository, known=known, seconds=seconds)
        self._behind.discard(_key(repository))
        if new is None:
            return None
        self.keep(repository, new)
        return new.index

    def _from_parts(self, repository: Repository, chart: str) -> Sequence[IndexEntry] | None:
        """Return the entries of a chart in the index that is kept, without reading all of it; None without such parts.

        What was fetched just now is in memory, whole.
        """
        if self._known(repository) is not None or self.cache.is_of_another(repository):
            return None
        key, path = _key(repository), self.cache.path(repository)
        mark = mark_of(path)
        parts = self._parts.get(key) or Parts(self._content.parts(path) or b"")
        if mark and parts.are_of(mark):
            self._parts[key] = parts
            return parts.entries(chart)
        return None

    def _refresh(self, repository: Repository) -> None:
        """Ask a repository's server what it has: whether its shards are of its index, else for the index itself."""
        key = _key(repository)
        self._away.pop(key, None)
        is_sharded = self._asked_for_shards(repository)
        if is_sharded:
            self._behind.add(key)
        else:
            try:
                self.update(repository)
            except DownloadError as error:
                self._leave(repository, error)
        self._sharded[key] = is_sharded

    def _leave(self, repository: Repository, error: DownloadError) -> DownloadError:
        """Note, and return, the error of a server that is away for a while; raises any other."""
        if not error.is_passing:
            raise error
        self._away[_key(repository)] = _Away(error=error, until=self._monotonic() + AWAY_SECONDS)
        return error

    def _gone(self, repository: Repository) -> DownloadError | None:
        """Return why a server is not asked just now, None where it is."""
        away = self._away.get(_key(repository))
        return away.error if away is not None and self._monotonic() < away.until else None

    def _has_shards(self, repository: Repository) -> bool:
        """Return whether a repository's index has shards, as far as this is known; else ask the server."""
        key = _key(repository)
        if key not in self._sharded:
            known = self.cache.known(repository)
            if known is None and not self.cache.path(repository).exists():
                self._sharded[key] = self._asked_for_shards(repository)
            else:
                self._sharded[key] = known is not None and known.has_shards
        return self._sharded[key]

    def _asked_for_shards(self, repository: Repository) -> bool:
        """Return whether a server has shards of its index: those of another one, which it replaced, are none.

        It is asked once and shortly: without a clear answer the index tells.
        """
        from helmlite.repo.index import SHARD_SUMMARY, summed_length

        http, access = self._http(), repository.access
        summary, index = below(repository.url, SHARD_SUMMARY), index_url(repository.url)
        limit, seconds = LIMIT_SUMMARY_BYTES, LOOK_SECONDS
        try:
            length = summed_length(
                http.get(summary, access=access, limit_bytes=limit, seconds=seconds, attempts=1).body
            )
            return (
                length is not None
                and str(length) == http.head(index, access=access, seconds=seconds, attempts=1).length
            )
        except RepositoryError:
            return False

    def _without(
        self, repository: Repository, chart: str, error: DownloadError, *, from_index: bool
    ) -> Sequence[IndexEntry]:
        """Return what is kept of a chart, in its shard and the index, with a warning; raises the error without any.

        A shard counts only beside an index that announces it: an index that does not was fetched later.
        """
        from helmlite.repo.index import joined

        index = self.kept(repository)
        may_be_shard = not from_index and (index is None or index.has_shards)
        shard = self._kept_shard(repository, chart) if may_be_shard else None
        if index is None and shard is None:
            raise error
        away = self._away.get(_key(repository))
        if away is not None and not away.is_told:
            away.is_told = True
            self._watch.warn(f"{error.message}: going by what was fetched before")
        return joined(shard or (), index.entries.get(chart, ()) if index is not None else ())

    def _kept_shard(self, repository: Repository, chart: str) -> Sequence[IndexEntry] | None:
        """Return the entries of a chart's shard as it was last fetched, None where that is of no use."""
        from helmlite.repo.index import read_shard, shard_path

        path = shard_path(chart)
        kept = self._content.shard(below(repository.url, path)) if path is not None else None
        if kept is None:
            return None
        with suppress(RepositoryError):
            return read_shard(kept[1], source=repository.shown, name=chart)
        return None

    def _from_shard(self, repository: Repository, chart: str) -> Sequence[IndexEntry] | None:
        """Return the entries of a chart's shard; None where the server has none, and the index must tell."""
        from helmlite.repo.index import read_shard, shard_path

        path = shard_path(chart)
        if path is None:
            return None
        url = below(repository.url, path)
        kept = self._content.shard(url)
        http, access = self._http(), repository.access
        try:
            known = kept[0] if kept else UNKNOWN
            answer = http.get(url, access=access, limit_bytes=LIMIT_SHARD_BYTES, known=known)
        except DownloadError as error:
            # stores of objects answer 403 for what is not there; if nothing may be read, nor may the index
            if error.status in (403, 404, 410):
                return None
            raise
        if answer.is_unchanged and kept is not None:
            with suppress(RepositoryError):
                return read_shard(kept[1], source=public_url(url), name=chart)
            # what is kept was damaged since
            answer = http.get(url, access=access, limit_bytes=LIMIT_SHARD_BYTES)
        found = read_shard(answer.body, source=public_url(url), name=chart)
        self._content.keep_shard(url, answer.validators, answer.body)
        return found


_Key = tuple[str, str]


def _key(repository: Repository) -> _Key:
    return repository.name, repository.url
