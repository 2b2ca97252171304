"""Steps in the order of their graph, several at once."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite.action.schedule import Schedule
from helmlite.errors import ClusterError, HelmliteError, Interrupted, LockedError
from helmlite.plan.plan import Barrier, Step


def step(name: str, *after: str) -> Step:
    """Return a step that does nothing by itself."""
    return Step(id=name, action=Barrier(), after=after)


def gone(
    steps: Sequence[Step],
    run: Callable[[Step], None],
    *,
    concurrency: int = 4,
    must_stop: Callable[[], HelmliteError | None] = lambda: None,
) -> list[HelmliteError]:
    """Return what failed."""
    return Schedule(steps, concurrency=concurrency, run=run, must_stop=must_stop).go()


@given(st.lists(st.lists(st.integers(min_value=0, max_value=20), max_size=4), max_size=20), st.integers(1, 5))
def test_every_step_runs_once_after_those_before_it(edges: list[list[int]], concurrency: int) -> None:
    """In any graph, however many threads there are."""
    steps = [step(str(number), *{str(each) for each in after if each < number}) for number, after in enumerate(edges)]
    ended: list[str] = []
    guard = threading.Lock()

    def run(each: Step) -> None:
        with guard:
            assert set(each.after) <= set(ended)
            ended.append(each.id)

    assert [] == gone(steps, run, concurrency=concurrency)
    assert sorted(each.id for each in steps) == sorted(ended)


def test_as_many_at_once_as_allowed_and_no_more() -> None:
    """Steps that do not wait for each other run side by side."""
    running, most, guard = 0, 0, threading.Lock()
    together = threading.Barrier(3, timeout=30)

    def run(_each: Step) -> None:
        nonlocal running, most
        with guard:
            running += 1
            most = max(most, running)
        together.wait()
        with guard:
            running -= 1

    assert [] == gone([step(str(number)) for number in range(9)], run, concurrency=3)
    assert 3 == most


def test_after_a_failure_nothing_new_begins() -> None:
    """What runs is finished; neither followers nor others are started."""
    begun = []

    def run(each: Step) -> None:
        begun.append(each.id)
        if each.id == "b":
            raise ClusterError("no room")

    failures = gone([step("a"), step("b", "a"), step("c", "b"), step("d", "c"), step("e", "b")], run)
    assert ["no room"] == [str(each) for each in failures]
    assert ["a", "b"] == begun
    begun.clear()
    many = [step("b"), *(step(str(number)) for number in range(50))]
    assert 1 == len(gone(many, run, concurrency=1))
    assert ["b"] == begun


def test_an_interrupt_comes_first() -> None:
    """What the user asked for matters more than what failed beside it."""
    together = threading.Barrier(2, timeout=30)

    def run(each: Step) -> None:
        together.wait()
        raise Interrupted("stopped") if each.id == "b" else ClusterError("no room")

    failures = gone([step("a"), step("b")], run)
    assert [Interrupted, ClusterError] == [type(each) for each in failures]


def test_nothing_begins_once_it_must_stop() -> None:
    """A lost lock, or Ctrl-C, is met before the next step, and ends the wait of idle threads too."""
    begun: list[str] = []

    def must_stop() -> HelmliteError | None:
        return LockedError("lost") if begun else None

    failures = gone([step("a"), step("b", "a")], lambda each: begun.append(each.id), must_stop=must_stop)
    assert ["lost"] == [str(each) for each in failures]
    assert ["a"] == begun


def test_a_bug_in_a_thread_is_raised() -> None:
    """It is not taken for a failure of the cluster, nor lost."""

    def run(_each: Step) -> None:
        raise KeyError("bug")

    with pytest.raises(KeyError, match="bug"):
        gone([step("a"), step("b", "a")], run)


def test_what_is_done_is_done() -> None:
    """A stop that comes during the last step is too late to make a failure of it."""
    stop = threading.Event()

    def run(each: Step) -> None:
        if each.id == "b":
            stop.set()

    assert [] == gone([step("a"), step("b", "a")], run, must_stop=lambda: Interrupted("x") if stop.is_set() else None)


def test_nothing_goes_on_behind_an_interrupted_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that calls us may be stopped by KeyboardInterrupt: what runs ends, the rest is left."""
    begun: list[str] = []
    going, freed = threading.Event(), threading.Event()
    join = threading.Thread.join
    interrupted: list[threading.Thread] = []

    def interrupted_join(thread: threading.Thread, timeout: float | None = None) -> None:
        if not interrupted and thread.name.startswith("helmlite-"):
            interrupted.append(thread)
            going.wait(30)
            freed.set()
            raise KeyboardInterrupt
        join(thread, timeout)

    def run(each: Step) -> None:
        begun.append(each.id)
        going.set()
        freed.wait(30)

    monkeypatch.setattr(threading.Thread, "join", interrupted_join)
    with pytest.raises(KeyboardInterrupt):
        gone([step(str(number), *([str(number - 1)] if number else [])) for number in range(20)], run, concurrency=1)
    assert 2 >= len(begun)
    assert not [each for each in threading.enumerate() if each.name.startswith("helmlite-") and each.is_alive()]


@pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="signals are handled in the main thread only"
)
def test_a_signal_is_heard_whichever_thread_it_came_to() -> None:
    """Its handler runs while the steps do: Ctrl-C while waiting for objects does not wait for their timeout."""
    heard = threading.Event()
    in_time = []

    def run(_each: Step) -> None:
        time.sleep(0.5)  # until the caller waits
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
        in_time.append(heard.wait(10))

    before = signal.signal(signal.SIGUSR1, lambda *_: heard.set())
    try:
        assert [] == gone([step("a")], run)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert [True] == in_time
