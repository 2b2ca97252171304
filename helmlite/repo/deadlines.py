"""Connections that keep to deadlines: no byte of an answer may come late, however slowly a server drips."""

from __future__ import annotations

import http.client
import io
import socket
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.util.wait import wait_for_read

LOOK_SECONDS = 0.2
"""How often is looked whether to go on, while nothing comes."""


class Deadline:
    """When a call must be over: ``seconds`` after it begins, and later by what has come at a fair rate.

    ``bytes_per_second`` is that rate; without one, nothing puts the end off.
    """

    def __init__(
        self, monotonic: Callable[[], float], seconds: float, *, bytes_per_second: float | None = None
    ) -> None:
        self._monotonic, self._begun = monotonic, monotonic()
        self._least, self._rate = seconds, bytes_per_second
        self._size = 0

    def came(self, size: int) -> None:
        """Note how many bytes have come by now, in all."""
        self._size = size

    @property
    def seconds(self) -> float:
        """Return how long the call may take in all, as far as bytes have come."""
        return self._least + (self._size / self._rate if self._rate else 0.0)

    @property
    def left(self) -> float:
        """Return the seconds that are left, none or fewer when it is over."""
        return self._begun + self.seconds - self._monotonic()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How a thread waits for what a server sends: ``check`` is called meanwhile, and may raise to end that."""

    deadline: Deadline
    read_seconds: float
    check: Callable[[], None]


WAITING: ContextVar[Waiting] = ContextVar("WAITING")
"""Of the request that this thread sends."""


class _TimedReads(io.RawIOBase):
    """A socket's bytes: a server that drips starts no clock anew."""

    def __init__(self, stream: io.RawIOBase, connection: socket.socket) -> None:
        self._stream, self._connection = stream, connection
        self._waiting = WAITING.get()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        deadline = self._waiting.deadline
        left = min(deadline.left, self._waiting.read_seconds)
        while True:
            self._waiting.check()
            if left <= 0 or deadline.left <= 0:
                raise TimeoutError
            # what TLS has unpacked already is not at the socket
            pending = getattr(self._connection, "pending", None)
            if (pending is not None and pending()) or wait_for_read(self._connection, min(left, LOOK_SECONDS)):
                break
            left -= LOOK_SECONDS
        self._connection.settimeout(left)
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """A response whose status line, headers and body are read within the deadline."""

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp = io.BufferedReader(_TimedReads(self.fp.detach(), sock))


class _Connection(urllib3.connection.HTTPConnection):
    response_class = _Response


class _SecureConnection(urllib3.connection.HTTPSConnection):
    response_class = _Response


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


POOLS = {"http": _Pool, "https": _SecurePool}
"""By scheme, what ``urllib3`` makes pools of connections of."""
