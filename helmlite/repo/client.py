"""The client of repositories: indexes, shards and archives, fetched when needed and checked before they are used."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from helmlite.errors import DownloadError, RepositoryError, public_url
from helmlite.repo.cache import ContentCache, IndexCache, KnownIndex
from helmlite.repo.credentials import (
    NO_ACCESS,
    Access,
    Credentials,
    CredentialStore,
    Origin,
    from_environment,
    split_url,
)
from helmlite.repo.limits import (
    LIMIT_ARCHIVE_BYTES,
    LIMIT_INDEX_BYTES,
    LIMIT_PROVENANCE_BYTES,
    LIMIT_SHARD_BYTES,
)
from helmlite.repo.promised import check_promised, declared_in
from helmlite.repo.repositories import RepositoriesFile, Repository, unknown_repository
from helmlite.repo.urls import below, chart_url, index_url
from helmlite.repo.validators import UNKNOWN
from helmlite.repo.watch import UNWATCHED, Watch

if TYPE_CHECKING:
    from helmlite.repo.http import Http, Patience
    from helmlite.repo.index import Index, IndexEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a user's repositories are kept: Helm's file and cache of indexes, and what is helmlite's own.

    ``credentials`` and ``cache`` are None where the user has no folder for them.
    """

    repositories: Path
    indexes: Path
    credentials: Path | None = None
    cache: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An archive whose content was checked: its path in the cache, sha256, and what chart is in it."""

    path: Path
    digest: str
    name: str
    version: str
    url: str = field(repr=False)


class RepositoryClient:
    """Repositories as this user has them. Safe to use from several threads.

    ``environment`` holds the HELMLITE_REPO_ variables.
    """

    def __init__(
        self,
        places: Places,
        *,
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
        environment: Mapping[str, str] | None = None,
        watch: Watch = UNWATCHED,
        patience: Patience | None = None,
        ca_file: str = "",
    ) -> None:
        self.file = RepositoriesFile(places.repositories, monotonic=monotonic, sleep=sleep)
        self.store = CredentialStore(places.credentials, monotonic=monotonic, sleep=sleep)
        self.indexes = IndexCache(places.indexes)
        self._content = ContentCache(places.cache)
        self._environment = environment or {}
        self._watch = watch
        self._monotonic, self._sleep = monotonic, sleep
        self._patience, self._ca_file = patience, ca_file
        self._http: Http | None = None
        self._reading = threading.Lock()
        self._read: dict[tuple[str, str], tuple[Sequence[int], Index]] = {}

    def repositories(self) -> Sequence[Repository]:
        """Return the configured repositories, without what is kept elsewhere of them; raises RepositoryError."""
        return self.file.read()

    def repository(self, name: str) -> Repository:
        """Return a configured repository with its credentials; raises RepositoryError where there is none."""
        known = self.file.read()
        for each in known:
            if each.name == name:
                return self.with_credentials(each)
        raise unknown_repository(name, [each.name for each in known])

    def repository_for_url(self, url: str) -> Repository:
        """Return the configured repository of a URL, else a bare one.

        The bare one has the credentials of the configured repository that the URL is below of, if there is one.
        """
        bare = Repository(url=url)
        best: Repository | None = None
        for each in self.file.read():
            if each.url.rstrip("/") == url.rstrip("/"):
                return self.with_credentials(each)
            if _is_below(url, each.url) and (best is None or len(each.url) > len(best.url)):
                best = each
        if best is None:
            return bare
        return replace(self.with_credentials(best), name="", url=url)

    def with_credentials(self, repository: Repository) -> Repository:
        """Return a repository with its credentials: of the environment, else its own, else what is kept for it."""
        if not repository.name:
            return repository
        given = from_environment(repository.name, self._environment)
        if given.token:
            return replace(repository, token=given.token)
        kept = repository.credentials
        if not kept and not (given.username and given.password):
            kept = self.store.find(repository.name, repository.url)
        found = Credentials(
            username=given.username or kept.username or repository.username,
            password=given.password or kept.password,
            token="" if given.password else kept.token,
        )
        return replace(repository, username=found.username, password=found.password, token=found.token)

    def update(self, repository: Repository, *, seconds: float | None = None) -> bool:
        """Fetch a repository's index unless the one that is kept is still right; return whether it changed.

        It may take ``seconds``. Raises RepositoryError; the index that is kept stays then.
        """
        known = self.indexes.known(repository)
        return self._fetch_index(repository, known, seconds) is not None

    def index(self, repository: Repository, *, refresh: bool = False) -> Index:
        """Return a repository's index: as last fetched, or newly (``refresh``, or none is kept).

        Raises RepositoryError.
        """
        if not refresh:
            kept = self.kept_index(repository)
            if kept is not None:
                return kept
        fetched = self._fetch_index(repository, self.indexes.known(repository))
        if fetched is None:
            fetched = self.kept_index(repository) or self._fetch_index(repository, None)
        assert fetched is not None  # noqa: S101  # without a known version a body comes, or an error
        return fetched

    def kept_index(self, repository: Repository) -> Index | None:
        """Return a repository's index as it was last fetched, by either tool; None when there is none of use."""
        from helmlite.repo.index import read_index

        key, path = (repository.name, repository.url), self.indexes.path(repository)
        with self._reading:  # who comes second shall wait for what the first one reads
            mark = _mark(path)
            known = self._read.get(key)
            if known is not None and known[0] == mark:
                return known[1]
            data = self.indexes.read(repository)
            if data is None:
                return None
            try:
                index = read_index(data, source=str(path))  # what it leaves out was told when it was fetched
            except RepositoryError as error:
                self._watch.warn(error.message)
                return None
            self._read[key] = (mark, index)
            return index

    def names(self, repository: Repository) -> Sequence[str]:
        """Return the names of a repository's charts, as far as they were fetched; nothing is fetched for it."""
        if repository.name:
            return self.indexes.names(repository.name)
        kept = self.kept_index(repository)
        return list(kept.entries) if kept is not None else ()

    def entries(self, repository: Repository, chart: str, *, refresh: bool = False) -> Sequence[IndexEntry]:
        """Return the versions of one chart, the newest first; none when the repository has no such chart.

        Where the server has shards, the chart's own is asked for, and only when it changed since; so what is returned
        is new however old the index is. So it is where nothing of the server is known: that it has no shard costs less
        than an index that is not needed. Else they are of the index. Raises RepositoryError.
        """
        known = self.indexes.known(repository)
        is_unknown = known is None and not self.indexes.path(repository).exists()
        if is_unknown or (known is not None and known.has_shards):
            found = self._from_shard(repository, chart, is_announced=not is_unknown)
            if found is not None:
                return found
        return self.index(repository, refresh=refresh).entries.get(chart, ())

    def download(self, repository: Repository | None, entry: IndexEntry) -> Fetched:
        """Return the archive of an entry: what is kept of that sha256, else what its first good URL gives.

        Nothing is kept, or returned, whose sha256, name or version is not what the entry says. Raises RepositoryError
        and ChartError.
        """
        label = repository.label if repository is not None else "the index"
        urls = self._urls(repository, entry, label)
        told = f"{label}, chart {entry.name} {entry.version}"
        if entry.digest:
            kept = self._content.archive(entry.digest)
            if kept is not None:
                check_promised(kept[1], entry.name, entry.version, source=told)
                return _fetched(kept[0], entry.digest, (entry.name, entry.version), urls[0])
        else:
            self._watch.warn(f"{told}: the index has no sha256 of it, so what was downloaded could not be checked")
        hint = _update_hint(repository)
        for url in urls[:-1]:
            with suppress(DownloadError):
                return self._fetch_archive(url, _access_for(repository, url), entry=entry, hint=hint)
        return self._fetch_archive(urls[-1], _access_for(repository, urls[-1]), entry=entry, hint=hint)

    def download_url(self, url: str, repository: Repository | None = None) -> Fetched:
        """Return the archive at a URL, whatever chart it holds: nothing tells what it should be.

        ``repository`` lends its credentials, as far as the URL is of its origin; without one, that of the URL does.
        """
        owner = repository or self.repository_for_url(url)
        return self._fetch_archive(split_url(url)[0], _access_for(owner, url))

    def provenance(self, url: str, repository: Repository | None = None) -> bytes:
        """Return the provenance file of the archive at a URL; raises RepositoryError."""
        owner = repository or self.repository_for_url(url)
        parts = urlsplit(split_url(url)[0])
        place = parts._replace(path=f"{parts.path}.prov").geturl()
        return self.http.get(place, access=_access_for(owner, url), limit_bytes=LIMIT_PROVENANCE_BYTES).body

    @property
    def http(self) -> Http:
        """Return the connection to all servers, made at first use (it takes time to import)."""
        if self._http is None:
            from helmlite.repo.http import Http

            self._http = Http(
                monotonic=self._monotonic,
                sleep=self._sleep,
                patience=self._patience,
                ca_file=self._ca_file,
                watch=self._watch,
            )
        return self._http

    def close(self) -> None:
        """Close all connections."""
        if self._http is not None:
            self._http.close()
            self._http = None

    def _warned(self, index: Index) -> Index:
        for each in index.warnings:
            self._watch.warn(each)
        return index

    def _fetch_index(
        self, repository: Repository, known: KnownIndex | None, seconds: float | None = None
    ) -> Index | None:
        """Return the index that the server has, once it is read and kept; None when the known one is right."""
        from helmlite.repo.index import read_index

        url = index_url(repository.url)
        answer = self.http.get(
            url,
            access=repository.access,
            limit_bytes=LIMIT_INDEX_BYTES,
            known=known.validators if known else UNKNOWN,
            seconds=seconds,
        )
        if answer.is_unchanged:
            return None
        index = self._warned(read_index(answer.body, source=public_url(url)))
        found = KnownIndex(validators=answer.validators, has_shards=index.has_shards)
        with suppress(OSError):  # a cache that cannot be written is fetched again next time
            self.indexes.write(repository, answer.body, sorted(index.entries), found)
        with self._reading:
            self._read[repository.name, repository.url] = (_mark(self.indexes.path(repository)), index)
        return index

    def _from_shard(self, repository: Repository, chart: str, *, is_announced: bool) -> Sequence[IndexEntry] | None:
        """Return the entries of a chart's shard; None where there is none, and the index must tell.

        One that no index announced may be another file of that name: it is no fault that it is no shard.
        """
        try:
            return self._shard(repository, chart, is_announced=is_announced)
        except RepositoryError:
            if is_announced:
                raise
            return None

    def _shard(self, repository: Repository, chart: str, *, is_announced: bool) -> Sequence[IndexEntry] | None:
        from helmlite.repo.index import read_shard, shard_path

        path = shard_path(chart)
        if path is None:
            return None
        url = below(repository.url, path)
        kept = self._content.shard(url)
        try:
            answer = self.http.get(
                url,
                access=repository.access,
                limit_bytes=LIMIT_SHARD_BYTES,
                known=kept[0] if kept else UNKNOWN,
            )
        except DownloadError as error:
            if is_announced and error.status != 404:
                self._watch.warn(f"{error.message}: going by what was fetched before")
                if kept is not None:
                    return read_shard(kept[1], source=public_url(url), name=chart)
            return None
        if answer.is_unchanged and kept is not None:
            with suppress(RepositoryError):
                return read_shard(kept[1], source=public_url(url), name=chart)
            # what is kept was damaged since
            answer = self.http.get(url, access=repository.access, limit_bytes=LIMIT_SHARD_BYTES)
        found = read_shard(answer.body, source=public_url(url), name=chart)
        self._content.keep_shard(url, answer.validators, answer.body)
        return found

    def _urls(self, repository: Repository | None, entry: IndexEntry, label: str) -> list[str]:
        source = f"{label}, chart {entry.name} {entry.version}"
        if not entry.urls:
            raise RepositoryError(f"{source}: its index has no URL for it")
        found: list[str] = []
        refusal: RepositoryError | None = None
        for each in entry.urls:
            try:
                found.append(chart_url(repository.url if repository else "", each, source=source))
            except RepositoryError as error:
                refusal = refusal or error
        if refusal is not None and not found:
            raise refusal
        return found

    def _fetch_archive(self, url: str, access: Access, *, entry: IndexEntry | None = None, hint: str = "") -> Fetched:
        shown = public_url(url)
        limit = LIMIT_ARCHIVE_BYTES
        if entry is not None and entry.size:
            limit = min(limit, entry.size)
        try:
            with self._content.staged() as staged:
                file, path = staged
                self.http.save(url, file, access=access, limit_bytes=limit)
                file.flush()
                data = path.read_bytes()
                digest = hashlib.sha256(data).hexdigest()
                if entry is not None and entry.digest and digest != entry.digest:
                    raise _wrong_digest(shown, digest, entry.digest, hint=hint)
                if entry is None:
                    found = declared_in(data, source=shown)
                else:
                    found = check_promised(data, entry.name, entry.version, source=shown)
                return _fetched(self._content.keep_archive(staged, digest), digest, found, url)
        except OSError as error:
            raise RepositoryError(
                f"{shown}: cannot be kept: {error.strerror or error}", hint="HELMLITE_CACHE_HOME names another folder"
            ) from None


