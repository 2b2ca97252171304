"""The outermost ring: a process of its own for work on an untrusted chart, which the kernel can stop inside C.

Neither a signal's handler nor an exception thrown from a thread interrupts a comparison of nested lists or a power of
large integers; killing the process that does it does. So ``guarded`` forks, lets the child do the work within limits of
memory and time, and reads the result from a pipe. Nothing has been written anywhere by then, so nothing is lost. The
child never uses the parent's connection to the cluster: lookups travel over the pipe, and the parent answers them.
"""

from __future__ import annotations

import contextlib
import gc
import math
import os
import pickle
import select
import signal
import struct
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from helmlite.engine.bounds import size_text
from helmlite.engine.engine import Lookup, no_lookup
from helmlite.engine.limits import RenderBounds
from helmlite.errors import HelmliteError, Interrupted, RenderError

Job = TypeVar("Job")
T = TypeVar("T")

GRACE_SECONDS = 0.5
"""How long after its bound a child is killed: the counters inside give the better error, so they get to speak first."""

POLL_SECONDS = 0.1
"""How often the child's memory is looked at where the kernel does not limit it."""

GARBAGE_OBJECTS = 50_000
"""After how many new objects a child looks for garbage: some tens of MB, which one chart seldom makes."""

_HEAD = struct.Struct("!cQ")
_to_parent: int | None = None
_from_parent: int | None = None


class ChildTraceback(Exception):  # noqa: N818 - carries the text of a child's traceback as the cause of a bug's exception
    """Where a bug struck in the child."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


class Guard(Generic[Job, T]):
    """A child process that does ``work`` on one job after another, each within ``bounds``; close it when done.

    It starts at once and calls ``warm`` (imports, mostly) while the parent is busy with something else. ``work`` gets
    the job and loads, compiles, renders and parses one chart; jobs and results must be picklable. ``asks`` makes its
    lookups travel to the parent; without it the child answers them by itself. ``chart_name`` is for messages.
    """

    def __init__(
        self,
        work: Callable[[Job], T],
        *,
        bounds: RenderBounds,
        chart_name: str,
        warm: Callable[[], object] = lambda: None,
        asks: bool = True,
    ) -> None:
        down_read, self._down_write = os.pipe()
        self._up_read, up_write = os.pipe()
        self._bounds, self._chart_name = bounds, chart_name
        with warnings.catch_warnings():
            # Python warns of forks beside threads; the child runs the engine, which takes no locks of theirs
            warnings.simplefilter("ignore", DeprecationWarning)
            self._pid = os.fork()
        if self._pid == 0:
            os.close(self._down_write)
            os.close(self._up_read)
            _run_child(work, warm, bounds, down_read, up_write, asks=asks)
        os.close(down_read)
        os.close(up_write)

    def run(self, job: Job, *, lookup: Lookup = no_lookup) -> T:
        """Return what ``work(job)`` gives. It raises what ``work`` raises, and RenderError when a bound was passed.

        ``lookup`` answers the lookups of the chart's templates, in this process. After a bound was passed no other
        job can be done.
        """
        with contextlib.suppress(BrokenPipeError):
            _write(self._down_write, b"J", pickle.dumps(job))
        parent = _Parent(self._pid, self._up_read, self._down_write, self._bounds, self._chart_name, lookup)
        return parent.result()  # type: ignore[no-any-return]  # the child's pickle is of T

    def close(self) -> None:
        """End the child, whatever it is doing."""
        for each in (self._up_read, self._down_write):
            with contextlib.suppress(OSError):
                os.close(each)
        with contextlib.suppress(ChildProcessError):
            # one that was waited for already is gone, and its number may be another's
            if os.waitpid(self._pid, os.WNOHANG) == (0, 0):
                os.kill(self._pid, signal.SIGKILL)
                os.waitpid(self._pid, 0)

    def __enter__(self) -> Guard[Job, T]:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def guarded(render: Callable[[], T], *, bounds: RenderBounds, chart_name: str, lookup: Lookup | None = None) -> T:
    """Return what ``render()`` gives, worked out in a child process of its own; see Guard.

    ``lookup`` answers the lookups of the chart's templates, in this process; without it the child asks by itself.
    """

    def work(_job: None) -> T:
        return render()

    with Guard(work, bounds=bounds, chart_name=chart_name, asks=lookup is not None) as guard:
        return guard.run(None, lookup=lookup or no_lookup)


def lookup_from_here(lookup: Lookup) -> Lookup:
    """Return the function that looks objects up from this process: ``lookup`` itself, or in a child the parent's."""
    return lookup if _to_parent is None else _ask_parent


def _ask_parent(api_version: str, kind: str, namespace: str, name: str) -> Mapping[str, Any]:
    assert _to_parent is not None  # noqa: S101 - lookup_from_here gives this function only in a child
    assert _from_parent is not None  # noqa: S101 - set together with the other
    _write(_to_parent, b"L", pickle.dumps((api_version, kind, namespace, name)))
    head = _read(_from_parent, _HEAD.size)
    mark, size = _HEAD.unpack(head)
    answer = pickle.loads(_read(_from_parent, size))  # noqa: S301 - the parent wrote it
    if mark == b"E":
        raise _rebuilt(answer)
    return answer  # type: ignore[no-any-return]  # the parent's pickle of a lookup's answer


