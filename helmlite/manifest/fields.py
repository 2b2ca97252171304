r"""Fields of objects in words: as people write them (kubectl, JSONPath), and as API servers do.

``spec.containers[0].image``, ``metadata.labels['app.kubernetes.io/name']``, ``spec.containers[name=web].image``,
``metadata.labels.app\.kubernetes\.io/name``; servers also write ``[name="web"]``, ``data[a.key]``, and keys with dots
that nothing sets apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""What an item of a list is known by: keys and values; an empty key stands for the item itself."""

Step: TypeAlias = str | int | Pairs

_NAME = re.compile(r"(?:[^.\[\]\\]|\\.)+")
_BRACKET = re.compile(r"\[((?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\]\"'])*)\]")
_PAIR = re.compile(r"\s*([\w./-]*)\s*==?\s*(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^,\"']*)\s*(?:,|$)")
_PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How far a field leads in an object: its ``path``, and what of it is not there (empty: all is)."""

    path: tuple[str | int, ...]
    missing: tuple[Step, ...] = ()


def parse_field(text: str) -> tuple[Step, ...]:
    """Return the steps that a field's words name; raises ValueError saying what cannot be read."""
    rest = text.strip()
    if rest.startswith("{") and rest.endswith("}"):
        rest = rest[1:-1].strip()
    rest = rest.removeprefix("$")
    rest = "" if rest == "." else rest
    steps: list[Step] = []
    while rest:
        bracket = _BRACKET.match(rest)
        if bracket is not None:
            steps.append(_bracketed(bracket[1]))
            rest = rest[bracket.end() :]
            continue
        dotted = rest[1:] if rest[0] == "." else rest
        name = _NAME.match(dotted)
        if name is None or (steps and dotted is rest):
            raise ValueError(f"{rest!r} is no step of a field's path")
        steps.append(re.sub(r"\\(.)", r"\1", name[0]))
        rest = dotted[name.end() :]
    return tuple(steps)


def _bracketed(inside: str) -> Step:
    inside = inside.strip()
    if inside[:1] in ("'", '"') and inside[-1:] == inside[:1] and len(inside) > 1:
        return _unquoted(inside)
    if inside.isascii() and inside.isdigit():
        return int(inside)
    inside = inside.removeprefix("?(@.").removesuffix(")") if inside.startswith("?(@.") else inside
    pairs = _PAIR.findall(inside) if "=" in inside else []
    if pairs:
        return tuple((key, _unquoted(value.strip())) for key, value in pairs)
    if not inside:
        raise ValueError("[] is no step of a field's path: give an index, a key in quotes, or [name=...]")
    return inside


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def find(body: Any, steps: Sequence[Step]) -> Found:
    """Return where in an object a field's steps lead; keys with dots are found where nothing sets them apart."""
    path: list[str | int] = []
    here, at = body, 0
    while at < len(steps):
        key, used = _key_of(here, steps[at:])
        if key is None:
            return Found(path=tuple(path), missing=tuple(steps[at:]))
        path.append(key)
        here = here[key]
        at += used
    return Found(path=tuple(path))


def _key_of(here: Any, steps: Sequence[Step]) -> tuple[str | int | None, int]:
    """Return the key or index that the first of ``steps`` lead to, and how many of them it takes."""
    first = steps[0]
    if isinstance(here, Mapping):
        if isinstance(first, tuple):
            return None, 0
        if str(first) in here:
            return str(first), 1
        words = [str(first)]
        best: tuple[str | int | None, int] = (None, 0)
        for step in steps[1:]:
            if not isinstance(step, str):
                break
            words.append(step)
            if ".".join(words) in here:
                best = (".".join(words), len(words))
        return best
    if isinstance(here, list):
        if isinstance(first, int):
            return (first, 1) if first < len(here) else (None, 0)
        if isinstance(first, tuple):
            fitting = [(_fits(item, first), at) for at, item in enumerate(here)]
            best_fit, at = max(fitting, key=lambda each: each[0], default=(0, 0))
            return (at, 1) if best_fit else (None, 0)
    return None, 0


def _fits(item: Any, pairs: Pairs) -> int:
    """Return how many of the pairs an item has; 0 where one is another there, but not where the server fills it in."""
    fitting = 0
    for key, value in pairs:
        given = item.get(key) if key and isinstance(item, Mapping) else None if key else item
        if given is None:
            continue
        if (str(given).lower() if isinstance(given, bool) else str(given)) != value:
            return 0
        fitting += 1
    return fitting


def at_path(data: Any, path: Sequence[Step]) -> Any:
    """Return what lies at a path of data; raises LookupError or TypeError where there is none."""
    for step in path:
        data = data[step]
    return data


def field_text(path: Sequence[Step]) -> str:
    """Return a field's path in words: ``spec.containers[0].image``, ``metadata.labels['a.b/c']``."""
    made = ""
    for step in path:
        if isinstance(step, int):
            made += f"[{step}]"
        elif isinstance(step, tuple):
            made += f"[{','.join(f'{key}={value}' for key, value in step)}]"
        elif _PLAIN_KEY.fullmatch(step):
            made += f".{step}" if made else step
        else:
            quoted = step.replace("\\", "\\\\").replace("'", "\\'")
            made += f"['{quoted}']"
    return made


_UNKNOWN = re.compile(r"(?:unknown|duplicate) field \"((?:[^\"\\]|\\.)+)\"")
_STRUCT = re.compile(r"Go struct field \w+((?:\.[\w/-]+)+)")
_LEADING = re.compile(r"(?:^|[\s(:])(\.[A-Za-z](?:[\w/-]|\.(?=\w)|\[[^\]]*\])*)(?=:|\s|$)", re.MULTILINE)
_ANY = re.compile(r"(?<![\w./\"-])[A-Za-z]\w*(?:\.[A-Za-z][\w/-]*|\[[^\]]*\])+")


def fields_in(message: str) -> tuple[str, ...]:
    """Return the fields that an API server's message names beyond doubt, as it writes them."""
    found = [*_UNKNOWN.findall(message), *_STRUCT.findall(message), *_LEADING.findall(message)]
    return tuple(dict.fromkeys(each.removeprefix(".") for each in found))


def narrowed(body: Any, path: tuple[str | int, ...], value: str) -> tuple[str | int, ...]:
    """Return the path of the one key or value below ``path`` that is ``value``, else ``path``.

    Servers name ``metadata.labels`` where one label is at fault, and say which only by quoting it.
    """
    here = at_path(body, path)
    if not value:
        return path
    items = here.items() if isinstance(here, Mapping) else enumerate(here) if isinstance(here, list) else ()
    fitting = [key for key, each in items if value in (key, each)]
    return (*path, fitting[0]) if len(fitting) == 1 else path


def fields_of(body: Any, message: str) -> tuple[str, ...]:
    """Return what in a message reads like a field and is one of the object: what admission's webhooks write."""
    made = []
    for each in _ANY.findall(message):
        try:
            found = find(body, parse_field(each))
        except ValueError:
            continue
        if not found.missing:
            made.append(each)
    return tuple(dict.fromkeys(made))
