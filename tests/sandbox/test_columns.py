"""What the columns of kinds show."""

from __future__ import annotations

from typing import Any

import pytest

from helmlite.sandbox.columns import columns_of, duration


def shown(resource: str, name: str, **fields: Any) -> Any:
    """Return what a column shows of an object."""
    column = next(each for each in columns_of(resource) if each.name == name)
    return column.cell({"metadata": {"name": "a"}, **fields})


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (119, "119s"), (200, "3m20s"), (3600, "60m"), (5 * 3600, "5h"), (50 * 3600, "2d2h"), (9e5, "10d")],
)
def test_durations(seconds: float, text: str) -> None:
    """A duration is shown by its largest units."""
    assert text == duration(seconds)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ({"phase": "Running", "containerStatuses": [{"state": {"running": {}}}]}, "Running"),
        ({"phase": "Pending", "reason": "Evicted"}, "Evicted"),
        ({"containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff"}}}]}, "ImagePullBackOff"),
        ({"containerStatuses": [{"state": {"terminated": {"reason": "OOMKilled"}}}]}, "OOMKilled"),
        ({"initContainerStatuses": [{"state": {"running": {}}}]}, "Init:0/2"),
        ({"initContainerStatuses": [{"state": {"terminated": {"exitCode": 1, "reason": "Error"}}}]}, "Init:Error"),
    ],
)
def test_status_of_a_pod(status: Any, text: str) -> None:
    """A pod's status is why a container waits or ended, else its phase."""
    assert text == shown("pods", "Status", spec={"initContainers": [{}, {}]}, status=status)


def test_nothing_is_shown_as_the_table_says() -> None:
    """Where there is nothing, what the table names is shown."""
    assert "<none>" == shown("pods", "Node")


def test_restarts_tell_when() -> None:
    """Restarts are counted, and the last of them is told."""
    ended = {"terminated": {"finishedAt": "2020-01-01T00:00:00Z"}}
    status = {"containerStatuses": [{"restartCount": 2, "lastState": ended}, {"restartCount": 1}]}
    assert shown("pods", "Restarts", status=status).startswith("3 (")


@pytest.mark.parametrize("resource", ["pods", "events", "jobs.batch", "horizontalpodautoscalers.autoscaling"])
def test_every_column_shows_an_object_of_nothing(resource: str) -> None:
    """A column shows something of an object that has only its metadata."""
    assert all(column.cell({"metadata": {"name": "a"}}) is not None for column in columns_of(resource))