def _run_child(
    work: Callable[[Any], Any],
    warm: Callable[[], object],
    bounds: RenderBounds,
    down_read: int,
    up_write: int,
    *,
    asks: bool,
) -> None:
    """Do the jobs, write their results and leave without running the parent's clean-up."""
    global _to_parent, _from_parent
    code = 1
    try:
        _to_parent, _from_parent = (up_write, down_read) if asks else (None, None)
        for each in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(ValueError):
                signal.signal(each, signal.SIG_DFL)
        warm()
        collect_seldom()
        _limit(bounds)
        with contextlib.suppress(EOFError):
            while True:
                _, size = _HEAD.unpack(_read(down_read, _HEAD.size))
                job = pickle.loads(_read(down_read, size))  # noqa: S301 - the parent wrote it
                _limit_time(bounds)
                try:
                    payload = pickle.dumps(work(job))
                except BaseException as error:
                    _write(up_write, b"E", _packed(error))
                else:
                    _write(up_write, b"R", payload)
        code = 0
    finally:
        os._exit(code)


def collect_seldom() -> None:
    """Look for garbage seldom, and among what is made from now on only: modules never are, and are many."""
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS)


def _limit_time(bounds: RenderBounds) -> None:
    """Bound one job's time: a child whose parent was killed ends by itself, since nobody else would stop it."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = math.ceil(used.ru_utime + used.ru_stime + bounds.seconds + GRACE_SECONDS) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (seconds if hard < 0 else min(seconds, hard), hard))


def _limit(bounds: RenderBounds) -> None:
    import resource

    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - no path object is needed for this
            taken = int(file.read().split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = taken + bounds.memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (limit if hard < 0 else min(limit, hard), hard))


def _packed(error: BaseException) -> bytes:
    text = "".join(traceback.format_exception(error))
    try:
        return pickle.dumps((type(error), error.args, dict(error.__dict__), text))
    except Exception:
        return pickle.dumps((RuntimeError, (f"{type(error).__name__} in a guarded process",), {}, text))


def _rebuilt(packed: tuple[type[BaseException], tuple[Any, ...], dict[str, Any], str]) -> BaseException:
    kind, args, fields, text = packed
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(fields)
    if not isinstance(error, HelmliteError | KeyboardInterrupt | SystemExit):
        error.__cause__ = ChildTraceback(text)
    return error


def _write(file: int, mark: bytes, payload: bytes) -> None:
    left = memoryview(_HEAD.pack(mark, len(payload)) + payload)
    while left:
        left = left[os.write(file, left) :]


def _read(file: int, size: int) -> bytes:
    pieces = []
    while size:
        piece = os.read(file, min(size, 1 << 20))
        if not piece:
            raise EOFError
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


class _Parent:
    """The waiting side: reads the child's messages until the result, the deadline or the child's end."""

    def __init__(
        self, pid: int, up_read: int, down_write: int, bounds: RenderBounds, chart_name: str, lookup: Lookup
    ) -> None:
        self._pid = pid
        self._up_read = up_read
        self._down_write = down_write
        self._bounds = bounds
        self._chart_name = chart_name
        self._lookup = lookup
        self._deadline = time.monotonic() + bounds.seconds + GRACE_SECONDS
        self._looks_at_memory = sys.platform != "linux"

    def result(self) -> Any:
        while True:
            try:
                mark, size = _HEAD.unpack(self._receive(_HEAD.size))
                if size > self._bounds.memory_bytes:
                    raise self._stopped(f"its result is larger than {size_text(self._bounds.memory_bytes)}")
                payload = pickle.loads(self._receive(size))  # noqa: S301 - our own child wrote it
            except EOFError:
                raise self._ended() from None
            if mark == b"R":
                return payload
            if mark == b"E":
                error = _rebuilt(payload)
                if isinstance(error, MemoryError):
                    raise self._out_of_memory()
                raise error
            self._answer(payload)

    def _receive(self, size: int) -> bytes:
        pieces = []
        while size:
            self._wait()
            piece = os.read(self._up_read, min(size, 1 << 20))
            if not piece:
                raise EOFError
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def _wait(self) -> None:
        """Return when there is something to read; raises RenderError at a bound."""
        while True:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise self._stopped(f"it took more than {self._bounds.seconds:g} s")
            ready, _, _ = select.select(
                [self._up_read], [], [], min(left, POLL_SECONDS) if self._looks_at_memory else left
            )
            if ready:
                return
            if self._looks_at_memory and _resident_bytes(self._pid) > self._bounds.memory_bytes:
                raise self._out_of_memory()

    def _answer(self, asked: tuple[str, str, str, str]) -> None:
        started = time.monotonic()
        try:
            mark, payload = b"A", pickle.dumps(dict(self._lookup(*asked)))
        except HelmliteError as error:
            mark, payload = b"E", _packed(error)
        # the cluster's time is not the chart's
        self._deadline += time.monotonic() - started
        with contextlib.suppress(BrokenPipeError):
            _write(self._down_write, mark, payload)

    def _stopped(self, why: str) -> RenderError:
        return RenderError(
            f"rendering was stopped: {why}", path=self._chart_name, hint="The operator can raise this bound."
        )

    def _out_of_memory(self) -> RenderError:
        return self._stopped(f"it took more than {size_text(self._bounds.memory_bytes)} of memory")

    def _ended(self) -> RenderError:
        _, status = os.waitpid(self._pid, 0)
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number in (signal.SIGINT, signal.SIGTERM):
                raise Interrupted(f"interrupted while chart {self._chart_name} was rendered")
            if number == signal.SIGXCPU:
                return self._stopped(f"it took more than {self._bounds.seconds:g} s")
            return self._stopped(f"its process ended by {signal.Signals(number).name}")
        return self._out_of_memory()


def _resident_bytes(pid: int) -> int:
    """Return a process's memory where the kernel does not limit it (macOS); 0 when that is unknown."""
    import subprocess

    asked = subprocess.run(["/bin/ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603 - fixed words and a number
    return int(asked.stdout) * 1024 if asked.stdout.strip().isdigit() else 0
