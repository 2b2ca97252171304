"""The client of repositories: indexes, shards and archives, fetched when needed and checked before they are used."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from helmlite.errors import ChartError, DownloadError, RepositoryError, public_url
from helmlite.repo.cache import ContentCache, IndexCache
from helmlite.repo.credentials import (
    Access,
    Credentials,
    CredentialStore,
    Origin,
    from_environment,
    split_url,
    variables,
)
from helmlite.repo.indexes import Indexes
from helmlite.repo.limits import (
    LIMIT_ARCHIVE_BYTES,
    LIMIT_PROVENANCE_BYTES,
)
from helmlite.repo.promised import check_promised, declared_in
from helmlite.repo.repositories import RepositoriesFile, Repository, unknown_repository
from helmlite.repo.urls import chart_url
from helmlite.repo.watch import UNWATCHED, Watch

if TYPE_CHECKING:
    from helmlite.repo.http import Http, Patience
    from helmlite.repo.index import IndexEntry


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
    """An archive whose content was checked: its path in the cache, sha256, and what chart is in it.

    ``url`` is where it came from; ``others`` are further places of it that its index names.
    """

    path: Path
    digest: str
    name: str
    version: str
    url: str = field(repr=False)
    others: Sequence[str] = field(default=(), repr=False)


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
        self._content = ContentCache(places.cache)
        self.indexes = Indexes(lambda: self.http, IndexCache(places.indexes), self._content, watch, monotonic=monotonic)
        self._environment = environment or {}
        self._watch = watch
        self._monotonic, self._sleep = monotonic, sleep
        self._patience, self._ca_file = patience, ca_file
        self._http: Http | None = None

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

        The bare one has the credentials of the configured repository that the URL is below of, if there is one; those
        that the URL itself has go before all.
        """
        place, own = split_url(url)
        if own:
            found = self.repository_for_url(place)
            return replace(found, username=own.username, password=own.password, token="")
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

    def with_credentials(self, repository: Repository, *, kept_too: bool = True) -> Repository:
        """Return a repository with its credentials: of the environment, else its own, else what is kept for it.

        Raises RepositoryError for what no header can hold, and where the environment's are for two repositories.
        """
        if not repository.name:
            return repository
        given = from_environment(repository.name, self._environment).checked()
        if given != Credentials():
            self._check_variables(repository)
        if given.token:
            return replace(repository, token=given.token)
        kept = repository.credentials
        if kept_too and not kept and not (given.username and given.password):
            kept = self.store.find(repository.name, repository.url)
        found = Credentials(
            username=given.username or kept.username or repository.username,
            password=given.password or kept.password,
            token="" if given.password else kept.token,
        )
        if given != Credentials() and not found:
            self._watch.warn(f"{variables(repository.name)}_USERNAME and _PASSWORD are of use together only")
        return replace(repository, username=found.username, password=found.password, token=found.token)

    def _check_variables(self, repository: Repository) -> None:
        """Raise RepositoryError where variables of the environment would show credentials to another server, too."""
        start, origin = variables(repository.name), Origin.of(split_url(repository.url)[0])
        for each in self.file.read():
            if variables(each.name) == start and Origin.of(split_url(each.url)[0]) != origin:
                raise RepositoryError(
                    f"{start}_... would be the credentials of two servers: of repositories {repository.name!r} and "
                    f"{each.name!r}",
                    hint="give one of them another name",
                )

    def download(self, repository: Repository, entry: IndexEntry) -> Fetched:
        """Return the archive of an entry: what is kept of that sha256, else what its first good URL gives.

        Nothing is kept, or returned, whose sha256, name or version is not what the entry says. Raises RepositoryError
        and ChartError.
        """
        fetched = self._downloaded(repository, entry)
        self.indexes.keep_parts()
        return fetched

    def _downloaded(self, repository: Repository, entry: IndexEntry) -> Fetched:
        told = f"{repository.label}, chart {entry.name} {entry.version}"
        urls = _urls(repository, entry, source=told)
        if entry.digest:
            kept = self._content.archive(entry.digest)
            if kept is not None:
                check_promised(kept[1], entry.name, entry.version, source=told)
                self._watch.detail(f"{told}: kept under its sha256, {entry.digest}")
                return _fetched(kept[0], entry.digest, (entry.name, entry.version), urls)
        else:
            self._watch.warn(f"{told}: the index has no sha256 of it, so what was downloaded could not be checked")
        hint = _update_hint(repository)
        for number, url in enumerate(urls):
            places = [*urls[number:], *urls[:number]]
            try:
                return self._fetch_archive(places, _access_for(repository, url), entry=entry, hint=hint)
            except DownloadError:
                if number == len(urls) - 1:
                    raise
        raise AssertionError  # an entry without URLs is an error before

    def download_url(self, url: str, repository: Repository | None = None) -> Fetched:
        """Return the archive at a URL, whatever chart it holds: nothing tells what it should be.

        ``repository`` lends its credentials, as far as the URL is of its origin; without one, that of the URL does.
        """
        owner = repository or self.repository_for_url(url)
        try:
            return self._fetch_archive([split_url(url)[0]], _access_for(owner, url))
        except ChartError as error:
            error.hint = "is it the URL of a packed chart?"
            raise

    def provenance(self, fetched: Fetched, repository: Repository | None = None) -> bytes:
        """Return the provenance file of an archive, from where it came or from its next place; raises RepositoryError.

        DownloadError is raised where there is none, or no answer.
        """
        owner = repository or self.repository_for_url(fetched.url)
        first: DownloadError | None = None
        for url in (fetched.url, *fetched.others):
            parts = urlsplit(url)
            place = parts._replace(path=f"{parts.path}.prov").geturl()
            try:
                return self.http.get(place, access=_access_for(owner, url), limit_bytes=LIMIT_PROVENANCE_BYTES).body
            except DownloadError as error:
                first = first or error
        assert first is not None  # noqa: S101  # there is one place at least
        if first.status == 404:
            first.hint = "its publisher makes one with `helmlite package --sign`, and puts it beside the archive"
        raise first

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

    def _fetch_archive(
        self, urls: Sequence[str], access: Access, *, entry: IndexEntry | None = None, hint: str = ""
    ) -> Fetched:
        """Return what the first of an archive's URLs gives."""
        url, shown = urls[0], public_url(urls[0])
        limit = LIMIT_ARCHIVE_BYTES
        if entry is not None and entry.size and not entry.digest:
            limit = min(limit, entry.size)  # with a digest, both shall be told, however large the archive is
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
                return _fetched(self._content.keep_archive(staged, digest), digest, found, urls)
        except OSError as error:
            raise RepositoryError(
                f"{shown}: cannot be kept: {error.strerror or error}", hint="HELMLITE_CACHE_HOME names another folder"
            ) from None


def _urls(repository: Repository, entry: IndexEntry, *, source: str) -> list[str]:
    """Return the URLs of an entry that archives are fetched from; raises RepositoryError where there is none."""
    if not entry.urls:
        raise RepositoryError(f"{source}: its index has no URL for it")
    found: list[str] = []
    refusal: RepositoryError | None = None
    for each in entry.urls:
        try:
            found.append(chart_url(repository.url, each, source=source))
        except RepositoryError as error:
            refusal = refusal or error
    if refusal is not None and not found:
        raise refusal
    return found


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


def _access_for(repository: Repository, url: str) -> Access:
    access = repository.access
    return access.and_for(split_url(url)[0]) if repository.pass_credentials_all else access


def _fetched(path: Path, digest: str, found: tuple[str, str], urls: Sequence[str]) -> Fetched:
    return Fetched(path=path, digest=digest, name=found[0], version=found[1], url=urls[0], others=urls[1:])


def _update_hint(repository: Repository) -> str:
    again = f"helmlite repo update {repository.name}".rstrip()
    return f"the index may be stale: `{again}`; if that does not help, the archive on the server was replaced"
