"""What is demanded of dependencies, and of what resolves them: versions, archives, repositories."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from helmlite.action.charts import Provenances
from helmlite.chart.metadata import Dependency
from helmlite.chart.siblings import FILE
from helmlite.chart.vendoring import Archive
from helmlite.errors import RepositoryError, UsageError, public_url
from helmlite.repo.repositories import AS_CONFIGURED, ServerOptions

if TYPE_CHECKING:
    from helmlite.repo.client import Fetched
    from helmlite.repo.index import IndexEntry
    from helmlite.repo.repositories import Repository


class Lookup(Protocol):
    """The indexes of repositories. Called from several threads."""

    def entries(
        self, repository: Repository, chart: str, *, refresh: bool = False, from_index: bool = False
    ) -> Sequence[IndexEntry]:
        """Return what a repository has of a chart, newest first; ``from_index`` goes by its index alone."""
        ...


class Source(Provenances, Protocol):
    """Repositories, as their client shows them. Called from several threads."""

    @property
    def indexes(self) -> Lookup:
        """Return what looks charts up."""
        ...

    def repository(self, name: str) -> Repository:
        """Return a configured repository; raises RepositoryError."""
        ...

    def repository_for_url(self, url: str) -> Repository:
        """Return the configured repository of a URL, or a bare one."""
        ...

    def download(self, repository: Repository, entry: IndexEntry) -> Fetched:
        """Return an archive that is what its index entry says."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A dependency with its exact version (of one in ``charts/``: the range), and its archive, if one is put there.

    ``pin`` is what the lock keeps of the archive: nothing for one that is packed from a folder.
    """

    dependency: Dependency
    archive: Archive | None = None
    pin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What is asked of a dependency: a version range, or with ``exact`` one version, and its archive's sha256 if known.

    ``source`` is what asks, for messages.
    """

    dependency: Dependency
    source: str
    exact: bool = False
    pin: str = ""

    @property
    def shown(self) -> str:
        """Return name and version as messages have them."""
        return f"{self.dependency.name} {self.dependency.version}".rstrip()


def with_urls(dependencies: Sequence[Dependency], client: Source) -> list[Dependency]:
    """Return dependencies with the URL in place of ``@name`` and ``alias:name``; raises RepositoryError naming all bad.

    A lock is made of these, as Helm makes it; but a password before the URL's host does not enter one.
    """
    from helmlite.repo.credentials import split_url

    made, faults = [], []
    for each in dependencies:
        written = each.repository
        name = written.removeprefix("@") if written.startswith("@") else written.removeprefix("alias:")
        if name != written:
            try:
                url = split_url(client.repository(name).url)[0]
                if urlsplit(url).query:
                    raise RepositoryError(
                        f"the URL of repository {name!r} has a query, which may hold a secret and would be in the lock"
                    )
                made.append(replace(each, repository=url))
            except RepositoryError as error:
                faults.append(f"dependency {each.name}: {error.message}")
            continue
        if written.startswith("oci://"):
            faults.append(
                f"dependency {each.name}: {public_url(written)}: charts in OCI registries cannot be fetched yet"
            )
        elif written and not written.startswith((FILE, "http://", "https://")):
            meant = f"file://{written}" if written.startswith((".", "/")) else f"@{written}"
            faults.append(
                f"dependency {each.name}: repository {public_url(written)!r} is neither a URL "
                "(https://charts.example.com) nor a configured repository (@example); "
                f"did you mean {public_url(meant)!r}?"
            )
        made.append(each)
    if faults:
        is_about_names = len(faults) > sum(each.repository.startswith("oci://") for each in dependencies)
        hint = "see `helmlite repo list` and `helmlite repo add`"
        raise RepositoryError("\n".join(faults), hint=hint if is_about_names else None)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyOptions:
    """How dependencies are fetched.

    ``skip_refresh`` takes the indexes as they are cached. With a ``keyring``, each archive of a repository needs a
    provenance file that one of its keys signed. ``epoch_seconds`` (SOURCE_DATE_EPOCH) is the time in a lock and in what
    is packed from folders. ``server`` is how repositories are asked; credentials in it are for one server.
    """

    skip_refresh: bool = False
    keyring: Path | None = None
    epoch_seconds: int | None = None
    server: ServerOptions = AS_CONFIGURED


USUAL = DependencyOptions()


def check_server(server: ServerOptions, repositories: Iterable[str]) -> None:
    """Raise UsageError where credentials, which belong to one server, would be shown to several.

    ``repositories`` are those of dependencies, by URL; folders among them are passed over.
    """
    if not server.identifies:
        return
    from helmlite.repo.credentials import Origin, split_url

    remote = [each for each in repositories if each and not each.startswith(FILE)]
    origins = {Origin.of(split_url(url)[0]): public_url(url) for url in remote}
    if len(origins) > 1:
        raise UsageError(
            "the credentials that were given are for one server, and these dependencies are fetched from "
            f"{len(origins)}: {', '.join(sorted(origins.values()))}",
            hint="`helmlite repo add` keeps those of each",
        )
