"""From what a user calls a chart by to the chart on disk: found, or fetched and checked."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from helmlite.action.configuration import Configuration
from helmlite.action.events import Warned
from helmlite.errors import ChartError, DownloadError, RepositoryError, UsageError, public_url
from helmlite.repo.reference import ChartReference, Kind
from helmlite.repo.repositories import AS_CONFIGURED, ServerOptions
from helmlite.repo.urls import file_name

if TYPE_CHECKING:
    from helmlite.repo.client import Fetched
    from helmlite.repo.index import IndexEntry
    from helmlite.repo.provenance import Verification
    from helmlite.repo.repositories import Repository

MOST_NAMED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartSource:
    """Which version of a chart, from where, and how its server is asked: the flags beside a chart's reference.

    ``version`` is an exact version or a range; empty is the newest release, or with ``devel`` the newest of all.
    ``repository_url`` is where a bare name is looked up. Credentials in ``server`` go to the origin of that URL, or of
    the chart's, only. ``verify`` checks the provenance file with ``keyring``.
    """

    version: str = ""
    devel: bool = False
    repository_url: str = field(default="", repr=False)
    server: ServerOptions = AS_CONFIGURED
    verify: bool = False
    keyring: Path | None = None


PLAIN = ChartSource()


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedChart:
    """A chart on disk, and where it came from: ``url`` and ``digest`` are empty for one that was there.

    ``repository`` is whose it is, ``file_name`` what to call the archive outside the cache. ``provenance`` is the text
    of its provenance file and ``signed`` what to tell of its signature, where those were asked for.
    """

    path: Path
    digest: str = ""
    url: str = field(default="", repr=False)
    repository: Repository | None = None
    file_name: str = ""
    provenance: bytes = field(default=b"", repr=False)
    signed: Sequence[str] = ()


def locate_chart(
    configuration: Configuration,
    reference: str | Path,
    source: ChartSource = PLAIN,
    *,
    provenance: bool = False,
    local: bool = True,
) -> LocatedChart:
    """Return a chart on disk: a path as it is, else fetched from its URL or repository and checked.

    What is on disk goes first, as in Helm, unless a repository's URL is given or nothing of it is wanted (``local``).
    ``provenance`` fetches the provenance file even if it is not to be verified. Raises ChartError, RepositoryError and
    UsageError.
    """
    if source.repository_url:
        if isinstance(reference, Path) or "://" in reference:
            raise UsageError("--repo takes the name of a chart, not a URL or a path beside it")
        repository = source.server.of(configuration.repositories.repository_for_url(source.repository_url))
        return _from_repository(configuration, repository, str(reference), source, provenance=provenance, refresh=True)
    parsed = ChartReference.parse(reference, local=local)
    if parsed.kind is Kind.PATH:
        if source.version:
            configuration.emit(Warned(text=f"--version says nothing about {parsed.text}, which is used as it is"))
        return LocatedChart(path=parsed.path, signed=_verified_on_disk(configuration, parsed.path, source))
    client = configuration.repositories
    if parsed.kind is Kind.URL:
        if source.version:
            configuration.emit(Warned(text="--version says nothing about a URL, which names one archive"))
        repository = source.server.of(client.repository_for_url(parsed.text))
        return _finished(configuration, client.download_url(parsed.text, repository), repository, source, provenance)
    known = {each.name: each for each in client.repositories()}
    if parsed.repository not in known:
        names = ", ".join(sorted(known)) or "none yet"
        if not local:
            raise RepositoryError(
                f"{public_url(parsed.text)}: there is no repository {public_url(parsed.repository)!r}",
                hint=f"helmlite repo add adds one; there are: {names}",
            )
        raise ChartError(
            f"{public_url(parsed.text)}: there is no such chart directory or archive, and no repository "
            f"{public_url(parsed.repository)!r}",
            hint=f"give the path of a chart, or one of a repository that was added (helmlite repo add): {names}",
        )
    repository = source.server.of(client.with_credentials(known[parsed.repository]))
    return _from_repository(configuration, repository, parsed.name, source, provenance=provenance)


def find_version(
    configuration: Configuration, repository: Repository, name: str, wanted: str, *, devel: bool = False, refresh: bool
) -> IndexEntry:
    """Return the newest version of a chart that is wanted; raises RepositoryError where there is none."""
    from helmlite.repo.index import choose

    entries = configuration.repositories.indexes.entries(repository, name, refresh=refresh)
    hint = f"helmlite repo update {repository.name}" if repository.name and not refresh else None
    if not entries:
        near = difflib.get_close_matches(name, configuration.repositories.indexes.names(repository), 1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        raise RepositoryError(
            f"chart {name!r} is not in repository {repository.label}{meant}", hint=hint or "is the name right?"
        )
    found = choose(entries, wanted, devel=devel)
    if found is None:
        # a shard may be behind its index where files are copied to servers one by one
        entries = configuration.repositories.indexes.entries(repository, name, from_index=True) or entries
        found = choose(entries, wanted, devel=devel)
    if found is None:
        known = ", ".join(each.version for each in entries[:MOST_NAMED])
        more = f" and {len(entries) - MOST_NAMED} older" if len(entries) > MOST_NAMED else ""
        what = f"version {wanted}" if wanted else "release, only pre-releases (--devel takes them)"
        hint = f"there are: {known}{more}" + (f"; newer ones may come by `{hint}`" if hint else "")
        raise RepositoryError(f"chart {name!r} of repository {repository.label} has no {what}", hint=hint)
    if found.version != wanted and found.is_deprecated:
        configuration.emit(Warned(text=f"chart {name} {found.version} is deprecated"))
    return found


def _from_repository(
    configuration: Configuration,
    repository: Repository,
    name: str,
    source: ChartSource,
    *,
    provenance: bool,
    refresh: bool = False,
) -> LocatedChart:
    entry = find_version(configuration, repository, name, source.version, devel=source.devel, refresh=refresh)
    fetched = configuration.repositories.download(repository, entry)
    return _finished(configuration, fetched, repository, source, provenance)


def _finished(
    configuration: Configuration, fetched: Fetched, repository: Repository, source: ChartSource, provenance: bool
) -> LocatedChart:
    """Return what was fetched, once its signature is checked, where that is asked for."""
    signature = b""
    signed: Sequence[str] = ()
    if provenance or source.verify:
        try:
            signature = needed_provenance(configuration.repositories, fetched, repository)
        except RepositoryError as error:
            if source.verify:
                raise
            configuration.emit(Warned(text=error.message))
    if source.verify:
        signed = check_signature(configuration, fetched, signature, _keyring_of(source)).lines
    return LocatedChart(
        path=fetched.path,
        digest=fetched.digest,
        url=fetched.url,
        repository=repository,
        file_name=safe_name(fetched),
        provenance=signature,
        signed=signed,
    )


def safe_name(fetched: Fetched) -> str:
    """Return what to call an archive's file: as its URL does where that is harmless, else by its name and version."""
    name = file_name(fetched.url)
    if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._+~-]{0,240}\.tgz", name):
        return name
    return re.sub(r"[^A-Za-z0-9._+-]", "_", f"{fetched.name}-{fetched.version}").lstrip(".-") + ".tgz"


