"""Words for the shell to complete: names of repositories and of their charts, as they are kept on this machine."""

from __future__ import annotations

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
