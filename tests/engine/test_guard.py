"""The child process: results, errors, bounds and lookups cross the pipe."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import time
from collections.abc import Mapping
from typing import Any

import pytest

from helmlite.engine.guard import ChildTraceback, guarded, lookup_from_here
from helmlite.engine.limits import RenderBounds
from helmlite.errors import ForbiddenError, ReleaseError, RenderError

BOUNDS = RenderBounds(seconds=0.3, memory_bytes=128 << 20)


def run(work: Any, **more: Any) -> Any:
    """Return what ``work`` gives under the guard."""
    return guarded(work, bounds=more.pop("bounds", BOUNDS), chart_name="shop", **more)


def test_a_result_comes_back() -> None:
    """What the child worked out is what the caller gets."""
    assert {"a": [1, None]} == run(lambda: {"a": [1, None]})


def test_a_large_result_comes_back() -> None:
    """A result larger than a pipe's buffer arrives whole."""
    assert "x" * 5_000_000 == run(lambda: "x" * 5_000_000)


def test_the_work_is_done_elsewhere() -> None:
    """The child is another process."""
    assert os.getpid() != run(os.getpid)


def test_an_error_of_ours_keeps_its_fields() -> None:
    """A RenderError crosses with path, line, excerpt, chain and hint."""

    def fail() -> None:
        raise RenderError("bad", path="shop/a", line=2, excerpt=[(2, "x")], chain=["shop/b:1"], hint="try")

    with pytest.raises(RenderError) as caught:
        run(fail)
    error = caught.value
    assert ("shop/a", 2, ((2, "x"),), ("shop/b:1",), "try") == (
        error.path,
        error.line,
        error.excerpt,
        error.chain,
        error.hint,
    )
    assert str(error).startswith("shop/a:2: bad\n")


def test_a_bug_shows_where_it_struck() -> None:
    """Another exception keeps its type, with the child's traceback as its cause."""

    def broken() -> None:
        raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError, match="a bug") as caught:
        run(broken)
    assert isinstance(caught.value.__cause__, ChildTraceback)
    assert "in broken" in str(caught.value.__cause__)


def endless() -> None:
    """Never return."""
    while True:
        pass


NESTED: list[Any] = ["x"]
OTHER: list[Any] = ["x"]
for _ in range(60):
    NESTED = [NESTED, NESTED]
    OTHER = [OTHER, OTHER]


@pytest.mark.parametrize(
    "work",
    [endless, lambda: 10**100_000_000, lambda: NESTED == OTHER, lambda: time.sleep(9)],
    ids=["a loop in Python", "a power in C", "a comparison in C", "a sleep"],
)
def test_time_is_bounded(work: Any) -> None:
    """Work that takes too long is stopped inside C too, with an error that names the chart."""
    started = time.monotonic()
    with pytest.raises(RenderError, match=r"^shop: rendering was stopped: it took more than 0.3 s$"):
        run(work)
    assert time.monotonic() - started < 2.5


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory is looked at from time to time")
@pytest.mark.parametrize(
    "work",
    [lambda: "x" * (1 << 40), lambda: ["y" * 5_000_000 + str(n) for n in range(1000)]],
    ids=["one string", "many strings"],
)
def test_memory_is_bounded(work: Any) -> None:
    """Work that takes too much memory ends in an error that names the chart."""
    with pytest.raises(RenderError, match=r"^shop: rendering was stopped: it took more than 128 MiB of memory$"):
        run(work, bounds=RenderBounds(seconds=10, memory_bytes=128 << 20))


def test_a_crash_is_an_error() -> None:
    """A child that a signal ends is an error, not an end of the caller."""

    def crash() -> None:
        faulthandler.disable()  # pytest's, which would write the crash among the results
        os.kill(os.getpid(), signal.SIGSEGV)

    with pytest.raises(RenderError, match="its process ended by SIGSEGV"):
        run(crash)


def test_a_silent_exit_is_an_error() -> None:
    """A child that leaves without a result is an error."""
    with pytest.raises(RenderError, match="rendering was stopped"):
        run(lambda: os._exit(3))


def test_no_child_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left behind, however the work ended."""
    fork, children = os.fork, []

    def noted() -> int:
        children.append(fork())
        return children[-1]

    monkeypatch.setattr(os, "fork", noted)
    with pytest.raises(RenderError):
        run(endless)
    run(lambda: 1)
    assert 2 == len(children)
    for each in children:
        with pytest.raises(ChildProcessError):
            os.waitpid(each, os.WNOHANG)


def test_lookups_are_answered_by_the_parent() -> None:
    """A lookup in the child runs in the process that holds the connection."""
    asked: list[tuple[Any, ...]] = []

    def lookup(*names: str) -> Mapping[str, Any]:
        asked.append((os.getpid(), *names))
        return {"found": names[-1]}

    def work() -> Any:
        ask = lookup_from_here(lookup)
        return [ask("v1", "Secret", "prod", "a"), ask("v1", "Secret", "prod", "b")]

    assert [{"found": "a"}, {"found": "b"}] == run(work, lookup=lookup)
    assert [(os.getpid(), "v1", "Secret", "prod", "a"), (os.getpid(), "v1", "Secret", "prod", "b")] == asked


def test_a_refused_lookup_is_the_childs_error() -> None:
    """The cluster's no reaches the template, and comes back as the same kind of error."""

    def refused(*names: str) -> Mapping[str, Any]:
        raise ForbiddenError("secrets are forbidden", status=403, reason="Forbidden")

    def work() -> Any:
        try:
            return lookup_from_here(refused)("v1", "Secret", "", "")
        except ForbiddenError as error:
            raise error.located("shop/a.j2:3") from None

    with pytest.raises(ForbiddenError, match=r"^shop/a\.j2:3: secrets are forbidden$") as caught:
        run(work, lookup=refused)
    assert 403 == caught.value.status


def test_a_slow_lookup_is_not_the_charts_fault() -> None:
    """The time that the cluster takes is not counted."""

    def slow(*names: str) -> Mapping[str, Any]:
        time.sleep(1.2)
        return {}

    assert {} == run(lambda: lookup_from_here(slow)("v1", "Pod", "", ""), lookup=slow)


def test_without_a_guard_a_lookup_is_itself() -> None:
    """In the calling process the function is used as it is."""

    def lookup(*names: str) -> Mapping[str, Any]:
        return {}

    assert lookup is lookup_from_here(lookup)


def test_errors_without_fields_of_their_own_cross_too() -> None:
    """Every family of error keeps its type."""

    def fail() -> None:
        raise ReleaseError("no", hint="yes")

    with pytest.raises(ReleaseError, match=r"^no$") as caught:
        run(fail)
    assert "yes" == caught.value.hint
