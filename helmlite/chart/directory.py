"""A chart directory into files. Links are followed as long as they stay within the chart."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection
from pathlib import Path

from helmlite.chart.budget import Budget
from helmlite.chart.chart import ChartFile
from helmlite.chart.ignore import IgnoreRules, parse_ignore
from helmlite.chart.names import is_unfit
from helmlite.errors import ChartError

IGNORE_FILE = ".helmignore"
_LIMIT_FOLDERS = 100


def read_directory(root: Path, *, source: str, budget: Budget, only: Collection[str] | None = None) -> list[ChartFile]:
    """Return the files of a chart directory that ``.helmignore`` leaves, in path order; raises ChartError.

    ``only`` are the names of files and folders at its top to read, where not all are wanted.
    """
    try:
        reading = _Reading(_real(root), source, budget, only)
        reading.folder("", (reading.root,))
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ChartError(f"{source}: the path is a cyclic link") from None
        name = f" ({error.filename})" if error.filename and str(error.filename) != str(root) else ""
        raise ChartError(f"{source}: cannot be read{name}: {error.strerror or error}") from None
    return reading.files


def _real(path: Path) -> Path:
    """Return a path without links; raises OSError."""
    try:
        return path.resolve(strict=True)
    except RuntimeError:
        # What Python says of a loop before 3.13; after, it passes the system's error on.
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from None


class _Reading:
    """One walk through a chart directory."""

    def __init__(self, root: Path, source: str, budget: Budget, only: Collection[str] | None) -> None:
        self.root = root
        self._only = only
        self._source = source
        self._budget = budget
        self._rules = self._ignore_rules()
        self.files: list[ChartFile] = []

    def _ignore_rules(self) -> IgnoreRules:
        path = self.root / IGNORE_FILE
        shown = f"{self._source}/{IGNORE_FILE}"
        if not path.is_file():
            return parse_ignore("", source=shown)
        if path.is_symlink():
            path = self._linked(path, f"{self._source}: {IGNORE_FILE!r}", (self.root,))
        try:
            return parse_ignore(self._content(path, shown).decode("utf-8"), source=shown)
        except UnicodeDecodeError:
            raise ChartError(f"{shown}: no UTF-8 text") from None

    def folder(self, name: str, real: tuple[Path, ...]) -> None:
        """Read one folder; ``real`` are the real paths of the folders from the root to this one."""
        if len(real) > _LIMIT_FOLDERS:
            raise ChartError(f"{self._source}: folders are nested more than {_LIMIT_FOLDERS} deep")
        with os.scandir(real[-1]) as entries:
            found = sorted(entries, key=lambda each: each.name)
        for each in found:
            if not name and self._only is not None and each.name not in self._only:
                continue
            inside = f"{name}/{each.name}" if name else each.name
            self._entry(Path(each.path), inside, real)

    def _entry(self, path: Path, name: str, above: tuple[Path, ...]) -> None:
        shown = f"{self._source}: {name!r}"
        if is_unfit(name):
            raise ChartError(f"{shown} has control characters, or no UTF-8 text, in its name")
        mode = path.lstat().st_mode
        if self._rules.ignores(name, is_folder=path.is_dir() if stat.S_ISLNK(mode) else stat.S_ISDIR(mode)):
            return
        if stat.S_ISLNK(mode):
            path = self._linked(path, shown, above)
            mode = path.lstat().st_mode
        self._budget.spend_file(self._source)
        if stat.S_ISDIR(mode):
            self.folder(name, (*above, path))
        elif stat.S_ISREG(mode):
            self.files.append(ChartFile(name=name, data=self._content(path, shown)))
        else:
            raise ChartError(f"{shown} is neither file, folder nor link")

    def _linked(self, path: Path, shown: str, above: tuple[Path, ...]) -> Path:
        """Return the real path that a link leads to; raises ChartError where that is nowhere, or not in the chart."""
        written = f"(to {str(path.readlink())!r})"
        try:
            target = _real(path)
        except (FileNotFoundError, NotADirectoryError):
            raise ChartError(f"{shown} is a dangling link {written}") from None
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            raise ChartError(f"{shown} is a cyclic link {written}") from None
        if not target.is_relative_to(self.root):
            raise ChartError(f"{shown} is a link that leaves the chart {written}", hint="copy the file instead")
        if any(each.is_relative_to(target) for each in above):
            raise ChartError(f"{shown} is a cyclic link: it leads to a folder that it is in")
        return target

    def _content(self, path: Path, shown: str) -> bytes:
        # Without waiting: what was a file a moment ago may be a pipe by now.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise ChartError(f"{shown} is neither file, folder nor link")
            self._budget.check_bytes(found.st_size, shown)
            data = file.read(self._budget.left_bytes + 1)
        self._budget.spend_bytes(len(data), shown)
        return data
