"""Watches: what the network's speed makes of them; what they tell is stated by tests/contract/test_watch.py."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from helmlite.sandbox import watches as watches_module
from helmlite.sandbox.forms import Form
from helmlite.sandbox.recorded import registry
from helmlite.sandbox.store import Store
from helmlite.sandbox.watches import Wanted, Watches


def put(store: Store, name: str) -> None:
    """Store a small object."""
    store.put("configmaps", {"metadata": {"namespace": "n", "name": name}})


def wanted(**more: Any) -> Wanted:
    """Return the wish for all ConfigMaps."""
    kind = registry().best("configmaps")
    return Wanted(kind=kind, namespace=None, matches=lambda _: True, form=Form(), bookmarks=True, **more)


async def told(store: Store, wish: Wanted, pause_seconds: float) -> list[tuple[str, str]]:
    """Return type and name of the first two events of a client that pauses once two more objects wait for it."""
    put(store, "a")
    events = Watches(store).events(wish, lambda: False)
    lines = [await anext(events)]
    put(store, "b")
    put(store, "c")
    await asyncio.sleep(pause_seconds)
    lines += [await anext(events), await anext(events), await anext(events)]
    await events.aclose()  # type: ignore[attr-defined]  # a generator has it
    found = [json.loads(line) for line in lines]
    return [(each["type"], each["object"]["metadata"].get("name", "")) for each in found]


def test_no_bookmark_overtakes_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bookmark that is due waits for the events that it speaks of."""
    monkeypatch.setattr(watches_module, "BOOKMARK_SECONDS", 0.02)
    store = Store()
    found = asyncio.run(told(store, wanted(), 0.05))
    assert [("ADDED", "a"), ("ADDED", "b"), ("ADDED", "c"), ("BOOKMARK", "")] == found
    store.close()
