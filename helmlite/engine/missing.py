"""What stands for a name that does not exist: any use of it is an error that names the nearest existing ones."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import StrictUndefined, UndefinedError
from jinja2.runtime import Undefined
from jinja2.utils import missing

from helmlite.engine.exposed import Exposed

FRAMES_SEARCHED = 20
"""How many Python calls lie, at most, between a template and what it looks up."""

LISTED_NAMES = 8
"""How many names a message lists when none of them is near."""


class UndefinedFault(UndefinedError):  # noqa: N818 - it is Jinja2's UndefinedError with a name
    """An undefined name was used; ``name`` is set when it was a plain name, whose scope only the frame knows.

    ``has_default`` says whether a default would help; ``asked`` is where the name was asked for, which may be long
    before it was used. ``names`` are those of which the message has the ``repr``, and that the template may have
    computed.
    """

    def __init__(
        self,
        message: str,
        *,
        name: str | None = None,
        has_default: bool = True,
        asked: Asked | None = None,
        names: tuple[str | int, ...] = (),
    ) -> None:
        super().__init__(message)
        self.name = name
        self.names = names
        self.has_default = has_default
        self.asked = asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Where a template asked for a name: the template, the line of its code, and which run of that code it was."""

    template: Any
    code_line: int
    frame_id: int

    @classmethod
    def here(cls) -> Asked | None:
        """Return where the innermost template is; None outside of all."""
        frame = sys._getframe(1)
        for _ in range(FRAMES_SEARCHED):
            if "__jinja_template__" in frame.f_globals:
                return cls(template=frame.f_globals["__jinja_template__"], code_line=frame.f_lineno, frame_id=id(frame))
            if frame.f_back is None:
                return None
            frame = frame.f_back
        return None

    @property
    def place(self) -> tuple[str, int]:
        """Return the template's path and line."""
        return self.template.filename, self.template.get_corresponding_lineno(self.code_line)


def nearest(name: str, names: Iterable[str]) -> str:
    """Return ``; did you mean 'tag'?`` or ``; there is: a, b`` for a message, nothing when neither helps."""
    known = sorted({each for each in names if isinstance(each, str)})
    folded = {each.lower().replace("_", "").replace("-", ""): each for each in known}
    close = difflib.get_close_matches(name, known, n=2, cutoff=0.6)
    same = folded.get(name.lower().replace("_", "").replace("-", ""))
    if same is not None:
        close = [same]
    if close:
        return f"; did you mean {' or '.join(repr(each) for each in close)}?"
    if known and len(known) <= LISTED_NAMES:
        return f"; there is: {', '.join(known)}"
    return ""


def kind_of(value: Any) -> str:
    """Return what a template author calls this kind of value."""
    if isinstance(value, Mapping):
        return "a mapping"
    for kinds, word in (
        (type(None), "null"),
        (bool, "a boolean"),
        (int | float, "a number"),
        (str, "text"),
        (list | tuple | range, "a list"),
        (Exposed, "an object"),
    ):
        if isinstance(value, kinds):
            return word
    return "a function" if callable(value) else "an object"


class Missing(StrictUndefined):
    """Jinja2's strict undefined with a better message.

    ``base`` is how the template spells what was looked into (``values.image``), empty where that is not a chain of
    names. A name that the template computes is never shown, since it may come out of a Secret.
    """

    __slots__ = ("_asked", "_base", "_shown")

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: Any = None,
        exc: Any = None,  # noqa: ARG002 - Jinja2 passes a class; our faults have one of their own
        *,
        base: str = "",
        shown: bool = True,
    ) -> None:
        super().__init__(hint, obj, name)
        self._base = base
        self._shown = shown
        # a parameter that was not given is missing where it is used: nobody asked for it before
        self._asked = Asked.here() if hint is None else None
        # Jinja2 calls this with the message and raises what it returns
        self._undefined_exception = self._fault  # type: ignore[assignment]  # which is typed as a class of errors

    def _fault(self, message: str) -> UndefinedFault:
        plain = self._undefined_hint is None and self._undefined_obj is missing
        name = self._undefined_name
        return UndefinedFault(
            message,
            name=name if plain else None,
            has_default=self._undefined_hint is None,
            asked=self._asked,
            names=() if plain or self._base or not isinstance(name, str | int) else (name,),
        )

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint is not None:
            return self._undefined_hint
        if self._undefined_obj is missing:
            return f"{self._undefined_name!r} is undefined"
        obj, name, base = self._undefined_obj, self._undefined_name, self._base
        names: Iterable[str] = ()
        if isinstance(obj, Mapping):
            names = obj
        elif isinstance(obj, Exposed):
            names = type(obj).template_names
        subject = base or kind_of(obj)
        if not self._shown:
            return f"{subject} has no such key or index"
        if obj is None:
            return f"{subject} is null, so it has no {name!r}" if base else f"null has no {name!r}"
        if not isinstance(name, str):
            return f"{subject} has no item {name!r}"
        if not isinstance(obj, Mapping | Exposed):
            what = f"{base} is {kind_of(obj)}, which" if base else kind_of(obj)
            return f"{what} has no {name!r}"
        spelled = f"{base}.{name}" if base else f"{name!r} of {kind_of(obj)}"
        return f"{spelled} is undefined{nearest(name, names)}"


__all__ = ["Missing", "Undefined", "UndefinedFault", "kind_of", "nearest"]
