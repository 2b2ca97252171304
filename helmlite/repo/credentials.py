"""Credentials: to which origin they belong, and where they are kept.

They are shown nowhere: no ``repr``, no message, no process argument holds one.
"""

from __future__ import annotations

import base64
import json
import os
import re
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from helmlite import documents
from helmlite.errors import RepositoryError, public_url
from helmlite.files import locked, replace_file

PORTS = {"http": 80, "https": 443}
PREFIX = "HELMLITE_REPO_"
_SERVICE = "helmlite"
_LIMIT_BYTES = 4 << 20
UNFIT = re.compile(r"[\x00-\x20\x7f\\]|[^\x00-\x7f]")
"""What no URL holds unescaped; what reads URLs would leave some of it out without a word."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port: what credentials belong to."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """Return the origin of an http or https URL; raises RepositoryError for any other text."""
        if not url or UNFIT.search(url):
            raise RepositoryError(
                f"{public_url(url)!r} is no URL: it is empty, or has blanks, backslashes or signs that need escapes"
            )
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:  # its text may hold a part of a password
            raise RepositoryError(
                f"{public_url(url)!r} is no URL: its host or port is none",
                hint="in a user name or password, signs such as / ? # @ are written as escapes: %2F %3F %23 %40",
            ) from None
        scheme = parts.scheme.lower()
        if scheme not in PORTS:
            hint = None
            if scheme == "oci":
                hint = "charts in OCI registries cannot be fetched yet"
            raise RepositoryError(f"{public_url(url)}: only http and https URLs are fetched", hint=hint)
        if not parts.hostname:
            raise RepositoryError(f"{public_url(url)!r} is no URL: it names no host")
        return cls(scheme, parts.hostname.lower(), PORTS[scheme] if port is None else port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """User name and password, or a bearer token; empty when there are none."""

    username: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    def __bool__(self) -> bool:
        return bool(self.token or (self.username and self.password))

    @property
    def header(self) -> str:
        """Return what the Authorization header says, empty without credentials."""
        if self.token:
            return f"Bearer {self.token}"
        if not self:
            return ""
        pair = base64.b64encode(f"{self.username}:{self.password}".encode()).decode("ascii")
        return f"Basic {pair}"

    def checked(self) -> Credentials:
        """Return the same; raises RepositoryError for what no header can hold."""
        if any(ord(char) < 0x20 or ord(char) == 0x7F for char in f"{self.username}{self.password}{self.token}"):
            raise RepositoryError("user name, password and token must not have control characters")
        if ":" in self.username:
            raise RepositoryError("a user name must not have a colon: servers would take what follows as the password")
        if not self.token.isascii():
            raise RepositoryError("a token must be plain ASCII")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a request may show, and to whom: credentials and certificate go to ``origins`` and nowhere else.

    ``ca_file`` and ``insecure_skip_tls_verify`` hold for every host that is asked on the repository's behalf, as they
    do in Helm.
    """

    origins: frozenset[Origin] = frozenset()
    credentials: Credentials = field(default=Credentials(), repr=False)
    cert_file: str = ""
    key_file: str = ""
    ca_file: str = ""
    insecure_skip_tls_verify: bool = False

    def is_for(self, url: str) -> bool:
        """Return whether credentials may go to the origin of a URL."""
        return Origin.of(url) in self.origins

    def anonymous(self) -> Access:
        """Return access that shows itself to nobody."""
        return replace(self, origins=frozenset())

    def and_for(self, url: str) -> Access:
        """Return access that shows itself to the origin of ``url`` too, but never over http what belongs to https."""
        origin = Origin.of(url)
        if origin.scheme == "http" and any(each.scheme == "https" for each in self.origins):
            return self
        return replace(self, origins=self.origins | {origin})


NO_ACCESS = Access()


def split_url(url: str) -> tuple[str, Credentials]:
    """Return a URL without what stands before its host, and that as credentials."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url, Credentials()
    place = parts.netloc.rpartition("@")
    if not place[1]:
        return url, Credentials()
    user, _, password = place[0].partition(":")
    bare = urlunsplit((parts.scheme, place[2], parts.path, parts.query, parts.fragment))
    return bare, Credentials(username=unquote(user), password=unquote(password))


def from_environment(name: str, environment: Mapping[str, str]) -> Credentials:
    """Return what HELMLITE_REPO_<NAME>_USERNAME, _PASSWORD and _TOKEN say; NAME in capitals, other signs as ``_``."""
    start = variables(name)

    def value(field_name: str) -> str:
        return environment.get(f"{start}_{field_name}", "").rstrip("\r\n")  # as files of secrets often end

    return Credentials(username=value("USERNAME"), password=value("PASSWORD"), token=value("TOKEN"))


def variables(name: str) -> str:
    """Return what the names of a repository's variables in the environment begin with."""
    return PREFIX + re.sub(r"[^A-Z0-9]", "_", name.upper())


