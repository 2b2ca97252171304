"""Versions and version ranges as Helm's users know them, on top of ``semver``: the only door to it."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import semver

_VERSION = re.compile(
    r"v?(?P<major>\d+)(?:\.(?P<minor>\d+))?(?:\.(?P<patch>\d+))?"
    r"(?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+(?P<build>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?",
    re.ASCII,
)
_LARGEST = 2**64 - 1


@functools.total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """A semantic version; ``text`` is how it was written. Ordered by SemVer, then by build metadata's text."""

    text: str
    parsed: semver.Version

    @property
    def prerelease(self) -> str:
        """Return the pre-release part, empty when there is none."""
        return self.parsed.prerelease or ""

    @property
    def build(self) -> str:
        """Return the build metadata, empty when there is none."""
        return self.parsed.build or ""

    @property
    def numbers(self) -> tuple[int, int, int]:
        """Return major, minor and patch."""
        return (self.parsed.major, self.parsed.minor, self.parsed.patch)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.parsed == other.parsed and self.build == other.build

    def __lt__(self, other: Version) -> bool:
        compared = self.parsed.compare(other.parsed)
        return compared < 0 or (compared == 0 and self.build < other.build)

    def __hash__(self) -> int:
        return hash((self.parsed.to_tuple()[:4], self.build))

    def __str__(self) -> str:
        return self.text


def parse_version(text: str) -> Version:
    """Return a version, missing parts taken as 0 and leading zeros forgiven; raises ValueError for anything else."""
    found = _VERSION.fullmatch(text)
    if not found or len(text) > 256:
        raise ValueError(f"{text!r} is no semantic version")
    numbers = [int(found[part] or 0) for part in ("major", "minor", "patch")]
    if max(numbers) > _LARGEST:
        raise ValueError(f"{text!r} is no semantic version: a number in it is too large")
    pre = found["pre"]
    if pre and any(part.isdigit() and len(part) > 1 and part[0] == "0" for part in pre.split(".")):
        raise ValueError(f"{text!r} is no semantic version: a number of its pre-release part has a leading zero")
    parsed = semver.Version(numbers[0], numbers[1], numbers[2], prerelease=pre, build=found["build"])
    return Version(text, parsed)


Order: TypeAlias = tuple[int, int, int, tuple[Any, ...], str]


@functools.lru_cache(maxsize=20_000)  # the charts of a repository have many versions in common
def order_of(text: str) -> Order | None:
    """Return what sorts as the Version of a text does, None for text that is none: for many versions at once."""
    found = _VERSION.fullmatch(text)
    if not found or len(text) > 256:
        return None
    major, minor, patch, pre, build = found.groups()
    numbers = (int(major), int(minor or 0), int(patch or 0))
    if max(numbers) > _LARGEST:
        return None
    if not pre:
        return (*numbers, _RELEASE, build or "")
    parts = pre.split(".")
    if any(part.isdigit() and len(part) > 1 and part[0] == "0" for part in parts):
        return None
    return (*numbers, tuple((0, int(part)) if part.isdigit() else (1, part) for part in parts), build or "")


_RELEASE = ((2,),)
"""Behind every pre-release of the same numbers."""


_PART = r"(?:\d+|[xX*])"
_PARTIAL = rf"v?(?P<major>{_PART})(?:\.(?P<minor>{_PART}))?(?:\.(?P<patch>{_PART}))?"
_TAIL = r"(?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
_COMPARATOR = re.compile(
    rf"\s*(?P<operator>=>|=<|>=|<=|!=|~>|=|<|>|~|\^)?\s*{_PARTIAL}{_TAIL}\s*(?:,|\s|$)\s*", re.ASCII
)
_HYPHEN = re.compile(r"(?P<low>[^\s,]+)\s+-\s+(?P<high>[^\s,]+)")

