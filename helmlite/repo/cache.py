"""What was fetched from repositories, kept for the next command: indexes as Helm keeps them, shards, archives.

Helm's own cache folder holds the indexes, so that both tools find what the other fetched; beside each stands a file of
ours with what the server said of its version. Shards and archives are in helmlite's own cache folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from helmlite.files import mark_of, replace_file
from helmlite.kept import KeptFiles
from helmlite.repo.limits import LIMIT_ARCHIVE_BYTES, LIMIT_INDEX_BYTES, LIMIT_PARTS_BYTES, LIMIT_SHARD_BYTES
from helmlite.repo.repositories import Repository, check_name
from helmlite.repo.validators import Validators

CONTENT_FILES = 5_000
CONTENT_BYTES = 1 << 30
_LIMIT_NOTE_BYTES = 64 << 10
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownIndex:
    """What is known of an index that is kept: its version, and whether it announces shards."""

    validators: Validators
    has_shards: bool


class IndexCache:
    """The last index of each repository, in Helm's folder and under Helm's names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, repository: Repository) -> Path:
        """Return where a repository's index is kept; without a name, where Helm keeps those of dependencies."""
        return self._folder / f"{_stem(repository)}-index.yaml"

    def read(self, repository: Repository) -> bytes | None:
        """Return the last index that was fetched, by either tool; None when there is none of this URL's."""
        if self.is_of_another(repository):
            return None
        try:
            with self.path(repository).open("rb") as file:
                size = os.fstat(file.fileno()).st_size  # for a read of a size takes as much memory
                return file.read(size) if size <= LIMIT_INDEX_BYTES else None
        except OSError:
            return None

    def known(self, repository: Repository) -> KnownIndex | None:
        """Return what is known of the index that is kept; None where it is not the one that we wrote."""
        try:
            note = self._read_note(repository)
            if note["of"] != _full_mark(repository, mark_of(self.path(repository))):
                return None
            return KnownIndex(validators=_read_validators(note), has_shards=note["shards"] is True)
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def write(self, repository: Repository, data: bytes, names: Sequence[str], known: KnownIndex) -> Sequence[int]:
        """Keep an index, the names of its charts, for both tools, and what is known of it; raises OSError.

        Return the mark of its file, nothing where another process put its own there just then.
        """
        path = self.path(repository)
        self._note_path(repository).unlink(missing_ok=True)
        mark = replace_file(path, data, mode=0o644)
        if repository.name:
            text = "".join(f"{each}\n" for each in names)
            replace_file(self._folder / f"{repository.name}-charts.txt", text.encode(), mode=0o644)
        if mark != mark_of(path):
            return ()  # another process wrote one since, of which this note does not tell
        note = {"of": _full_mark(repository, mark), **_note(known.validators), "shards": known.has_shards}
        replace_file(self._note_path(repository), json.dumps(note).encode(), mode=0o644)
        return mark

    def names(self, name: str) -> Sequence[str]:
        """Return the names of a repository's charts, for completion; none where they are not known."""
        try:
            with (self._folder / f"{name}-charts.txt").open(encoding="utf-8", errors="replace") as file:
                return [each for each in file.read(LIMIT_SHARD_BYTES).splitlines() if each]
        except OSError:
            return ()

    def remove(self, name: str) -> None:
        """Remove all that is kept of a repository."""
        check_name(name)
        for each in ("index.yaml", "charts.txt", "index.helmlite.json"):
            with suppress(OSError):
                (self._folder / f"{name}-{each}").unlink(missing_ok=True)

    def is_of_another(self, repository: Repository) -> bool:
        """Return whether we wrote the index that is kept, from another URL that had the name before."""
        try:
            written, mark = self._read_note(repository)["of"], _full_mark(repository, mark_of(self.path(repository)))
            return bool(written[1:] == mark[1:] and written[0] != mark[0])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return False

    def _read_note(self, repository: Repository) -> Any:
        with self._note_path(repository).open("rb") as file:
            return json.loads(file.read(_LIMIT_NOTE_BYTES))

    def _note_path(self, repository: Repository) -> Path:
        return self._folder / f"{_stem(repository)}-index.helmlite.json"


def _stem(repository: Repository) -> str:
    if repository.name:
        check_name(repository.name)
        return repository.name
    return f"helm-manager-{hashlib.sha256(repository.url.encode()).hexdigest()}"