class CredentialStore:
    """Credentials by repository: in the system's keyring where there is one, else in a file of mode 0600.

    The file names every repository that has credentials, and which of the two places holds them; so a command on one
    that has none never asks a keyring, and none is needed. Each is bound to the repository's URL: a name that another
    tool gave to another server gets nothing.
    """

    def __init__(self, file: Path | None, *, monotonic: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._file = file
        self._monotonic, self._sleep = monotonic, sleep

    def check(self) -> None:
        """Raise RepositoryError where the file cannot be read, or not be believed."""
        self._read()

    def find(self, name: str, url: str) -> Credentials:
        """Return what is kept for a repository, empty when nothing is; raises RepositoryError for an unsafe file."""
        entry = self._read().get(name)
        if not isinstance(entry, dict) or entry.get("url") != _bound(url):
            return Credentials()
        if entry.get("store") == "keyring":
            entry = self._from_keyring(name, url)
        return Credentials(**{key: str(entry.get(key, "")) for key in ("username", "password", "token")})

    def save(self, name: str, url: str, credentials: Credentials) -> None:
        """Keep credentials for a repository in place of what was kept; raises RepositoryError."""
        secret = {
            "username": credentials.username,
            "password": credentials.password,
            "token": credentials.token,
        }
        before = self._read().get(name)
        if isinstance(before, dict) and before.get("url") != _bound(url):
            self.forget(name)  # a keyring would hold it for good
        ring = _keyring()
        kept: dict[str, Any] = {"url": _bound(url), "store": "file", **secret}
        if ring is not None:
            try:
                ring.set_password(_SERVICE, _label(name, url), json.dumps(secret))
                kept = {"url": _bound(url), "store": "keyring"}
            except Exception:  # noqa: S110  # backends raise what they like (locked, no display): the file does then
                pass
        self._change(name, kept)

    def forget(self, name: str) -> None:
        """Remove what is kept for a repository, if anything is."""
        entry = self._read().get(name)
        if entry is None:
            return
        if isinstance(entry, dict) and entry.get("store") == "keyring":
            ring = _keyring()
            try:
                if ring is not None:
                    ring.delete_password(_SERVICE, _label(name, str(entry.get("url", ""))))
            except Exception:  # noqa: S110  # already gone, or locked: without the entry nobody asks for it again
                pass
        self._change(name, None)

    def _from_keyring(self, name: str, url: str) -> dict[str, Any]:
        ring = _keyring()
        text = None
        if ring is not None:
            try:
                text = ring.get_password(_SERVICE, _label(name, url))
            except Exception:  # backends raise what they like
                text = None
        if not text:
            raise RepositoryError(
                f"the password of repository {name!r} is in the system's keyring, which does not give it",
                hint=f"unlock it, set {PREFIX}<NAME>_PASSWORD, or add the repository again with --force-update",
            )
        with suppress(ValueError):
            found = json.loads(text)
            if isinstance(found, dict):
                return found
        raise RepositoryError(
            f"what the system's keyring holds for repository {name!r} is not of helmlite",
            hint="add the repository again with --force-update",
        )

    def _read(self) -> dict[str, Any]:
        if self._file is None:
            return {}
        try:
            handle = os.open(self._file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise RepositoryError(f"{self._file}: cannot be read: {error.strerror}") from None
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
                raise RepositoryError(
                    f"{self._file}: others than you may read or change this file, which holds passwords",
                    hint=f"chmod 600 {self._file}, and change the passwords in it",
                )
            text = file.read(_LIMIT_BYTES + 1)
        try:
            data = documents.read_json(text[:_LIMIT_BYTES])
        except documents.DocumentError:
            raise RepositoryError(
                f"{self._file}: no file of helmlite's passwords", hint="remove it, and add its repositories again"
            ) from None
        entries = data.get("repositories") if isinstance(data, dict) else None
        return entries if isinstance(entries, dict) else {}

    def _change(self, name: str, entry: dict[str, Any] | None) -> None:
        if self._file is None:
            raise RepositoryError(
                "there is no folder to keep a password in: you have no home", hint="set HELMLITE_CONFIG_HOME"
            )
        with locked(self._file.with_suffix(".lock"), monotonic=self._monotonic, sleep=self._sleep):
            entries = self._read()
            entries.pop(name, None)
            if entry is not None:
                entries[name] = entry
            text = json.dumps({"repositories": entries}, indent=1, sort_keys=True)
            try:
                replace_file(self._file, f"{text}\n".encode())
            except OSError as error:
                raise RepositoryError(f"{self._file}: cannot be written: {error.strerror}") from None


def _bound(url: str) -> str:
    return split_url(url)[0].rstrip("/")


def _label(name: str, url: str) -> str:
    return f"{name} at {_bound(url)}"


def _keyring() -> Any:
    """Return the system's keyring, None where there is none that can be used."""
    try:
        import keyring
        from keyring.backends import fail, null
    except ImportError:
        return None
    try:
        ring = keyring.get_keyring()
    except Exception:  # a backend that cannot start (no session bus) raises what it likes
        return None
    return None if isinstance(ring, fail.Keyring | null.Keyring) else ring
