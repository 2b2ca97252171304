"""The counters of one rendering: time, text, items and nesting, each against its bound."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any

from helmlite.engine.failure import TemplateFailure
from helmlite.engine.limits import RenderBounds

NESTING_LIMIT = 200
"""Levels of lists and mappings that a value may have where it is printed, compared or copied."""

ITEM_BYTES = 64
"""What one list item or mapping entry is taken to cost in memory."""

RANGE_ITEM_CHARS = 8
"""What one number of a range is taken to have in characters, with its separator."""

NUMBER_DIGITS = 4300
"""Digits that an integer may have: Python's own limit for printing one."""

# what is asked of every value: plain types first, since asking whether something is a Mapping takes ten times as long
_LEAVES = frozenset({str, int, float, bool, type(None)})
_MAPPINGS = (dict, Mapping)
_COLLECTIONS = (list, tuple, dict, set, frozenset, range, Mapping)


class BoundExceeded(TemplateFailure):
    """A template wants more than its bound; ``what`` names the thing, ``limit`` the bound with its unit.

    ``fixed`` says that the bound is no field of RenderBounds, so that nobody can raise it.
    """

    def __init__(self, what: str, limit: str, *, fixed: bool = False) -> None:
        hint = None if fixed else "The operator can raise this bound."
        super().__init__(f"{what}: more than the bound of {limit}", hint=hint)
        self.what = what
        self.limit = limit


def size_text(n_bytes: int) -> str:
    """Return a size for people: ``16 MiB``, ``2 KiB``, ``17 bytes``."""
    for power, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if n_bytes >= 1 << power:
            return f"{n_bytes / (1 << power):.4g} {unit}"
    return f"{n_bytes} bytes"


class Meter:
    """Counts what one rendering takes; every method raises BoundExceeded when its bound is passed.

    A function that takes a size, or whose result can be larger than its arguments, calls ``charge_text`` or
    ``charge_items`` *before* it makes the result. One that walks a whole value (prints, compares, copies it) calls
    ``charge_value`` first, since lists that share lists expand without measure.
    """

    def __init__(self, bounds: RenderBounds, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.bounds = bounds
        self._clock = clock
        self._deadline = clock() + bounds.seconds
        self._ticks = 0
        self._text = 0
        self._items = 0
        self._output = 0

    def tick(self) -> None:
        """Count one step (a loop's turn, a call); looks at the clock every 64th time."""
        self._ticks += 1
        if not self._ticks & 63:
            self.check_time()

    def check_time(self) -> None:
        """Look at the clock now."""
        if self._clock() > self._deadline:
            raise BoundExceeded("rendering takes too long", f"{self.bounds.seconds:g} s")

    def check_size(self, n_bytes: int) -> None:
        """Check that one string of ``n_bytes`` may exist, without counting it."""
        if n_bytes > self.bounds.string_bytes:
            raise BoundExceeded("a string is too large", size_text(self.bounds.string_bytes))

    def charge_text(self, n_chars: int) -> None:
        """Count a string of ``n_chars`` that is about to be made, and check its size and the sum of all so far."""
        bounds = self.bounds
        if n_chars > bounds.string_bytes:
            self.check_size(n_chars)
        if n_chars > 0:
            self._text += n_chars
            if self._text > bounds.memory_bytes:
                raise BoundExceeded("the strings made are too large together", size_text(bounds.memory_bytes))
        self._ticks += 1
        if n_chars > 4096 or not self._ticks & 63:
            self.check_time()

    def charge_items(self, n: int) -> None:
        """Count ``n`` items that are about to be put into one list, mapping or range."""
        if n > self.bounds.range_items:
            raise BoundExceeded("too many items", f"{self.bounds.range_items:,} items")
        self._items += max(n, 0)
        if self._items > self.bounds.memory_bytes // ITEM_BYTES:
            limit = self.bounds.memory_bytes // ITEM_BYTES
            raise BoundExceeded("too many items are made in all", f"{limit:,} items")
        self._ticks += 1
        if n > 1024 or not self._ticks & 63:
            self.check_time()

    def charge_output(self, n_chars: int) -> None:
        """Count ``n_chars`` of a template's output."""
        self._output += n_chars
        if self._output > self.bounds.output_bytes:
            raise BoundExceeded("the output is too large", size_text(self.bounds.output_bytes))
        self._ticks += 1
        if not self._ticks & 63:
            self.check_time()

    def charge_value(self, value: Any) -> int:
        """Return about how many characters ``value`` has when it is written out, after checking that it may be.

        Lists and mappings count as often as they are reached, though each is looked at once: nested lists that share
        their items are small in memory and endless on paper.
        """
        if isinstance(value, str):
            size = len(value)
            self.check_size(size)
            return size
        if type(value) in _LEAVES or not isinstance(value, _COLLECTIONS):
            return 1 if not isinstance(value, int) else 1 + value.bit_length() // 3
        size = self._expanded(value, {}, NESTING_LIMIT)
        self.check_time()
        return size

    def charge_key(self, key: Any) -> Any:
        """Return ``key`` after checking that it may be looked up: hashing tuples that share tuples has no measure."""
        if isinstance(key, tuple):
            self.charge_value(key)
        return key

    def _expanded(self, value: Any, seen: dict[int, int], levels: int) -> int:
        known = seen.get(id(value))
        if known is not None:
            return known
        if levels == 0:
            raise BoundExceeded("a value is nested too deeply", f"{NESTING_LIMIT} levels", fixed=True)
        total = 2
        if isinstance(value, range):
            return total + len(value) * RANGE_ITEM_CHARS
        parts: Iterable[Any] = chain.from_iterable(value.items()) if isinstance(value, _MAPPINGS) else value
        for part in parts:
            self.tick()
            if isinstance(part, str):
                total += len(part) + 4
            elif isinstance(part, int):
                total += part.bit_length() // 3 + 4
            elif type(part) not in _LEAVES and isinstance(part, _COLLECTIONS):
                total += self._expanded(part, seen, levels - 1) + 2
            else:
                total += 4
            if total > self.bounds.string_bytes:
                raise BoundExceeded("a value is too large when written out", size_text(self.bounds.string_bytes))
        seen[id(value)] = total
        return total
