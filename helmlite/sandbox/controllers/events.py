"""Events: forgotten an hour after they came first, for the store to have an end (a server counts from the last)."""

from __future__ import annotations

from collections.abc import Sequence

from helmlite.sandbox.controllers.controller import Client, Controller, itself
from helmlite.sandbox.controllers.workloads import each_of
from helmlite.sandbox.objects import Obj

EVENTS = "events"
SECONDS = 3600.0


def _forget(client: Client, event: Obj) -> None:
    metadata = event["metadata"]
    key = (EVENTS, metadata["namespace"], metadata["name"])
    if client.waited(SECONDS, metadata["creationTimestamp"], *key, paced=False):
        client.delete(*key)


CONTROLLERS: Sequence[Controller] = (
    Controller(name="events", watches={EVENTS: itself}, reconcile=each_of(EVENTS, _forget)),
)
