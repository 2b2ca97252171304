"""Whatever goes wrong in a template, as one RenderError with path, line, excerpt and include chain.

Values never enter a message: Python's own words are used only where they speak of types, not of contents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from types import FrameType, TracebackType
from typing import Any

from jinja2 import TemplateAssertionError, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.utils import missing

from helmlite.documents import Path
from helmlite.engine.environment import ChartEnvironment
from helmlite.engine.excerpts import makes_secret, shortened, template_excerpt
from helmlite.engine.failure import HALF_A_CHARACTER, TemplateFailure
from helmlite.engine.go_words import WORDS, go_form
from helmlite.engine.missing import Asked, UndefinedFault, nearest
from helmlite.engine.positions.held import Misplaced
from helmlite.engine.positions.traced import TracedSite
from helmlite.engine.trace import narrowest
from helmlite.engine.unclosed import unclosed
from helmlite.errors import HelmliteError, RenderError
from helmlite.manifest.literals import without_texts

TEXT_MARK = "#tpl"
"""Ends the file name under which a text that ``tpl`` renders is compiled."""

_STAND_IN = re.compile(r"t_\d+")
"""How Jinja2 calls the functions that it puts in the place of filters and tests that are not there."""

COMPUTED = "(computed)"
"""Stands in a message for a name that no template spells."""

GO_BLOCK = "this begins a block as Go's templates do"
"""What is wrong with an expression that passes for one of Jinja2 until its block's end comes."""

TYPE_WORDS = {"int": "a number", "float": "a number", "bool": "a boolean", "NoneType": "null"}


Place = tuple[str, int]


def render_error(error: Exception, environment: ChartEnvironment, path: str) -> HelmliteError:
    """Return what to raise for ``error``, met while rendering the template at chart path ``path``.

    An error of ours from below (a lookup that the cluster refused) keeps its kind and gains the place.
    """
    frames = _template_frames(error.__traceback__)
    places = _places(frames)
    inputs: tuple[Path, ...] = ()
    expression = ""
    if isinstance(error, Misplaced):
        expression = error.site.expression
        places = _misplaced(error, places)
        inputs = narrowest(error.site.inputs) if isinstance(error.site, TracedSite) else ()
        error = error.error
    message, hint = _reason(error, environment, frames)
    if isinstance(error, UndefinedFault) and error.asked is not None:
        places = _asked(error.asked, frames, places)
    if isinstance(error, TemplateSyntaxError):
        told = (message, error.lineno)
        if not isinstance(error, TemplateAssertionError):  # those are of what could be read
            told = unclosed(error.source or "", *told)
            form = go_form(error.source or "", told[1])
            if form is not None:
                told, hint = (told[0] if form[0] == told[1] else GO_BLOCK, form[0]), form[1]
        message = told[0]
        places.append((error.filename or path, told[1]))
    elif environment.compiling is not None:
        places.append((environment.compiling, environment.compiling_line))
    inner = ""
    while places and places[-1][0].endswith(TEXT_MARK):
        inner = f"in text for tpl, line {places.pop()[1]}: "
    where, line = places.pop() if places else (path, None)
    if isinstance(error, HelmliteError):
        return error if isinstance(error, RenderError) else error.located(f"{where}:{line}" if line else where)
    if isinstance(error, UndefinedFault) and line:
        hint = _by_source(error, "\n".join(environment.sources.lines(where)[line - 1 : line]), hint)
    paths = [where, *(each.removesuffix(TEXT_MARK) for each, _ in places)]
    is_secret = makes_secret(map(environment.sources.lines, paths))
    message = _without_computed(message, _names_of(error, message), () if is_secret else paths, environment)
    if is_secret and expression:
        message = message.replace(expression, without_texts(expression))
        hint = hint and hint.replace(expression, without_texts(expression))
    made = RenderError(
        inner + message,
        path=where,
        line=line,
        excerpt=template_excerpt(environment.sources.lines(where), line, map(environment.sources.lines, paths)),
        chain=shortened([f"{each.removesuffix(TEXT_MARK)}:{number}" for each, number in places]),
        hint=hint,
    )
    made.inputs = inputs
    return made


def _by_source(error: UndefinedFault, text: str, hint: str | None) -> str | None:
    """Return the hint for an undefined name, by how the template's line uses it."""
    if error.name is not None:
        if hint is None and re.search(rf"\b{re.escape(error.name)}\.\w+\(", text):
            return f"A file of macros is imported: `{{% import ... as {error.name} with context %}}`."
        return hint
    found = re.match(r"[\w.]+\.(\w+) is undefined", error.message or "")
    if found is None:
        return hint
    spelled = found[0].removesuffix(" is undefined")
    key = re.search(rf"\b{re.escape(spelled)}((?:-\w+)+)", text)
    if key is not None:
        base = spelled.removesuffix(f".{found[1]}")
        return f"A key with a dash is written `{base}['{found[1]}{key[1]}']`."
    return None if re.search(rf"\b{re.escape(spelled)}\(", text) else hint


def _misplaced(error: Misplaced, places: list[Place]) -> list[Place]:
    """Return the places of an error that knows its expression: frames know only the statement that ended with it."""
    here = (error.site.path, error.site.line)
    if places:
        return [*(places[:-1] if places[-1][0] == here[0] else places), here]
    return [*((each.path, each.line) for each in error.chain), here]


def _asked(asked: Asked, frames: Sequence[tuple[FrameType, int]], places: list[Place]) -> list[Place]:
    """Return the places of an undefined name, which is at fault where it was asked for: as a macro's argument, say."""
    for number, (frame, _) in enumerate(frames):
        if id(frame) == asked.frame_id:
            return [*_places(frames[:number]), asked.place]
    if places and places[-1][0] == asked.place[0]:
        return [*places[:-1], asked.place]
    return [*places, asked.place]