_Numbers = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Comparator:
    operator: str
    numbers: _Numbers
    given: int
    prerelease: str

    @property
    def version(self) -> semver.Version:
        return semver.Version(*self.numbers, prerelease=self.prerelease or None)

    @property
    def next_up(self) -> _Numbers | None:
        """Return the first version that a partial one no longer covers; None when it covers all."""
        major, minor, _ = self.numbers
        return {0: None, 1: (major + 1, 0, 0), 2: (major, minor + 1, 0)}.get(self.given, self.numbers)

    def covers(self, numbers: _Numbers) -> bool:
        return numbers[: self.given] == self.numbers[: self.given]

    def holds(self, version: Version) -> bool:
        compared = version.parsed.compare(self.version)
        numbers, partial = version.numbers, self.given < 3
        match self.operator:
            case "" | "=":
                return self.covers(numbers) if partial else compared == 0
            case "!=":
                return not self.covers(numbers) if partial else compared != 0
            case ">":
                if partial:
                    return self.next_up is not None and numbers >= self.next_up
                return compared > 0
            case ">=" | "=>":
                return compared >= 0
            case "<":
                return self.given > 0 and compared < 0
            case "<=" | "=<":
                return compared <= 0 or (partial and self.covers(numbers))
            case "~" | "~>":
                if compared < 0:
                    return False
                return numbers[: min(self.given, 2)] == self.numbers[: min(self.given, 2)]
            case _:
                return compared >= 0 and self._same_left(numbers)

    def _same_left(self, numbers: _Numbers) -> bool:
        """Return whether nothing left of the first number that is not zero differs: the caret's rule."""
        major, minor, patch = self.numbers
        if self.given == 0:
            return True
        if major or self.given == 1:
            return numbers[0] == major
        if minor or self.given == 2:
            return numbers[:2] == (major, minor)
        return numbers == (major, minor, patch)


@dataclass(frozen=True, slots=True)
class Constraint:
    """A version range: groups joined by ``||``, each of comparators that must all hold."""

    text: str
    groups: tuple[tuple[_Comparator, ...], ...]

    def matches(self, version: Version) -> bool:
        """Return whether a version lies in the range; a pre-release only where its group names one."""
        return any(self._group_matches(group, version) for group in self.groups)

    def matches_text(self, text: str) -> bool:
        """Return whether text is a version that lies in the range; text that is no version lies in none."""
        try:
            return self.matches(parse_version(text))
        except ValueError:
            return False

    @staticmethod
    def _group_matches(group: tuple[_Comparator, ...], version: Version) -> bool:
        if version.prerelease and not any(each.prerelease for each in group):
            return False
        return all(each.holds(version) for each in group)

    def __str__(self) -> str:
        return self.text


@functools.lru_cache(1024)
def parse_constraint(text: str) -> Constraint:
    """Return a version range; an empty one is any release. Raises ValueError for what is none."""
    if len(text) > 1024:
        raise ValueError("the version range is longer than 1024 characters")
    groups = []
    for part in text.split("||"):
        if text.strip() and (not part.strip() or part.rstrip().endswith(",")):
            raise ValueError(f"{text!r} is no version range")
        groups.append(tuple(_comparators(_HYPHEN.sub(r">=\g<low> <=\g<high>", part), text)))
    return Constraint(text, tuple(groups))


def _comparators(part: str, whole: str) -> Iterable[_Comparator]:
    if not part.strip():
        return [_Comparator("", (0, 0, 0), 0, "")]
    found, position = [], 0
    while position < len(part):
        match = _COMPARATOR.match(part, position)
        if not match or match.end() == position:
            raise ValueError(f"{whole!r} is no version range")
        numbers, given = [], 0
        for name in ("major", "minor", "patch"):
            if match[name] is None or not match[name].isdigit():
                break
            numbers.append(int(match[name]))
            given += 1
        filled = (*numbers, 0, 0, 0)[:3]
        found.append(_Comparator(match["operator"] or "", (filled[0], filled[1], filled[2]), given, match["pre"] or ""))
        position = match.end()
    return found


def newest(versions: Iterable[Version], constraint: Constraint) -> Version | None:
    """Return the newest version in the range, None when none is."""
    return max((each for each in versions if constraint.matches(each)), default=None)
