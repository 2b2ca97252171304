"""What a sandbox's process that is killed leaves: all that was answered, and controllers that go on."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import urllib3

from helmlite.sandbox.service import Service
from tests.contract.api import Api
from tests.contract.running import template

MAPS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"
SETS = "/apis/apps/v1/namespaces/default/replicasets"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
COUNT, REPLICAS = 200, 40


class Killed:
    """A sandbox whose process can be killed, and started anew."""

    def __init__(self, folder: Path) -> None:
        self.service = Service(folder)
        self.start()
        self.api = Api.of(str(self.service.kubeconfig()))

    def start(self) -> bool:
        """Start it; return whether it did not run any longer."""
        return self.service.start(lambda text: None)

    def kill(self) -> None:
        """Kill its process, and start another."""
        pid = self.service.state().pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        self.api.eventually(self.start)

    def kill_during(self, work: Callable[[], None], when: Callable[[], bool]) -> None:
        """Kill it while something works on it, once a question is true."""
        thread = threading.Thread(target=work)
        thread.start()
        self.api.eventually(when)
        self.kill()
        thread.join()


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[Killed]:
    """Return a sandbox that runs; it is stopped afterwards."""
    made = Killed(tmp_path / "sandbox")
    yield made
    made.service.stop()


@pytest.fixture
def answered(killed: Killed) -> list[str]:
    """Return the names of the ConfigMaps of which a process said that they are created, before it was killed."""
    told: list[str] = []

    def create() -> None:
        for number in range(COUNT):
            name = f"map-{number:03}"
            try:
                killed.api.post(MAPS, {"metadata": {"name": name}, "data": {"text": "x" * 1000}}).expect(201)
            except urllib3.exceptions.HTTPError:
                return
            told.append(name)

    killed.kill_during(create, lambda: len(told) > COUNT // 4)
    return told


def test_what_was_answered_is_there(killed: Killed, answered: list[str]) -> None:
    """Every ConfigMap of which the process told is there, whole; at most one more was written without a word."""
    found = [each for each in killed.api.get(MAPS).expect(200)["items"] if "text" in each["data"]]
    assert len(answered) < COUNT
    assert answered == [each["metadata"]["name"] for each in found][: len(answered)]
    assert len(found) - len(answered) <= 1
    assert {"x" * 1000} == {each["data"]["text"] for each in found}


def test_a_watch_goes_on_after_it(killed: Killed) -> None:
    """Who has seen the events up to a resourceVersion gets those after it from the next process."""
    revision = killed.api.get(MAPS).expect(200)["metadata"]["resourceVersion"]
    killed.api.post(MAPS, {"metadata": {"name": "before"}}).expect(201)
    killed.kill()
    with killed.api.watch(MAPS, resourceVersion=revision) as watch:
        killed.api.post(MAPS, {"metadata": {"name": "after"}}).expect(201)
        watch.wait(2)
        assert [("ADDED", "before"), ("ADDED", "after")] == watch.named()


def test_a_rollout_goes_on_by_itself(killed: Killed) -> None:
    """A Deployment that was killed while its pods were made gets all of them, none twice."""
    body = {
        "metadata": {"name": "web"},
        "spec": {"replicas": REPLICAS, "selector": {"matchLabels": {"app": "web"}}, "template": template("web")},
    }
    killed.api.post(DEPLOYMENTS, body).expect(201)
    killed.kill()
    status = partial(killed.api.get, f"{DEPLOYMENTS}/web/status")
    killed.api.eventually(lambda: REPLICAS == status().expect(200)["status"].get("availableReplicas"))
    assert (REPLICAS, 1) == tuple(len(killed.api.get(path).expect(200)["items"]) for path in (PODS, SETS))


def test_a_delayed_pod_goes_on_by_itself(killed: Killed) -> None:
    """What waited for its time when the process was killed goes on waiting, and gets there."""
    body = template("web", after="1s")
    body["metadata"]["name"] = "web"
    killed.api.post(PODS, body).expect(201)
    killed.kill()
    killed.api.eventually(lambda: "Running" == killed.api.get(f"{PODS}/web").expect(200)["status"]["phase"])


def test_a_deletion_goes_on_by_itself(killed: Killed) -> None:
    """A namespace that was being deleted goes, with what it holds."""
    killed.api.post("/api/v1/namespaces", {"metadata": {"name": "going"}}).expect(201)
    inside = "/api/v1/namespaces/going/configmaps"
    for number in range(50):
        killed.api.post(inside, {"metadata": {"name": f"map-{number}"}}).expect(201)
    killed.api.delete("/api/v1/namespaces/going").expect(200)
    killed.kill()
    killed.api.eventually(lambda: 404 == killed.api.get("/api/v1/namespaces/going").status)
    assert [] == killed.api.get(inside).expect(200)["items"]