def _template_frames(trace: TracebackType | None) -> list[tuple[FrameType, int]]:
    found = []
    while trace is not None:
        frame = trace.tb_frame
        if "__jinja_template__" in frame.f_globals and not _STAND_IN.fullmatch(frame.f_code.co_name):
            found.append((frame, trace.tb_lineno))
        trace = trace.tb_next
    return found


def _places(frames: Sequence[tuple[FrameType, int]]) -> list[Place]:
    places: list[Place] = []
    for frame, line in frames:
        template = frame.f_globals["__jinja_template__"]
        place = (template.filename, template.get_corresponding_lineno(line))
        if not places or places[-1] != place:
            places.append(place)
    return places


def _reason(
    error: Exception, environment: ChartEnvironment, frames: Sequence[tuple[FrameType, int]]
) -> tuple[str, str | None]:
    """Return the message and the hint for an error."""
    if isinstance(error, TemplateFailure):
        return error.message, error.hint
    if isinstance(error, HelmliteError):
        return error.message, error.hint
    if isinstance(error, UndefinedFault):
        near = nearest(error.name, {*environment.functions.names, *_names_in(frames)}) if error.name is not None else ""
        message = f"{error.message}{near}"
        hint = "`| default(...)` gives a value where there may be none." if error.has_default else None
        if error.name is not None:
            hint = WORDS.get(error.name)
        return _plainer(message), hint
    if isinstance(error, TemplateNotFound):
        name = str(error.name)
        if frames and not _is_spelled(
            name, [each.removesuffix(TEXT_MARK) for each, _ in _places(frames[-1:])], environment
        ):
            return "there is no template of the name that is computed here", None
        return error.message or f"there is no template {name!r}", None
    if isinstance(error, TemplateAssertionError):
        return _unknown(error.message or "", environment), None
    if isinstance(error, TemplateError):
        message = error.message or type(error).__name__
        return _plainer(_unknown(message, environment)), None
    if isinstance(error, RecursionError):
        return "macros, templates, brackets or operators nest too deeply", None
    if isinstance(error, MemoryError):
        return "rendering takes more memory than it may", "The operator can raise this bound."
    if isinstance(error, UnicodeEncodeError):
        return f"this text holds {HALF_A_CHARACTER}", None
    return _python_reason(error), None


def _is_spelled(name: str, paths: Iterable[str], environment: ChartEnvironment) -> bool:
    """Return whether the source of a template has a name in it; one that is computed may come out of a Secret."""
    return any(name in line for path in paths for line in environment.sources.lines(path))


def _names_of(error: Exception, message: str) -> tuple[str | int, ...]:
    """Return the names in quotes in a message that the template may have computed."""
    if isinstance(error, TemplateFailure | UndefinedFault):
        return error.names
    return tuple(re.findall(r"argument '(.*)'", message))


def _without_computed(
    message: str, names: Sequence[str | int], paths: Sequence[str], environment: ChartEnvironment
) -> str:
    """Return a message without the names in it that none of the templates at ``paths`` spells: all, without paths."""
    for name in sorted(names, key=lambda each: len(str(each)), reverse=True):
        if not _is_spelled(str(name), paths, environment):
            message = message.replace(repr(name), COMPUTED)
    return message


def _plainer(message: str) -> str:
    """Return a message of Jinja2's in the words of a template's author."""
    if message.startswith("the inline if-expression"):
        return "this inline `if` is false and has no `else`"
    found = re.fullmatch(r"expected token 'end of (?:print statement|statement block)', got (.*)", message)
    if found is not None:
        return f"the expression should end before this {found[1].strip(chr(39))!r}"
    if message.startswith("unexpected char"):
        return re.sub(r" at \d+$", "", message)
    if message.startswith("cannot assign attribute"):
        return "only a field of a namespace() can be set: templates cannot change a value"
    found = re.fullmatch(r"the template '(.*)' \(imported on .*\) does not export the requested name '(\w+)'", message)
    return f"{found[1]} does not define {found[2]!r}" if found is not None else message


def _python_reason(error: Exception) -> str:
    text = str(error)
    found = re.match(r"'(\w+)' object is not iterable", text)
    if found is not None:
        return f"a list, mapping or text was expected here, not {TYPE_WORDS.get(found[1], 'an object')}"
    tells_types = isinstance(error, TypeError) and not re.search(r"length|#\d", text)
    if tells_types or (isinstance(error, ValueError) and "to unpack" in text):
        text = re.sub(r"^[\w.<>]+\(\)", "this call", text)
        if "to unpack" in text:
            return f"{text}: a loop over a mapping gives its keys; `| items` gives pairs"
        return text
    return f"a value does not fit here ({type(error).__name__})"


def _unknown(message: str, environment: ChartEnvironment) -> str:
    found = re.match(r"No (filter|test) named '([^']*)'", message)
    if found is None:
        return message.rstrip(".")
    names = (environment.filters if found[1] == "filter" else environment.tests).names
    if found[2] in environment.functions:
        return f"{found[2]!r} is a function, not a {found[1]}: it is called as {found[2]}(...)"
    return f"there is no {found[1]} {found[2]!r}{nearest(found[2], names)}"


def _names_in(frames: Sequence[tuple[FrameType, int]]) -> set[str]:
    if not frames:
        return set()
    frame = frames[-1][0]
    names: set[str] = set(frame.f_globals["__jinja_template__"].globals)
    for name, value in frame.f_locals.items():
        found = re.fullmatch(r"l_\d+_(\w+)", name)
        if found is not None and value is not missing:
            names.add(found[1])
    context: Any = frame.f_locals.get("context")
    if context is not None:
        names.update(context.get_all())
    return names
