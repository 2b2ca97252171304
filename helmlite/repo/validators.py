"""What a server says of the version of what it sends, so that it need not send it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

MOST_CHARACTERS = 1_000
"""Longer than any that is meant well: a server might refuse a request that repeats it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server said of the version of a body: its ETag, when it was changed last, and its bytes as they travel.

    A date alone is not asked with (If-Modified-Since): it holds for older bodies, too, and for others of its second.
    """

    etag: str = ""
    last_modified: str = ""
    length: str = ""

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Validators:
        """Return what the headers of an answer say."""

        def header(name: str) -> str:
            value = headers.get(name, "")
            return value if len(value) <= MOST_CHARACTERS else ""

        return cls(etag=header("ETag"), last_modified=header("Last-Modified"), length=header("Content-Length"))

    @property
    def conditions(self) -> dict[str, str]:
        """Return the headers of a conditional request, none without an ETag."""
        return {"If-None-Match": self.etag} if self.etag else {}

    @property
    def strong(self) -> str:
        """Return the ETag when it vouches for every byte, so that a rest fits to the part that is there."""
        return "" if self.etag.startswith("W/") else self.etag

    def are_dated(self) -> bool:
        """Return whether date and length, without an ETag, tell another version apart."""
        return bool(self.last_modified and self.length and not self.etag)

    def tell_no_change(self, found: Validators) -> bool:
        """Return whether what a server says now is of the same version, by date and length."""
        return self.are_dated() and replace(found, etag="") == self


UNKNOWN = Validators()
"""Of what no version is known."""