def _full_mark(repository: Repository, mark: Sequence[int]) -> list[str | int]:
    """Return what tells which file, of which repository, a note is on: Helm may have written another since."""
    return [hashlib.sha256(repository.url.encode()).hexdigest(), *mark]


class ContentCache:
    """Archives by their sha256, shards and indexes by their URL, in folders of the user's own.

    What is not the content that its name promises is as good as not there. Without a folder that can be used, one is
    made for this process and removed at its end.
    """

    def __init__(self, folder: Path | None) -> None:
        self._home = folder
        self._kept: dict[str, KeptFiles] = {}

    def archive(self, digest: str) -> tuple[Path, bytes] | None:
        """Return path and bytes of an archive, hashed once more; None where it is not kept."""
        if not _DIGEST.fullmatch(digest):  # an index may say anything
            return None
        folder = self._folder("content")
        name = f"{digest}.tgz"
        try:
            data = folder.read(name, LIMIT_ARCHIVE_BYTES)
            if data is None:
                return None
            if hashlib.sha256(data).hexdigest() != digest:
                folder.drop(name)
                return None
        except OSError:
            return None
        return folder.folder / name, data

    @contextmanager
    def staged(self) -> Iterator[tuple[BinaryIO, Path]]:
        """Yield an open file that is not in the cache yet, and its path; raises OSError."""
        with self._folder("content", make=True).staged() as staged:
            yield staged

    def keep_archive(self, staged: tuple[BinaryIO, Path], digest: str) -> Path:
        """Put a staged file, whose sha256 is ``digest``, into the cache; return its path. Raises OSError."""
        return self._folder("content").keep(staged, f"{digest}.tgz")

    def shard(self, url: str) -> tuple[Validators, bytes] | None:
        """Return the last shard that came from a URL, and the server's word on its version; None without one."""
        try:
            data = self._folder("shards").read(_file_name(url), LIMIT_SHARD_BYTES + _LIMIT_NOTE_BYTES)
            if data is None:
                return None
            head, _, body = data.partition(b"\n")
            return _read_validators(json.loads(head)), body
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def keep_shard(self, url: str, validators: Validators, body: bytes) -> None:
        """Keep a shard where that is possible."""
        head = json.dumps(_note(validators)).encode()
        with suppress(OSError):
            self._folder("shards", make=True).write(_file_name(url), head + b"\n" + body)

    def parts(self, index: Path) -> bytes | None:
        """Return by chart what was the index at a path, whatever stands there now; None without one."""
        try:
            return self._folder("indexes").read(_file_name(str(index)), LIMIT_PARTS_BYTES)
        except OSError:
            return None

    def keep_parts(self, index: Path, data: bytes) -> None:
        """Keep by chart what is the index at a path, where that is possible and of use: not for this process alone."""
        if self._home is not None and 0 < len(data) <= LIMIT_PARTS_BYTES:
            with suppress(OSError):
                self._in(self._home, "indexes").write(_file_name(str(index)), data)

    def _folder(self, name: str, *, make: bool = False) -> KeptFiles:
        if name not in self._kept:
            self._kept[name] = self._in(self._home or self._own_home(), name)
        kept = self._kept[name]
        if make:
            try:
                kept.make()
            except OSError:
                kept = self._kept[name] = self._in(self._own_home(), name)
                kept.make()
        return kept

    def _own_home(self) -> Path:
        """Return a folder for this process only."""
        folder = tempfile.TemporaryDirectory(prefix="helmlite-")
        weakref.finalize(self, folder.cleanup)
        return Path(folder.name)

    @staticmethod
    def _in(home: Path, name: str) -> KeptFiles:
        names = r"[0-9a-f]{64}\.tgz" if name == "content" else r"[0-9a-f]{64}\.json"
        return KeptFiles(home / name, names=names, limit_files=CONTENT_FILES, limit_bytes=CONTENT_BYTES)


def _note(validators: Validators) -> dict[str, str]:
    return {"etag": validators.etag, "last_modified": validators.last_modified, "length": validators.length}


def _read_validators(note: dict[str, Any]) -> Validators:
    return Validators(**{key: str(note[key]) for key in ("etag", "last_modified", "length")})


def _file_name(place: str) -> str:
    return f"{hashlib.sha256(place.encode()).hexdigest()}.json"
