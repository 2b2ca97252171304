"""What ``{{ value }}`` prints: YAML's words, so that a value keeps its type where it is put.

The one place that decides it; ``~``, ``join`` and ``string`` ask here too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from jinja2.environment import TemplateModule
from jinja2.runtime import Undefined

from helmlite.engine.bounds import Meter
from helmlite.engine.exposed import Exposed
from helmlite.engine.failure import TemplateFailure
from helmlite.engine.missing import kind_of


def written(value: Any, meter: Meter) -> str:
    """Return the text of a value: text as it is, ``true``, ``null``, numbers, and flow YAML for lists and mappings.

    The text is counted. Raises TemplateFailure for what is no data (a function, a loop) and BoundExceeded.
    """
    if type(value) is str:
        text = value
    elif isinstance(value, str):
        text = str(value)
    elif value is None or isinstance(value, bool | int | float):
        text = _scalar(value)
    elif isinstance(value, Mapping | list | tuple | range):
        meter.charge_value(value)
        text = _flow(value)
    elif isinstance(value, Undefined):
        text = str(value)
    elif isinstance(value, Exposed) and value.written is not None:
        text = value.written
    elif isinstance(value, TemplateModule):
        pieces = [written(each[0], meter) if isinstance(each, tuple) else str(each) for each in value._body_stream]
        meter.charge_text(sum(map(len, pieces)))
        text = "".join(pieces)
    else:
        raise TemplateFailure(f"{kind_of(value)} cannot be printed", hint="Call it, or print one of its fields.")
    meter.charge_text(len(text))
    return text


def as_data(value: Any, meter: Meter, check: Callable[[str], object]) -> Any:
    """Return a value as plain data, counted, for a writer of YAML; ``check`` is called with each text of it.

    Raises TemplateFailure for what is no data, BoundExceeded.
    """
    meter.charge_text(meter.charge_value(value))
    return value if _is_data(value, check) else _data(value, check)


def _is_data(value: Any, check: Callable[[str], object]) -> bool:
    """Return whether a value is plain data as it is, as the values of a chart are."""
    kind = type(value)
    if kind is str:
        if not value.isascii():
            check(value)
        return True
    if kind is dict:
        return all(type(key) is str and _is_data(key, check) and _is_data(each, check) for key, each in value.items())
    if kind is list:
        return all(_is_data(each, check) for each in value)
    return value is None or kind in (bool, int, float)


def _data(value: Any, check: Callable[[str], object]) -> Any:
    if isinstance(value, Mapping):
        made = {_key(key): _data(item, check) for key, item in value.items()}
        if len(made) < len(value):
            raise TemplateFailure("two keys of a mapping are written alike")
        for key in made:
            check(key)
        return made
    if isinstance(value, list | tuple | range):
        return [_data(item, check) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Undefined | str):
        text = str(value)
    elif isinstance(value, Exposed) and value.written is not None:
        text = value.written
    elif isinstance(value, TemplateModule):
        raise TemplateFailure("an imported template cannot be printed", hint="Print one of its macros.")
    else:
        raise TemplateFailure(f"{kind_of(value)} cannot be printed", hint="Call it, or print one of its fields.")
    check(text)
    return text


def _scalar(value: float | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    return str(value)


def _flow(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)
    except (TypeError, ValueError):
        # a key or a number that JSON has no word for: YAML has one, or the message names it
        return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | range):
        return [_plain(item) for item in value]
    if value is None or type(value) is str or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _scalar(value)
    if isinstance(value, Undefined | str):
        return str(value)
    if isinstance(value, Exposed) and value.written is not None:
        return value.written
    raise TemplateFailure(f"{kind_of(value)} inside a list or mapping cannot be printed")


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    if key is None or isinstance(key, bool | int | float):
        return _scalar(key)
    raise TemplateFailure(f"{kind_of(key)} cannot be printed as the key of a mapping")
