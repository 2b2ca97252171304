"""Requests that fail or lose their answer: an install gets over it, or fails clearly and can be gone on with."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from helmlite.errors import ClusterError
from helmlite.storage.secrets import SecretsDriver
from tests.live.ground import Ground, lasting_locks, undisturbed
from tests.live.snapshot import Snapshot, differences, snapshot
from tests.recording_proxy import Change, Moment, Order, RecordingProxy

pytestmark = [pytest.mark.cluster, pytest.mark.kubectl]

CASES_AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to a request, how often in a row, and whether an install must get over it wherever it strikes."""

    moment: Moment = Moment.BEFORE
    status: int = 0
    times: int = 1
    is_overcome: bool = False


FAULTS: Mapping[str, Fault] = {
    "too many requests": Fault(status=429, is_overcome=True),
    "internal error": Fault(status=500),
    "unavailable": Fault(status=503, is_overcome=True),
    "unavailable for good": Fault(status=503, times=99),
    "dropped before the write": Fault(is_overcome=True),
    "dropped after the write": Fault(moment=Moment.AFTER, is_overcome=True),
    "timed out after the write": Fault(moment=Moment.AFTER, status=504, is_overcome=True),
    "dropped for good": Fault(moment=Moment.AFTER, times=99),
}


def struck(ground: Ground, chart: str, change: Change, fault: Fault, expected: Snapshot, name: str) -> str:
    """Install with a fault at one request, then upgrade; return what is wrong, empty when nothing is."""
    namespace = ground.namespace(name)
    meant = replace(change, path=change.path.format(namespace))
    with RecordingProxy(ground.upstream, ground.folder / name) as proxy:
        proxy.orders.append(Order(at=meant, moment=fault.moment, status=fault.status, times=fault.times))
        with ground.start(str(proxy.kubeconfig), namespace, ("install", "web", chart)) as process:
            said, _ = process.communicate(timeout=120)
    try:
        assert proxy.disturbed, "nothing was disturbed"
        if process.returncode:
            assert not fault.is_overcome, f"it was not overcome:\n{said}"
            check_failure(ground, namespace, process.returncode, said, proxy.changes, meant)
            ground.run(namespace, ("upgrade", "--install", "web", chart), seconds=20)
        assert [] == lasting_locks(ground.cluster, namespace), "a lock is left for good"
    except (AssertionError, subprocess.TimeoutExpired, ClusterError) as error:
        return f"{change}: {error}"
    wrong = differences(expected, lambda: snapshot(ground.cluster, namespace))
    return f"{change}: (exit {process.returncode}){wrong}" if wrong else ""


def check_failure(
    ground: Ground, namespace: str, code: int, said: str, sent: Sequence[Change], struck_at: Change
) -> None:
    """Raise AssertionError unless an install failed clearly, and its record says so if that could be written."""
    assert 1 == code, f"exit {code}:\n{said}"
    lines = said.splitlines()
    assert 1 == sum(line.startswith("Error: ") for line in lines), f"not one error:\n{said}"
    assert not [each for each in ("Traceback", "Error(", "Disconnected(") if each in said], f"not for people:\n{said}"
    records = [each for each in SecretsDriver(ground.cluster).list(namespace) if each.id.name == "web"]
    statuses = [str(each.status) for each in records]
    is_record = "/secrets" in struck_at.path and "plain-" not in struck_at.path
    assert len(statuses) <= 1
    if not is_record and any(each.path.endswith("/secrets") for each in sent):
        assert ["failed"] == statuses, f"recorded as {statuses}:\n{said}"


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_an_install_gets_over_a_fault_or_fails_clearly(ground: Ground, charts: Path, fault: Fault) -> None:
    """Whichever changing request is struck: success as if undisturbed, or one error, and the next upgrade succeeds."""
    chart = str(charts / "plain")
    changes, expected = undisturbed(ground, (), ("install", "web", chart))
    with ThreadPoolExecutor(CASES_AT_ONCE) as pool:
        found = pool.map(
            lambda case: struck(ground, chart, case[1], fault, expected, f"case-{case[0]}"), enumerate(changes)
        )
    wrong = [each for each in found if each]
    assert not wrong, "\n".join(wrong)
