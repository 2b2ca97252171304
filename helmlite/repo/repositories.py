"""The repositories that a user has given names: Helm's ``repositories.yaml``, read and written as Helm does.

Both tools share the file and its lock. Fields that helmlite does not know stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from helmlite import documents
from helmlite.errors import RepositoryError, public_url
from helmlite.files import locked, replace_file
from helmlite.repo.credentials import Access, Credentials, Origin, split_url

LIMIT_BYTES = 4 << 20
_TEXTS = {
    "name": "name",
    "url": "url",
    "username": "username",
    "password": "password",
    "certFile": "cert_file",
    "keyFile": "key_file",
    "caFile": "ca_file",
}
_FLAGS = {"insecure_skip_tls_verify": "insecure_skip_tls_verify", "pass_credentials_all": "pass_credentials_all"}
_NEVER = "0001-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """How a server is asked: what is shown to it, and whose certificates are believed."""

    username: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    cert_file: str = ""
    key_file: str = ""
    ca_file: str = ""
    insecure_skip_tls_verify: bool = False
    pass_credentials_all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository(_Asked):
    """A chart repository, as the user configured it. Without a name it is one that was given by its URL only.

    ``password`` is what stands in the file; what helmlite keeps elsewhere is added by ``with_credentials``.
    """

    name: str = ""
    url: str = field(repr=False)

    @property
    def shown(self) -> str:
        """Return the URL as it may be shown."""
        return public_url(self.url)

    @property
    def label(self) -> str:
        """Return what to call it in messages: its name, else its URL."""
        return self.name or self.shown

    @property
    def credentials(self) -> Credentials:
        """Return what is to be shown to its server: of the fields, else of what stands before the URL's host."""
        given = Credentials(username=self.username, password=self.password, token=self.token)
        return given or split_url(self.url)[1]

    @property
    def access(self) -> Access:
        """Return what requests to it may show, and to whom; raises RepositoryError for a URL that is none."""
        return Access(
            origins=frozenset({Origin.of(split_url(self.url)[0])}),
            credentials=self.credentials,
            cert_file=self.cert_file,
            key_file=self.key_file,
            ca_file=self.ca_file,
            insecure_skip_tls_verify=self.insecure_skip_tls_verify,
        )

    def to_data(self) -> dict[str, Any]:
        """Return the fields as Helm writes them, sorted, all of them; the token has no field there."""
        pairs = (_TEXTS | _FLAGS).items()
        return {key: getattr(self, name) for key, name in sorted(pairs)}

    @classmethod
    def from_data(cls, data: Any, *, source: str) -> Repository:
        """Return a repository from an entry of the file; raises RepositoryError naming the field."""
        if not isinstance(data, Mapping):
            raise RepositoryError(f"{source}: is no mapping")
        found: dict[str, Any] = {}
        for key, name in _TEXTS.items():
            value = data.get(key)
            if value is not None and not isinstance(value, str):
                raise RepositoryError(f"{source}: {key} is no text")
            found[name] = value or ""
        for key, name in _FLAGS.items():
            value = data.get(key)
            if value is not None and not isinstance(value, bool):
                raise RepositoryError(f"{source}: {key} is neither true nor false")
            found[name] = bool(value)
        check_name(found["name"], source=source)
        if not found["url"]:
            raise RepositoryError(f"{source}: repository {found['name']!r} has no url")
        return cls(**found)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions(_Asked):
    """How one call asks a server, in place of what is configured for it; what is empty says nothing."""

    def __bool__(self) -> bool:
        return self != AS_CONFIGURED

    @property
    def identifies(self) -> bool:
        """Return whether they show who asks, which only one server is to see."""
        return bool(self.username or self.password or self.token or self.cert_file)

    def of(self, repository: Repository) -> Repository:
        """Return a repository that is asked in this way."""
        given = {each.name: value for each in fields(self) if (value := getattr(self, each.name))}
        if self.username or self.password:
            given.setdefault("token", "")
        if self.cert_file:
            given.setdefault("key_file", "")
        return replace(repository, **given)


AS_CONFIGURED = ServerOptions()


