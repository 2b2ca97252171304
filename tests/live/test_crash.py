"""A process killed at any changing request: the next command ends where an undisturbed one would have."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from helmlite.errors import ClusterError
from tests.live.ground import Ground, lasting_locks, undisturbed
from tests.live.snapshot import Snapshot, differences, snapshot
from tests.recording_proxy import Change, Moment, Order, RecordingProxy

pytestmark = [pytest.mark.cluster, pytest.mark.kubectl]

ADDED = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "plain-added"}, "data": {"since": "2.0.0"}}
CASES_AT_ONCE = 4
NEXT_MUST_END_SECONDS = 20
"""Far less than a Lease lasts: a dead process's lock is taken over at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """A command that is disturbed: what must be there before it, and what is run after it was killed."""

    name: str
    before: Sequence[Sequence[str]]
    words: Sequence[str]
    again: Sequence[str]


@pytest.fixture
def verb(request: pytest.FixtureRequest, charts: Path, tmp_path: Path) -> Verb:
    """Return the command that the test names: its second version adds, changes and removes an object each."""
    first, second = str(charts / "plain"), tmp_path / "plain"
    shutil.copytree(charts / "plain", second)
    chart, settings = second / "Chart.yaml", second / "templates" / "configmap.yaml"
    chart.write_text(chart.read_text().replace("version: 1.0.0", "version: 2.0.0"))
    settings.write_text(settings.read_text().replace("LOG_LEVEL: info", "LOG_LEVEL: debug") + f"---\n{ADDED!r}\n")
    web = second / "templates" / "web.yaml"
    web.write_text(web.read_text().rpartition("---\n")[0])
    install = ("upgrade", "--install", "web", first)
    upgrade = ("upgrade", "--install", "web", str(second))
    uninstall = ("uninstall", "web")
    verbs = {
        "install": Verb(name="install", before=(), words=("install", "web", first), again=install),
        "upgrade": Verb(name="upgrade", before=(install,), words=("upgrade", "web", str(second)), again=upgrade),
        "uninstall": Verb(
            name="uninstall",
            before=(install, upgrade),
            words=uninstall,
            again=(*uninstall, "--ignore-not-found"),
        ),
    }
    return verbs[request.param]


def killed(ground: Ground, verb: Verb, change: Change, moment: Moment, expected: Snapshot, name: str) -> str:
    """Kill a verb at one request, run the next command; return what is wrong then, empty when nothing is."""
    namespace = ground.namespace(name)
    try:
        for each in verb.before:
            ground.run(namespace, each)
        meant = replace(change, path=change.path.format(namespace))
        with RecordingProxy(ground.upstream, ground.folder / name) as proxy:
            process: list[subprocess.Popen[str]] = []

            def kill() -> None:
                process[0].kill()
                process[0].wait()

            proxy.orders.append(Order(at=meant, moment=moment, then=kill))
            with ground.start(str(proxy.kubeconfig), namespace, verb.words) as started:
                process.append(started)
                said, _ = started.communicate(timeout=60)
        assert -9 == started.returncode, f"it was not killed but exited {started.returncode}:\n{said}"
        ground.run(namespace, verb.again, seconds=NEXT_MUST_END_SECONDS)
        assert [] == lasting_locks(ground.cluster, namespace), "a lock is left for good"
    except (AssertionError, subprocess.TimeoutExpired, ClusterError) as error:
        return f"killed {moment} {change}: {error}"
    wrong = differences(expected, lambda: snapshot(ground.cluster, namespace))
    return f"killed {moment} {change}:{wrong}" if wrong else ""


@pytest.mark.parametrize("verb", ["install", "upgrade", "uninstall"], indirect=True, ids=str)
def test_the_next_command_ends_as_if_nothing_had_been_killed(ground: Ground, verb: Verb) -> None:
    """Killed before or after any changing request, a verb run again leaves what the undisturbed run leaves."""
    changes, expected = undisturbed(ground, verb.before, verb.words)
    cases = [(change, moment) for change in changes for moment in Moment]
    assert len(cases) >= 10
    with ThreadPoolExecutor(CASES_AT_ONCE) as pool:
        found = pool.map(
            lambda case: killed(ground, verb, case[1][0], case[1][1], expected, f"case-{case[0]}"), enumerate(cases)
        )
    wrong = [each for each in found if each]
    assert not wrong, "\n".join(wrong)
