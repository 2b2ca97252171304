"""When a lock counts as lost."""

from __future__ import annotations

from helmlite.action.configuration import Configuration
from helmlite.action.lock import Lock
from helmlite.manifest.identity import ReleaseId


def test_a_lock_that_is_not_renewed_in_time_is_lost() -> None:
    """Another may have taken it, whether or not a renewal that hangs ever comes back."""
    now = [100.0]
    configuration = Configuration(monotonic=lambda: now[0], lease_seconds=30)
    lock = Lock(configuration, ReleaseId(namespace="prod", name="shop"), timeout_seconds=1)
    assert not lock.lost
    lock.held = True
    now[0] = 129.9
    assert not lock.lost
    now[0] = 130.0
    assert lock.lost


def test_where_there_are_no_leases_nothing_is_lost() -> None:
    """Who could not take a lock cannot lose it."""
    now = [100.0]
    configuration = Configuration(monotonic=lambda: now[0], lease_seconds=30)
    lock = Lock(configuration, ReleaseId(namespace="prod", name="shop"), timeout_seconds=1)
    now[0] = 1000.0
    assert not lock.lost
