"""Words for the shell to complete: repositories, their charts and versions, as they are kept on this machine."""

from __future__ import annotations

from collections.abc import Iterable

from helmlite.errors import HelmliteError


def repositories(incomplete: str) -> list[str]:
    """Return the names of repositories that begin so."""
    from helmlite.action.configuration import Configuration

    try:
        known = Configuration().repositories.repositories()
    except HelmliteError:
        return []
    return [each.name for each in known if each.name.startswith(incomplete)]


def charts(incomplete: str) -> list[str]:
    """Return ``repository/name`` of charts that begin so; before the slash, the repositories."""
    from helmlite.action.configuration import Configuration

    repository, slash, _ = incomplete.partition("/")
    if not slash:
        return [f"{each}/" for each in repositories(incomplete)]
    try:
        names = Configuration().repositories.indexes.cache.names(repository)
    except HelmliteError:
        return []
    return [found for each in names if (found := f"{repository}/{each}").startswith(incomplete)]


def versions(words: Iterable[str], incomplete: str) -> list[str]:
    """Return the versions that begin so, of the first of some words that is a chart of a repository; newest first."""
    from helmlite.action.configuration import Configuration

    for word in words:
        repository, slash, name = word.partition("/")
        if not slash:
            continue
        try:
            client = Configuration().repositories
            known = {each.name: each for each in client.repositories()}.get(repository)
            index = client.indexes.kept(known) if known is not None else None
        except HelmliteError:
            return []
        if index is not None and name in index.entries:
            return [each.version for each in index.entries[name] if each.version.startswith(incomplete)]
    return []
