"""A chart directory into files. Links are followed as long as they stay within the chart."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from helmlite.chart.budget import Budget
from helmlite.chart.chart import ChartFile
from helmlite.chart.ignore import IgnoreRules, parse_ignore
from helmlite.errors import ChartError

IGNORE_FILE = ".helmignore"


def read_directory(root: Path, *, source: str, budget: Budget) -> list[ChartFile]:
    """Return the files of a chart directory that ``.helmignore`` leaves, in path order; raises ChartError."""
    try:
        reading = _Reading(root.resolve(strict=True), source, budget)
        reading.folder(root, "", ())
    except RuntimeError:
        raise ChartError(f"{source}: the path is a cyclic link") from None
    except OSError as error:
        name = f" ({error.filename})" if error.filename and str(error.filename) != str(root) else ""
        raise ChartError(f"{source}: cannot be read{name}: {error.strerror or error}") from None
    return reading.files


class _Reading:
    """One walk through a chart directory."""

    def __init__(self, root: Path, source: str, budget: Budget) -> None:
        self._root = root
        self._source = source
        self._budget = budget
        self._rules = self._ignore_rules()
        self.files: list[ChartFile] = []

    def _ignore_rules(self) -> IgnoreRules:
        path = self._root / IGNORE_FILE
        shown = f"{self._source}/{IGNORE_FILE}"
        if not path.is_file():
            return parse_ignore("", source=shown)
        try:
            return parse_ignore(self._content(path, shown).decode("utf-8"), source=shown)
        except UnicodeDecodeError:
            raise ChartError(f"{shown}: no UTF-8 text") from None

    def folder(self, path: Path, name: str, above: tuple[Path, ...]) -> None:
        """Read one folder; ``above`` are the real paths of the folders that lead here."""
        here = path.resolve(strict=True)
        with os.scandir(path) as entries:
            found = sorted(entries, key=lambda each: each.name)
        for each in found:
            inside = f"{name}/{each.name}" if name else each.name
            self._entry(Path(each.path), inside, (*above, here))

    def _entry(self, path: Path, name: str, above: tuple[Path, ...]) -> None:
        shown = f"{self._source}: {name!r}"
        if any(ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0 or 0xD800 <= ord(sign) < 0xE000 for sign in name):
            raise ChartError(f"{shown} has control characters, or no UTF-8 text, in its name")
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            is_folder = path.is_dir()
            if self._rules.ignores(name, is_folder=is_folder):
                return
            mode = self._linked(path, shown, above)
        is_folder = stat.S_ISDIR(mode)
        if self._rules.ignores(name, is_folder=is_folder):
            return
        self._budget.spend_file(self._source)
        if is_folder:
            self.folder(path, name, above)
        elif stat.S_ISREG(mode):
            self.files.append(ChartFile(name=name, data=self._content(path, shown)))
        else:
            raise ChartError(f"{shown} is neither file, folder nor link")

    def _linked(self, path: Path, shown: str, above: tuple[Path, ...]) -> int:
        """Return the mode of what a link leads to; raises ChartError for one that leaves the chart or leads nowhere."""
        try:
            target = path.resolve(strict=True)
        except FileNotFoundError:
            raise ChartError(f"{shown} is a dangling link (to {str(path.readlink())!r})") from None
        except (RuntimeError, OSError):
            raise ChartError(f"{shown} is a cyclic link (to {str(path.readlink())!r})") from None
        if not target.is_relative_to(self._root):
            raise ChartError(
                f"{shown} is a link that leaves the chart (to {str(path.readlink())!r})", hint="copy the file instead"
            )
        mode = target.lstat().st_mode
        if stat.S_ISDIR(mode) and any(each == target or each.is_relative_to(target) for each in above):
            raise ChartError(f"{shown} is a cyclic link: it leads to a folder that it is in")
        return mode

    def _content(self, path: Path, shown: str) -> bytes:
        # Without waiting: what was a file a moment ago may be a pipe by now.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ChartError(f"{shown} is neither file, folder nor link")
            data = file.read(self._budget.left_bytes + 1)
        self._budget.spend_bytes(len(data), self._source)
        return data
