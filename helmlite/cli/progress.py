"""Events as lines on standard error: all that matters into a log, one moving line besides on a terminal."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, TextIO

from helmlite.cli.failures import printable

if TYPE_CHECKING:
    from helmlite.action.events import Event

QUIET_SECONDS = 1.0
"""What is over sooner shows no progress."""
BAR = 24
"""Width of the bar of a download, in characters."""
_moving: set[Progress] = set()
"""Those whose moving line stands on the terminal now."""


class Progress:
    """A receiver of events that writes to ``stream``. Safe to call from several threads."""

    def __init__(self, stream: TextIO, *, color: bool, debug: bool = False) -> None:
        self._stream = stream
        self._color = color
        self._debug = debug
        self._moving = stream.isatty()
        self._started = time.monotonic()
        self._shown = False
        self._guard = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Show one event."""
        from helmlite.action import events

        with self._guard:
            match event:
                case events.Warned():
                    where = f"{event.source}: " if event.source and event.source not in ("chart", "namespace") else ""
                    self._line(f"{self._paint('33', 'Warning:')} {printable(where + event.text)}")
                case events.Note():
                    self._line(printable(event.text))
                case events.Waiting():
                    self._line(printable(event.text)) if not self._moving else self._move(event.text)
                case events.StepDone() if event.failure:
                    if self._debug:
                        self._line(f"failed: {event.text}")
                case events.StepStarted():
                    if self._debug:
                        self._line(f"start: {event.text}")
                    elif self._moving and time.monotonic() - self._started > QUIET_SECONDS:
                        self._move(event.text)
                case events.StepDone():
                    if self._debug:
                        self._line(f"done {event.done}/{event.total}: {event.text}")
                    elif self._moving and time.monotonic() - self._started > QUIET_SECONDS:
                        self._move(f"{event.done}/{event.total} {event.text}")
                case events.Changed():
                    if self._debug:
                        self._line(f"{event.id} {event.verb}")
                case events.Detail():
                    if self._debug:
                        self._line(printable(event.text))
                case events.Transferred():
                    if self._moving and time.monotonic() - self._started > QUIET_SECONDS:
                        self._move(transfer_text(event.url, event.done, event.total))
                case events.Recorded():
                    if self._debug:
                        self._line(f"release {event.release} revision {event.number}: {event.status}")

    def clear(self) -> None:
        """Take the moving line away, before anything else is printed."""
        with self._guard:
            self._wipe()

    def _wipe(self) -> None:
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._shown = False
            _moving.discard(self)

    def _line(self, text: str) -> None:
        self._wipe()
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def _move(self, text: str) -> None:
        self._stream.write(f"\r\x1b[K{printable(text.splitlines()[0][:100])}")
        self._stream.flush()
        self._shown = True
        _moving.add(self)

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._color else text


def clear_lines() -> None:
    """Take every moving line away: what is printed next, a result or an error, begins a line of its own."""
    for each in tuple(_moving):
        each.clear()


def transfer_text(url: str, done: int, total: int) -> str:
    """Return a line on a download: a bar where the size is known, the bytes that came, the file."""
    name = url.rpartition("/")[2] or url
    if not total:
        return f"{done / 1e6:.1f} MB {name}"
    filled = BAR * min(done, total) // total
    return f"[{'=' * filled}{' ' * (BAR - filled)}] {done / 1e6:.1f}/{total / 1e6:.1f} MB {name}"
