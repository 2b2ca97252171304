"""Whether the contract suite sees what the sandbox does: each behaviour that is broken here makes a fact fail."""

from __future__ import annotations

import inspect
import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from helmlite.sandbox import Sandbox
from tests.contract.api import Answer, Api
from tests.contract.definitions import define, definition, spec_of, widget
from tests.contract.test_custom_objects import FIELDS
from tests.sandbox.switches import progress, reading, writing
from tests.sandbox.switches.switch import Switch

SWITCHES: Mapping[str, Switch] = {
    **writing.APPLYING,
    **writing.PATCHING,
    **writing.WRITING,
    **reading.WATCHING,
    **reading.LISTING,
    **reading.ALLOWING,
    **progress.ENDING,
    **progress.WORKING,
    **progress.PROVIDING,
    **progress.DEFINING,
}
"""All switches, by what is wrong when one is on."""
PACE = 0.1
SPARE_SECONDS = 0.3
"""How much longer than the whole fact took anything is waited for when it is broken."""
FAILURES = (AssertionError, KeyError)
"""How facts fail: what an answer holds is another, or is not there."""


def _within(server: Api) -> Api:
    """Return the server with a namespace that has all that it begins with."""
    name = f"fact-{uuid.uuid4().hex[:8]}"
    server.post("/api/v1/namespaces", {"metadata": {"name": name}}).expect(201)
    made = server.within(name)
    made.eventually(lambda: made.get(made.path("v1", "serviceaccounts", "default")).status == 200)
    return made


def _tried(api: Api) -> Callable[[Any], Answer]:
    crd = definition(spec_of(properties=FIELDS, required=["size"]))
    path = define(api, crd)
    return lambda spec: api.post(path, widget(crd, spec={"size": 1, **spec}), dryRun="All")


FIXTURES: Mapping[str, Callable[[Api], Any]] = {
    **dict.fromkeys(("api", "room"), lambda api: api),
    "defined": lambda api: lambda crd: define(api, crd),
    "tried": _tried,
}
"""What facts ask for, beside their parameters; nothing is cleaned up, for the sandbox goes with it."""


def _seconds(switch: Switch, api: Api) -> float:
    """Return how long a switch's fact takes; raises AssertionError when it is none."""
    began = time.monotonic()
    names = [each for each in inspect.signature(switch.fact).parameters if each not in switch.given]
    switch.fact(**{each: FIXTURES[each](api) for each in names}, **switch.given)
    return time.monotonic() - began


def _check_alive(api: Api) -> None:
    """Raise AssertionError unless the server does what has nothing to do with any fact."""
    api.get("/readyz").expect(200)
    made = api.post(api.path("v1", "configmaps"), {"metadata": {"name": f"alive-{uuid.uuid4().hex[:8]}"}})
    api.get(api.path("v1", "configmaps", made.expect(201)["metadata"]["name"])).expect(200)


@pytest.fixture(scope="module")
def ending() -> Iterator[ThreadPoolExecutor]:
    """Return what ends sandboxes one after another, for most of a switch's time would go by with that."""
    with ThreadPoolExecutor(max_workers=1) as made:
        yield made


@pytest.mark.parametrize("switch", SWITCHES.values(), ids=[each.replace(" ", "-") for each in SWITCHES])
def test_a_switch_makes_a_fact_fail(
    switch: Switch, ending: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A fact that holds fails when the behaviour that it states is broken, while the server goes on serving."""
    sandbox = Sandbox(pace=PACE).start()
    try:
        server = Api.of(str(sandbox.kubeconfig))
        first, second = _within(server), _within(server)
        seconds = _seconds(switch, first)
        ending.submit(lambda: None).result()  # the sandboxes before are gone: a switch is on for all of a process
        with monkeypatch.context() as patched:
            switch.turn(patched)
            with pytest.raises(FAILURES):
                _seconds(switch, replace(second, patience_seconds=seconds + SPARE_SECONDS))
            _check_alive(server.within("default"))
        server.pool.clear()
    finally:
        ending.submit(sandbox.stop)
    assert [] == [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]
