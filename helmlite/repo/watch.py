"""What somebody is told who waits for servers, and how to end that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def _untold(_text: str) -> None:
    """Do nothing with what is told."""


def _unseen(_url: str, _done: int, _total: int) -> None:
    """Do nothing with how a download gets on."""


def _go_on() -> None:
    """Let the wait go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Whom to tell. Every function may be called from several threads, and may raise to end what is done.

    ``warn`` is told what the user should look at, ``waiting`` why nothing comes for a while, ``detail`` every request.
    ``transferred`` has a URL as it may be shown, the bytes that came, and how many there are (0: unknown). ``check`` is
    called again and again while a server is awaited.
    """

    warn: Callable[[str], None] = _untold
    waiting: Callable[[str], None] = _untold
    detail: Callable[[str], None] = _untold
    transferred: Callable[[str, int, int], None] = _unseen
    check: Callable[[], None] = _go_on


UNWATCHED = Watch()
