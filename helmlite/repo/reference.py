"""What a user calls a chart by: a path, a URL, or a name in a repository."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from helmlite.errors import ChartError, RepositoryError, public_url


class Kind(Enum):
    """What a reference leads to."""

    PATH = "path"
    URL = "url"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartReference:
    """A parsed reference: ``path``, ``url``, or ``repository`` and ``name``."""

    kind: Kind
    text: str = field(repr=False)
    repository: str = ""
    name: str = ""

    @property
    def path(self) -> Path:
        """Return the path of a chart on disk."""
        return Path(self.text)

    @classmethod
    def parse(cls, text: str | Path, *, local: bool = True) -> ChartReference:
        """Return what a reference leads to; what is on disk goes first, as in Helm, unless ``local`` is False.

        Raises ChartError for what is nowhere on disk and can be nothing else, RepositoryError for what cannot be
        fetched.
        """
        written = str(text)
        if isinstance(text, Path) or (local and written and Path(written).exists()):
            return cls(kind=Kind.PATH, text=written)
        scheme, slashes, _ = written.partition("://")
        if slashes:
            if scheme.lower() == "oci":
                raise RepositoryError(
                    f"{public_url(written)}: charts in OCI registries cannot be fetched yet",
                    hint="fetch it with `helm pull`, and give the archive's path",
                )
            if scheme.lower() not in ("http", "https"):
                raise RepositoryError(
                    f"{public_url(written)}: only http and https URLs are fetched",
                    hint="give a path for a chart on this machine",
                )
            return cls(kind=Kind.URL, text=written)
        repository, slash, name = written.partition("/")
        if slash and repository and name and not written.startswith((".", "/", "~")) and not name.startswith("/"):
            return cls(kind=Kind.NAME, text=written, repository=repository, name=name)
        if not local:
            raise RepositoryError(
                f"{public_url(written)!r} is nothing that can be fetched",
                hint="give REPOSITORY/NAME, a URL, or --repo URL NAME",
            )
        raise ChartError(
            f"{public_url(written)}: there is no such chart directory or archive",
            hint="give the path of a chart directory or of a .tgz archive, its URL, or REPOSITORY/NAME",
        )
