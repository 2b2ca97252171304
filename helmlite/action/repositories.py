"""Repositories that have names: added, updated, listed, removed. Both helmlite and Helm use them afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from helmlite.action.configuration import Configuration
from helmlite.action.events import Note
from helmlite.errors import RepositoryError
from helmlite.repo.credentials import Origin, split_url
from helmlite.repo.repositories import Repository, check_new_name, unknown_repository

if TYPE_CHECKING:
    from helmlite.repo.client import RepositoryClient

AT_ONCE = 8
"""Indexes that are fetched at the same time."""
RETIRED = (
    "https://kubernetes-charts.storage.googleapis.com",
    "https://kubernetes-charts-incubator.storage.googleapis.com",
)
"""Where Helm's first repositories were, which are gone for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """How the update of one repository went: whether its index is another one now, or why there is none."""

    repository: Repository
    changed: bool = False
    error: RepositoryError | None = None


def add_repository(
    configuration: Configuration,
    repository: Repository,
    *,
    force_update: bool = False,
    share_password: bool = False,
    allow_retired: bool = False,
    timeout_seconds: float | None = None,
) -> bool:
    """Add a repository once its index was fetched and read; return False when it is there already, just so.

    Its password goes to the system's keyring, or a file that only the user reads; with ``share_password`` into Helm's
    file in clear, where Helm finds it. Raises RepositoryError for a name that another has, unless ``force_update``.
    """
    client = configuration.repositories
    check_new_name(repository.name)
    url, in_url = split_url(repository.url)
    Origin.of(url)
    if not allow_retired and any(url.rstrip("/") == each for each in RETIRED):
        raise RepositoryError(
            f"{url} was retired for good", hint="find where the charts are now; --allow-deprecated-repos adds it anyway"
        )
    asked = replace(
        repository,
        url=url,
        username=repository.username or in_url.username,
        password=repository.password or in_url.password,
        # commands in other folders use them, too
        ca_file=_absolute(repository.ca_file),
        cert_file=_absolute(repository.cert_file),
        key_file=_absolute(repository.key_file),
    )
    asked.credentials.checked()
    if not force_update and _is_there(client, asked, share_password=share_password):
        return False
    client.store.check()
    try:
        # with what is given now: what is kept for an older one of the name goes
        new = client.indexes.fetch(client.with_credentials(asked, kept_too=False), seconds=timeout_seconds)
    except RepositoryError as error:
        error.located(f"looks like {asked.shown} is not a valid chart repository or cannot be reached")
        raise
    secret = asked.credentials
    # the name first: who loses it to another process must leave neither a password nor an index under it
    try:
        client.file.put(
            asked if share_password else replace(asked, password="", token=""),
            may_replace=force_update,
            before=lambda: client.indexes.cache.remove(asked.name),
        )
    except RepositoryError:
        with suppress(RepositoryError):
            if not force_update and _is_there(client, asked, share_password=share_password):
                return False  # the same command was faster
        raise
    if secret and not share_password:
        client.store.save(asked.name, url, secret)
        what = "token" if secret.token else "password"
        more = "" if secret.token else "; --share-password shows it"
        configuration.emit(Note(text=f"the {what} of {asked.name} is kept where Helm does not look{more}"))
    else:
        client.store.forget(asked.name)
    if new is not None:
        client.indexes.keep(asked, new)
    return True


def update_repositories(
    configuration: Configuration, names: Sequence[str] = (), *, timeout_seconds: float | None = None
) -> Iterator[Updated]:
    """Fetch the indexes of repositories anew, of all without names; return how each went, as it is done.

    Several are asked at once, each for ``timeout_seconds``. Raises RepositoryError where there is nothing to update.
    """
    client = configuration.repositories
    known = client.repositories()
    if not known:
        raise RepositoryError(
            "no repositories found. You must add one before updating", hint="helmlite repo add NAME URL"
        )
    for name in names:
        if name not in [each.name for each in known]:
            raise RepositoryError(
                f"no repositories found matching {name!r}.  Nothing will be updated",
                hint=unknown_repository(name, [each.name for each in known]).hint,
            )
    chosen = [each for each in known if not names or each.name in names]

    def update(repository: Repository) -> Updated:
        try:
            credited = client.with_credentials(repository)
            return Updated(repository=repository, changed=client.indexes.update(credited, seconds=timeout_seconds))
        except RepositoryError as error:
            return Updated(repository=repository, error=error)

    def done() -> Iterator[Updated]:
        pool = ThreadPoolExecutor(max_workers=min(AT_ONCE, len(chosen)))
        try:
            yield from (each.result() for each in as_completed([pool.submit(update, each) for each in chosen]))
        finally:
            # who presses Ctrl-C does not wait for a slow server
            pool.shutdown(wait=False, cancel_futures=True)

    return done()


def remove_repositories(configuration: Configuration, names: Sequence[str]) -> None:
    """Remove repositories: from Helm's file, with their credentials and what is kept of their indexes.

    Raises RepositoryError, and removes none, when one is not there.
    """
    client = configuration.repositories
    known = [each.name for each in client.repositories()]
    for name in names:
        if name not in known:
            raise unknown_repository(name, known)
    for name in names:
        client.store.forget(name)  # first: a password must not outlive its repository
    client.file.remove(names)
    for name in names:
        client.indexes.cache.remove(name)


def _is_there(client: RepositoryClient, asked: Repository, *, share_password: bool) -> bool:
    """Return whether a repository is configured just so; raises RepositoryError where its name is another's."""
    old = {each.name: each for each in client.repositories()}.get(asked.name)
    if old is None:
        return False
    is_shared = bool(old.password) or not share_password or not asked.password
    if is_shared and _is_same(client.with_credentials(old), client.with_credentials(asked)):
        return True
    raise RepositoryError(
        f"repository name ({asked.name}) already exists, please specify a different name",
        hint=f"it is {old.shown} with other settings; --force-update replaces them",
    )


def _absolute(path: str) -> str:
    return str(Path(path).absolute()) if path else ""


def _is_same(old: Repository, new: Repository) -> bool:
    return replace(old, url=old.url.rstrip("/")) == replace(new, url=new.url.rstrip("/"))
