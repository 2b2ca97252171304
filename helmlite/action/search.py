"""Search: the charts of all configured repositories, by what their indexes say."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from helmlite.action.configuration import Configuration
from helmlite.action.events import Warned
from helmlite.errors import RepositoryError, UsageError
from helmlite.repo.index import IndexEntry
from helmlite.versions import Constraint, parse_constraint


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A chart's version that was found, and the repository that has it."""

    repository: str
    entry: IndexEntry

    @property
    def name(self) -> str:
        """Return what it is installed by: ``repository/name``."""
        return f"{self.repository}/{self.entry.name}"


def search_repositories(
    configuration: Configuration,
    words: Sequence[str] = (),
    *,
    regexp: bool = False,
    version: str = "",
    devel: bool = False,
    all_versions: bool = False,
) -> Sequence[Found]:
    """Return the charts that match: the newest version of each that is in range, or all that are.

    ``words``, joined by blanks, are looked for in name, ``repository/name``, description and keywords, whatever their
    case; as a regular expression (``regexp``) they keep to it. Matches in an earlier field come first, then by name.
    Only indexes that are kept are searched. Raises RepositoryError where no repository is configured.
    """
    client = configuration.repositories
    known = client.repositories()
    if not known:
        raise RepositoryError("no repositories configured", hint="helmlite repo add NAME URL")
    place = _finder(" ".join(words), regexp=regexp)
    constraint = _range(version or (">0.0.0-0" if devel else ">0.0.0"))
    found: list[tuple[int, str, Found]] = []
    for repository in known:
        index = client.indexes.kept(repository)
        if index is None:
            text = f"Repo \"{repository.name}\" is corrupt or missing. Try 'helmlite repo update'."
            configuration.emit(Warned(text=text))
            continue
        for name, entries in index.entries.items():
            fitting = [
                (field, each)
                for each in entries
                if (field := place(repository.name, each)) is not None and constraint.matches_text(each.version)
            ]
            fitting.sort(key=lambda pair: pair[1].version != version)  # what is written so, before what equals it
            for field, each in fitting if all_versions else fitting[:1]:
                found.append((field, f"{repository.name}/{name}", Found(repository=repository.name, entry=each)))
    return [each for _, _, each in sorted(found, key=lambda one: one[:2])]


def _finder(text: str, *, regexp: bool) -> Callable[[str, IndexEntry], int | None]:
    """Return what tells the first field of an entry that matches, None where none does; raises UsageError."""
    if regexp:
        try:
            pattern = re.compile(text)
        except re.error as error:
            raise UsageError(f"--regexp {text}: {error}") from None
        return lambda repository, entry: _first(
            _fields(repository, entry), lambda field: pattern.search(field) is not None
        )
    wanted = text.lower()
    return lambda repository, entry: _first(_fields(repository, entry), lambda field: wanted in field.lower())


def _fields(repository: str, entry: IndexEntry) -> tuple[str, ...]:
    return (entry.name, f"{repository}/{entry.name}", entry.description, " ".join(entry.keywords))


def _first(fields: Sequence[str], matches: Callable[[str], bool]) -> int | None:
    return next((number for number, each in enumerate(fields) if matches(each)), None)


def _range(text: str) -> Constraint:
    try:
        return parse_constraint(text)
    except ValueError as error:
        raise UsageError(f"--version {text}: {error}") from None