class Provenances(Protocol):
    """What gives provenance files: the client of repositories, or a stand-in."""

    def provenance(self, fetched: Fetched, repository: Repository | None = None) -> bytes:
        """Return the provenance file of an archive."""
        ...


def needed_provenance(client: Provenances, fetched: Fetched, repository: Repository) -> bytes:
    """Return the provenance file of an archive; raises RepositoryError that says what is missing without it."""
    try:
        return client.provenance(fetched, repository)
    except DownloadError as error:
        raise RepositoryError(
            f"{error.message}: without a provenance file nothing can be verified", hint=error.hint
        ) from None


def check_signature(configuration: Configuration, fetched: Fetched, provenance: bytes, keyring: Path) -> Verification:
    """Return who signed what was fetched, by its provenance file; raises RepositoryError."""
    from helmlite.repo.provenance import verify

    return verify(
        fetched.path.read_bytes(),
        provenance,
        # a signature is of the file's name too, which is not the one in the cache
        name=safe_name(fetched),
        keyring=keyring,
        source=public_url(fetched.url),
        now=configuration.now(),
    )


def _verified_on_disk(configuration: Configuration, archive: Path, source: ChartSource) -> Sequence[str]:
    """Return what to tell of an archive's signature, nothing where it is not asked for; raises RepositoryError."""
    if not source.verify:
        return ()
    from helmlite.repo.provenance import verify_file

    return verify_file(archive, keyring=_keyring_of(source), now=configuration.now()).lines


def _keyring_of(source: ChartSource) -> Path:
    if source.keyring is None:
        raise UsageError("to verify a chart a keyring is needed")
    return source.keyring
