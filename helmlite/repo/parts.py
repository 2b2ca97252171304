"""An index by chart, so that a look-up reads one chart's part: a first line that says where each is, then the parts.

It is made of an index that was read, for the very file that is kept of it: of another one it is worth nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from helmlite import documents

if TYPE_CHECKING:
    from helmlite.repo.index import Index, IndexEntry

_FORM = 1


def parts_text(index: Index, mark: Sequence[int]) -> bytes:
    """Return the text of an index by chart; ``mark`` tells its file from later ones.

    It is about as long as the index's own text, where that is plain.
    """
    places: dict[str, tuple[int, int]] = {}
    pieces: list[bytes] = []
    at = 0
    for name, entries in index.entries.items():
        piece = documents.write_bulk([each.to_data() for each in entries]).encode()
        places[name] = (at, at + len(piece))
        at += len(piece)
        pieces.append(piece)
    head = json.dumps({"form": _FORM, "of": list(mark), "length": at, "charts": places}).encode()
    return b"".join((head, b"\n", *pieces))


class Parts:
    """An index by chart, of a text that may be anything: what is no such text is of no index."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._start = data.find(b"\n") + 1
        self._head: dict[str, Any] = {}
        with suppress(ValueError, RecursionError):
            head = json.loads(data[: self._start])
            if isinstance(head, dict) and head.get("form") == _FORM and isinstance(head.get("charts"), dict):
                self._head = head

    def are_of(self, mark: Sequence[int]) -> bool:
        """Return whether they were made of the file of this mark, and are whole."""
        return self._head.get("of") == list(mark) and self._head.get("length") == len(self.data) - self._start

    def entries(self, chart: str) -> Sequence[IndexEntry] | None:
        """Return the entries of a chart, newest first, none where it has none; None where its part is damaged."""
        from helmlite.repo.index import read_entries

        place = self._head["charts"].get(chart)
        if place is None:
            return ()
        try:
            return read_entries(chart, json.loads(self.data[self._start + place[0] : self._start + place[1]]))
        except (ValueError, TypeError, LookupError, RecursionError):
            return None