def _mark(path: Path) -> Sequence[int]:
    """Return what tells whether a file is still the one that was read; nothing where there is none."""
    try:
        facts = path.stat()
    except OSError:
        return ()
    return (facts.st_ino, facts.st_size, facts.st_mtime_ns)


def _wrong_digest(shown: str, digest: str, expected: str, *, hint: str) -> RepositoryError:
    """Return the error that an archive is not the one that the index promised."""
    return RepositoryError(
        f"{shown}: the archive has sha256 {digest}, but the index says {expected[:80]}; it is not used", hint=hint
    )


def _is_below(url: str, repository_url: str) -> bool:
    """Return whether a URL is of a repository's server and below its path, as it is written and as servers read it."""
    try:
        mine, other = split_url(url)[0], split_url(repository_url)[0]
        path, folder = urlsplit(mine).path, urlsplit(other).path.rstrip("/")
        climbs = any(unquote(part) in (".", "..") or "%2f" in part.lower() for part in path.split("/"))
        return Origin.of(mine) == Origin.of(other) and path.startswith(f"{folder}/") and not climbs
    except RepositoryError:
        return False


def _access_for(repository: Repository | None, url: str) -> Access:
    if repository is None:
        return NO_ACCESS
    access = repository.access
    return access.and_for(split_url(url)[0]) if repository.pass_credentials_all else access


def _fetched(path: Path, digest: str, found: tuple[str, str], url: str) -> Fetched:
    return Fetched(path=path, digest=digest, name=found[0], version=found[1], url=url)


def _update_hint(repository: Repository | None) -> str:
    again = f"helmlite repo update {repository.name}" if repository and repository.name else "helmlite repo update"
    return f"the index may be stale: `{again}`; if that does not help, the archive on the server was replaced"