def check_name(name: str, *, source: str = "") -> None:
    """Raise RepositoryError for what cannot be a repository's name: files in the cache are called after it."""
    at = f"{source}: " if source else ""
    if "/" in name:
        raise RepositoryError(f"{at}repository name ({name}) contains '/', please specify a different name without '/'")
    if name in ("", ".", "..") or not name.isprintable() or "\\" in name or len(name) > 200:
        raise RepositoryError(f"{at}{name!r} cannot be the name of a repository")


def check_new_name(name: str) -> None:
    """Raise RepositoryError for what should not become a repository's name, though Helm would let it.

    It would be taken for a flag, a hidden file, or an alias in a chart's dependencies.
    """
    check_name(name)
    if name.startswith((".", "-", "@")):
        raise RepositoryError(f"{name!r} cannot be the name of a repository: it begins with {name[0]!r}")


class RepositoriesFile:
    """Helm's file of repositories at ``path``."""

    def __init__(self, path: Path, *, monotonic: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self.path = path
        self._monotonic, self._sleep = monotonic, sleep

    def read(self) -> Sequence[Repository]:
        """Return all repositories in the file's order, none when there is no file; raises RepositoryError."""
        return [repository for repository, _ in self._entries(self._data())]

    def put(
        self, repository: Repository, *, may_replace: bool = True, before: Callable[[], None] = lambda: None
    ) -> None:
        """Add a repository, or write it in the place of the one of its name; raises RepositoryError.

        ``before`` is called when it is sure to be written, and nobody else writes.
        """
        with self._change() as data:
            entries = list(self._entries(data))
            places = [place for place, (each, _) in enumerate(entries) if each.name == repository.name]
            old = entries[places[0]][1] if places else {}
            made = dict(sorted({**old, **repository.to_data()}.items()))
            if places and not may_replace:
                raise RepositoryError(f"repository name ({repository.name}) was taken by another process just now")
            before()
            if places:
                data["repositories"][places[0]] = made
            else:
                data["repositories"].append(made)

    def remove(self, names: Sequence[str]) -> None:
        """Remove repositories; raises RepositoryError when one of the names is not there, and removes none then."""
        with self._change() as data:
            known = [each.name for each, _ in self._entries(data)]
            for name in names:
                if name not in known:
                    raise unknown_repository(name, known)
            kept = [entry for each, entry in self._entries(data) if each.name not in names]
            data["repositories"] = kept

    @contextmanager
    def _change(self) -> Iterator[dict[str, Any]]:
        lock = self.path.with_suffix(".lock") if self.path.suffix else Path(f"{self.path}.lock")
        with locked(lock, monotonic=self._monotonic, sleep=self._sleep):
            data = self._data() or {"apiVersion": "", "generated": _NEVER}
            data["repositories"] = data.get("repositories") or []
            yield data
            try:
                replace_file(self.path, documents.write(data).encode())
            except OSError as error:
                raise RepositoryError(f"{self.path}: cannot be written: {error.strerror}") from None

    def _data(self) -> dict[str, Any]:
        try:
            with self.path.open("rb") as file:
                text = file.read(LIMIT_BYTES + 1)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise RepositoryError(f"{self.path}: cannot be read: {error.strerror}") from None
        if len(text) > LIMIT_BYTES:
            raise RepositoryError(f"{self.path}: larger than {LIMIT_BYTES >> 20} MiB")
        try:
            data = documents.read(text, duplicates="last").data
        except documents.DocumentError as error:
            # its message may quote a password; where it stands is enough
            raise RepositoryError(f"{self.path}:{error.line or 1}: no valid YAML") from None
        if data is not None and not isinstance(data, dict):
            raise RepositoryError(f"{self.path}: no file of repositories: it holds no mapping")
        return data or {}

    def _entries(self, data: Mapping[str, Any]) -> Iterator[tuple[Repository, dict[str, Any]]]:
        listed = data.get("repositories") or []
        if not isinstance(listed, list):
            raise RepositoryError(f"{self.path}: repositories is no list")
        for number, entry in enumerate(listed):
            yield Repository.from_data(entry, source=f"{self.path}: repositories[{number}]"), entry


def unknown_repository(name: str, known: Sequence[str]) -> RepositoryError:
    """Return the error that no repository has this name."""
    hint = f"there are: {', '.join(sorted(known))}" if known else "add it: helmlite repo add NAME URL"
    return RepositoryError(f"no repo named {name!r} found", hint=hint)
