"""What the user gives: files and flags, in Helm's precedence, each value with where it was set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from helmlite import documents
from helmlite.documents import Path
from helmlite.errors import ValuesError, public_url
from helmlite.values.assignments import (
    assign,
    dotted,
    parse_assignments,
    parse_json_assignments,
    parse_literal,
    scalar,
)

STDIN = "-"
LIMIT_BYTES = documents.LIMIT_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSources:
    """The user's values as texts: each field is the flag of that name, in the order given."""

    files: Sequence[str] = ()
    set_json: Sequence[str] = field(default=(), repr=False)
    set: Sequence[str] = field(default=(), repr=False)
    set_string: Sequence[str] = field(default=(), repr=False)
    set_file: Sequence[str] = field(default=(), repr=False)
    set_literal: Sequence[str] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserValues:
    """The user's values merged. A null is kept: it removes a chart's value when both are merged.

    ``origins`` maps paths to the file and line, or the flag, that set them.
    """

    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    origins: Mapping[Path, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, data: Mapping[str, Any], *, origin: str = "the values given") -> UserValues:
        """Return values that a program gives, all of one origin."""
        return cls(data=data, origins=dict.fromkeys(paths(data), origin))

    def over(self, older: UserValues) -> UserValues:
        """Return these values over older ones: mappings are merged, all else is replaced."""
        return UserValues(
            data=merged(older.data, self.data), origins=_origins_over(older.origins, self.origins, self.data)
        )

    def origin(self, path: Path) -> str:
        """Return where the value at a path was set; empty when the user set nothing there or above."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.origins:
                return self.origins[path[:length]]
        return ""


def read_values(sources: ValueSources, *, stdin: Callable[[], str] | None = None) -> UserValues:
    """Return what files and flags give, lowest first: files, JSON, typed, text, file contents, literals.

    ``stdin`` reads standard input for ``-``. Raises ValuesError naming file and line, or flag and key.
    """
    values = UserValues()
    for name in sources.files:
        values = _from_file(name, stdin).over(values)
    data: dict[str, Any] = _copied(values.data)
    origins = dict(values.origins)

    def put(path: Path, value: Any, flag: str) -> None:
        assign(data, path, value, flag)
        for known in [each for each in origins if each[: len(path)] == path]:
            del origins[known]
        origins[path] = f"{flag} {dotted(path)}"

    for text in sources.set_json:
        if text.strip().startswith("{"):
            given = _json_object(text)
            data = _copied(merged(data, given))
            origins = dict(_origins_over(origins, dict.fromkeys(paths(given), "--set-json"), given))
            continue
        for each in parse_json_assignments(text, "--set-json"):
            put(each.path, each.value, "--set-json")
    for texts, flag, typed in (
        (sources.set, "--set", scalar),
        (sources.set_string, "--set-string", str),
        (sources.set_file, "--set-file", _file_text),
    ):
        for text in texts:
            for each in parse_assignments(text, flag, typed):
                put(each.path, each.value, flag)
    for text in sources.set_literal:
        literal = parse_literal(text, "--set-literal")
        put(literal.path, literal.value, "--set-literal")
    return UserValues(data=data, origins=origins)


def merged(older: Mapping[str, Any], newer: Mapping[str, Any]) -> dict[str, Any]:
    """Return two layers as one: mappings merge at any depth, all else (null too) is replaced by the newer."""
    made = dict(older)
    for key, value in newer.items():
        before = made.get(key)
        made[key] = merged(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return made


def paths(data: Any, above: Path = ()) -> list[Path]:
    """Return the path of everything in ``data``, mappings and lists included."""
    found: list[Path] = []
    items = data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, list | tuple) else ()
    for key, value in items:
        found.append((*above, key))
        found += paths(value, (*above, key))
    return found


def _from_file(name: str, stdin: Callable[[], str] | None) -> UserValues:
    shown = "standard input" if name == STDIN else name
    try:
        text: str | bytes
        if name == STDIN:
            if stdin is None:
                raise ValuesError("-f -: there is no standard input to read")
            text = stdin()
        else:
            text = _bytes_of(name, "-f")
        parsed = documents.read_all(text, with_lines=True)
    except documents.DocumentError as error:
        at = f":{error.line}" if error.line else ""
        raise ValuesError(f"{shown}{at}: {error.message}") from None
    values = UserValues()
    for document in parsed:
        if document.data is None:
            continue
        if not isinstance(document.data, dict):
            raise ValuesError(f"{shown}: values are a mapping, this is none", hint="write KEY: VALUE lines")
        origins = {path: f"{shown}:{line}" for path, line in document.lines.items()}
        values = UserValues(data=document.data, origins=origins).over(values)
    return values


def _bytes_of(name: str, flag: str) -> bytes:
    if "://" in name:
        raise ValuesError(f"{flag} {public_url(name)}: files are not fetched from a URL yet", hint="download it first")
    try:
        with FilePath(name).open("rb") as file:
            data = file.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise ValuesError(f"{flag} {name}: cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise ValuesError(f"{flag}: this is no path of a file") from None
    if len(data) > LIMIT_BYTES:
        raise ValuesError(f"{flag} {name}: larger than {LIMIT_BYTES >> 20} MiB")
    return data


def _file_text(name: str) -> str:
    if not name:
        return ""  # as Helm takes ``--set-file KEY=``
    try:
        return _bytes_of(name, "--set-file").decode("utf-8")
    except UnicodeDecodeError:
        raise ValuesError(f"--set-file {name}: no UTF-8 text", hint="values are text; encode other data") from None


def _json_object(text: str) -> dict[str, Any]:
    try:
        given = documents.read_json(text)
    except documents.DocumentError as error:
        raise ValuesError(f"--set-json: {error.message}") from None
    if not isinstance(given, dict):
        raise ValuesError("--set-json: values are a JSON object")
    return given


def _copied(data: Any) -> Any:
    """Return a copy whose mappings and lists can be changed."""
    if isinstance(data, Mapping):
        return {key: _copied(value) for key, value in data.items()}
    return [_copied(each) for each in data] if isinstance(data, list | tuple) else data


def _origins_over(older: Mapping[Path, str], newer: Mapping[Path, str], data: Mapping[str, Any]) -> dict[Path, str]:
    """Return the origins of a merge: what ``data`` replaces as a whole takes its old origins with it."""

    def is_replaced(path: Path) -> bool:
        here: Any = data
        for step in path:
            if not isinstance(here, Mapping):
                return True
            if step not in here:
                return False
            here = here[step]
        return not isinstance(here, Mapping)

    return {**{path: origin for path, origin in older.items() if not is_replaced(path)}, **newer}
