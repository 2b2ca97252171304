"""Steps of a plan in the order of their graph, several at once."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from helmlite.errors import HelmliteError, Interrupted
from helmlite.plan.plan import Step

LOOK_SECONDS = 0.2
"""How often a thread with nothing to do looks whether all shall stop, and the caller's whether a signal came."""


def _wait_for(threads: Sequence[threading.Thread]) -> None:
    """Return once all threads that were started ended.

    Python runs a signal's handler in the main thread, which may be this one. A wait without an end does not hear of a
    signal that came to another thread, or just before it began.
    """
    for each in threads:
        while each.is_alive():
            each.join(LOOK_SECONDS)


class Schedule:
    """Runs each step once all steps before it succeeded; after the first failure starts nothing new.

    ``run`` does one step and raises HelmliteError when it fails; ``must_stop`` returns why nothing new may begin, None
    while it may. Each thread takes the next step by itself, so that none waits for another to hand it work.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        *,
        concurrency: int,
        run: Callable[[Step], None],
        must_stop: Callable[[], HelmliteError | None],
    ) -> None:
        self._steps = {step.id: step for step in steps}
        self._waiting_for = {step.id: set(step.after) for step in steps}
        self._followers: dict[str, list[str]] = {}
        for step in steps:
            for before in step.after:
                self._followers.setdefault(before, []).append(step.id)
        self._ready = deque(step.id for step in steps if not step.after)
        self._concurrency = concurrency
        self._run = run
        self._must_stop = must_stop
        self._running = 0
        self._changed = threading.Condition()
        self._failures: list[BaseException] = []

    def go(self) -> list[HelmliteError]:
        """Return what failed, in the order of time but that an interrupt comes first; empty when all succeeded."""
        threads = [
            threading.Thread(target=self._work, name=f"helmlite-{number}", daemon=True)
            for number in range(self._concurrency)
        ]
        try:
            for each in threads:
                each.start()
            _wait_for(threads)
        except BaseException as reason:
            # nothing goes on behind the back of a caller who was interrupted
            with self._changed:
                self._failures.append(reason)
                self._changed.notify_all()
            _wait_for(threads)
            raise
        failures: list[HelmliteError] = []
        for found in self._failures:
            if not isinstance(found, HelmliteError):
                raise found
            failures.append(found)
        return sorted(failures, key=lambda each: not isinstance(each, Interrupted))

    def _work(self) -> None:
        while (step := self._next()) is not None:
            try:
                self._run(step)
            except BaseException as error:  # a bug in a thread is raised in the caller's
                self._finish(step, error)
            else:
                self._finish(step, None)

    def _next(self) -> Step | None:
        """Return the next step to run, None when there is none left that may be run."""
        with self._changed:
            while True:
                if not (self._ready or self._running):
                    self._changed.notify_all()
                    return None
                if not self._failures and (stop := self._must_stop()) is not None:
                    self._failures.append(stop)
                if self._failures:
                    self._changed.notify_all()
                    return None
                if self._ready:
                    self._running += 1
                    return self._steps[self._ready.popleft()]
                self._changed.wait(LOOK_SECONDS)

    def _finish(self, step: Step, error: BaseException | None) -> None:
        with self._changed:
            self._running -= 1
            if error is not None:
                self._failures.append(error)
            freed = 0
            for each in self._followers.get(step.id, ()) if error is None else ():
                self._waiting_for[each].discard(step.id)
                if not self._waiting_for[each]:
                    self._ready.append(each)
                    freed += 1
            # this thread takes one of the freed steps itself
            if error is not None or freed > 1 or not (self._ready or self._running):
                self._changed.notify_all()
