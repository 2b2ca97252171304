"""What the user gives: files and flags, in Helm's precedence, with what is needed to tell where each was set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from helmlite import documents
from helmlite.documents import Path
from helmlite.errors import ValuesError, public_url
from helmlite.values.assignments import (
    Assignment,
    assign,
    dotted,
    parse_assignments,
    parse_json_assignments,
    parse_literal,
    scalar,
)

GLOBAL = "global"
"""The key of what a chart shares with its subcharts."""

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
class Layer:
    """One thing that the user gave: a document of a file, a flag, or a program's mapping.

    ``name`` says which, ``lines`` the line of each path in a file. ``path`` is where a flag puts its value; None for
    what is merged from the top.
    """

    name: str
    data: Any = field(repr=False)
    lines: Mapping[Path, int] = field(default_factory=dict, repr=False)
    path: Path | None = None

    def where(self, path: Path) -> str:
        """Return the place that said what is at a path of the layer's own."""
        return line_of(self.name, self.lines, path)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserValues:
    """The user's values merged. A null is kept: it removes a chart's value when both are merged.

    ``layers`` are what they were merged of, oldest first; values that were merged before they came in are one of them.
    """

    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    layers: Sequence[Layer | UserValues] = ()

    @classmethod
    def of(cls, data: Mapping[str, Any], *, origin: str = "the values given") -> UserValues:
        """Return values that a program gives, all of one origin."""
        return cls(data=data, layers=(Layer(name=origin, data=data),))

    def over(self, older: UserValues) -> UserValues:
        """Return these values over older ones: mappings are merged, all else is replaced."""
        return UserValues(data=merged(older.data, self.data), layers=(older, self))


def line_of(name: str, lines: Mapping[Path, int], path: Path) -> str:
    """Return ``NAME:LINE`` of a path, of what is nearest above it, or, for the top itself, of where its keys begin."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return f"{name}:{lines[path[:length]]}"
    return f"{name}:{min(lines.values())}" if lines and not path else name


def read_values(sources: ValueSources, *, stdin: Callable[[], str] | None = None) -> UserValues:
    """Return what files and flags give, lowest first: files, JSON, typed, text, file contents, literals.

    ``stdin`` reads standard input for ``-``. Raises ValuesError naming file and line, or flag and key.
    """
    layers: list[Layer | UserValues] = []
    given: dict[str, Any] = {}
    for name in sources.files:
        found = _from_file(name, stdin)
        layers.append(found)
        given = merged(given, found.data)
    data: dict[str, Any] = _copied(given)

    def put(each: Assignment, flag: str) -> None:
        assign(data, each.path, each.value, flag)
        layers.append(Layer(name=f"{flag} {dotted(each.path)}", data=each.value, path=each.path))

    for text in sources.set_json:
        if text.strip().startswith("{"):
            whole = _json_object(text)
            data = _copied(merged(data, whole))
            layers.append(Layer(name="--set-json", data=whole))
            continue
        for each in parse_json_assignments(text, "--set-json"):
            put(each, "--set-json")
    for texts, flag, typed in (
        (sources.set, "--set", scalar),
        (sources.set_string, "--set-string", str),
        (sources.set_file, "--set-file", _file_text),
    ):
        for text in texts:
            for each in parse_assignments(text, flag, typed):
                put(each, flag)
    for text in sources.set_literal:
        put(parse_literal(text, "--set-literal"), "--set-literal")
    return UserValues(data=data, layers=layers)


def merged(older: Mapping[str, Any], newer: Mapping[str, Any]) -> dict[str, Any]:
    """Return two layers as one: mappings merge at any depth, all else (null too) is replaced by the newer."""
    made = dict(older)
    for key, value in newer.items():
        before = made.get(key)
        made[key] = merged(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return made


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
    layers: list[Layer | UserValues] = []
    data: dict[str, Any] = {}
    for document in parsed:
        if document.data is None:
            continue
        if not isinstance(document.data, dict):
            raise ValuesError(f"{shown}: values are a mapping, this is none", hint="write KEY: VALUE lines")
        layers.append(Layer(name=shown, data=document.data, lines=document.lines))
        data = merged(data, document.data)
    return UserValues(data=data, layers=layers)


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
