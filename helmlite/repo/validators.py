"""What a server says of the version of what it sends, so that it need not send it again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server said of the version of a body: with it, it is asked for another version only."""

    etag: str = ""
    last_modified: str = ""

    @property
    def conditions(self) -> dict[str, str]:
        """Return the headers of a conditional request."""
        if self.etag:
            return {"If-None-Match": self.etag}
        return {"If-Modified-Since": self.last_modified} if self.last_modified else {}

    @property
    def strong(self) -> str:
        """Return the ETag when it vouches for every byte, so that a rest fits to the part that is there."""
        return "" if self.etag.startswith("W/") else self.etag


UNKNOWN = Validators()
"""Of what no version is known."""
