"""The URLs of a repository: of its index, and of what the index names."""

from __future__ import annotations

import posixpath
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from helmlite.errors import RepositoryError, public_url
from helmlite.repo.credentials import PORTS, UNFIT, Origin, split_url


def index_url(repository_url: str) -> str:
    """Return the URL of a repository's index: below its path, its query kept. Raises RepositoryError."""
    return below(repository_url, "index.yaml")


def below(repository_url: str, path: str) -> str:
    """Return the URL of what a repository names relative to itself, with the query of the repository's URL.

    It is resolved as URLs are: ``..`` and a leading ``/`` stay at the repository's own server. Raises
    RepositoryError for what does not.
    """
    base = split_url(repository_url)[0]
    origin = Origin.of(base)
    parts = urlsplit(base)
    folder = urlunsplit((parts.scheme, parts.netloc, f"{parts.path.rstrip('/')}/", "", ""))
    found = urlsplit(urljoin(folder, path))
    made = urlunsplit((found.scheme, found.netloc, found.path, parts.query or found.query, ""))
    if Origin.of(made) != origin:
        raise RepositoryError(f"{public_url(base)}: {public_url(path)!r} is not below it")
    return made


def chart_url(repository_url: str, written: str, *, source: str) -> str:
    """Return where an archive is that an index names; raises RepositoryError for what is not fetched from there.

    Whatever stands in an index, no file of this machine is read because of it.
    """
    scheme = scheme_of(written)
    if scheme and scheme not in PORTS:
        hint = "charts in OCI registries cannot be fetched yet" if scheme == "oci" else None
        raise RepositoryError(
            f"{source}: its index says that the archive is at {public_url(written)[:200]!r}; only http and https URLs, "
            "and paths on its own server, are fetched",
            hint=hint,
        )
    try:
        if UNFIT.search(written):
            raise ValueError
        if scheme or written.startswith("//"):
            same = "" if scheme else f"{urlsplit(repository_url).scheme}:"
            made = split_url(f"{same}{written}")[0]
            Origin.of(made)
            return made
        return below(repository_url, written)
    except (RepositoryError, ValueError):
        raise RepositoryError(
            f"{source}: its index says that the archive is at {public_url(written)[:200]!r}, which is no URL"
        ) from None


def scheme_of(written: str) -> str:
    """Return the scheme that a text begins with, in small letters; empty when it begins with none."""
    head, colon, _ = written.strip().partition(":")
    return head.lower() if colon and head.replace("+", "").replace("-", "").replace(".", "").isalnum() else ""


def file_name(url: str) -> str:
    """Return the last part of a URL's path, as a file would be called that is saved from there."""
    return unquote(posixpath.basename(urlsplit(url).path))
