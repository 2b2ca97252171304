"""The server over HTTP: who gets in, faults to order, what it does not do."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from helmlite.sandbox import Sandbox
from helmlite.sandbox.faults import Fault
from tests.contract.api import Api

MAPS = "/api/v1/namespaces/default/configmaps"
FAULTS = "/sandbox/faults"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Return a sandbox for all tests of this module."""
    with Sandbox() as made:
        yield made


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[Api]:
    """Return a connection to it; faults and ConfigMaps that a test leaves are cleared."""
    made = Api.of(str(sandbox.kubeconfig))
    yield made
    sandbox.clear_faults()
    made.delete(MAPS, labelSelector="made=here")


def config_map(name: str) -> dict[str, Any]:
    """Return a small ConfigMap."""
    return {"metadata": {"name": name, "labels": {"made": "here"}}}


@pytest.mark.parametrize(
    "path", ["/", "/api", "/apis", MAPS, "/openapi/v3", FAULTS, "/metrics", "/healthz/ping", "/version/x/../../api"]
)
def test_nothing_is_told_without_the_token(api: Api, path: str) -> None:
    """Every path but version and health answers 401 to who has no token, or a wrong one."""
    assert (401, 401) == (api.with_token("").get(path).status, api.with_token("wrong").get(path).status)


def test_it_listens_on_loopback_alone(sandbox: Sandbox) -> None:
    """No other address of the machine is listened on."""
    port = int(sandbox.url.rpartition(":")[2])
    with socket.socket() as other:
        other.bind(("127.0.0.2", port))  # fails where all addresses are taken


@pytest.mark.parametrize(
    ("status", "reason"), [(429, "TooManyRequests"), (500, "InternalError"), (503, "ServiceUnavailable")]
)
def test_a_fault_answers_in_place_of_the_server(api: Api, sandbox: Sandbox, status: int, reason: str) -> None:
    """The N-th request is refused, and nothing carried out; those before and after it are served."""
    sandbox.fault(Fault(pattern=f"POST {MAPS}", status=status, nth=2))
    found = [api.post(MAPS, config_map(name)) for name in ("a", "b", "c")]
    assert [201, status, 201] == [each.status for each in found]
    assert reason == found[1].body["reason"]
    api.get(f"{MAPS}/b").expect(404)


def test_a_fault_says_when_to_come_again(api: Api, sandbox: Sandbox) -> None:
    """A 429 may bear Retry-After."""
    sandbox.fault(Fault(pattern=f"GET {MAPS}", status=429, retry_after=3))
    answer = api.get(MAPS)
    assert (429, "3") == (answer.status, answer.headers["retry-after"])


@pytest.mark.parametrize(("action", "expected"), [("drop", 404), ("drop-after", 200)])
def test_a_connection_is_dropped(api: Api, sandbox: Sandbox, action: str, expected: int) -> None:
    """A connection is dropped before a write is carried out, or after."""
    sandbox.fault(Fault(pattern=f"POST {MAPS}", action=action))
    with pytest.raises(urllib3.exceptions.HTTPError):
        api.post(MAPS, config_map("a"))
    assert expected == api.get(f"{MAPS}/a").status


def test_an_answer_is_delayed(api: Api, sandbox: Sandbox) -> None:
    """A delayed request is carried out after its delay."""
    sandbox.fault(Fault(pattern=f"GET {MAPS}", action="delay", seconds=0.3))
    began = time.monotonic()
    api.get(MAPS).expect(200)
    assert time.monotonic() - began >= 0.3


def test_faults_are_ordered_over_http(api: Api) -> None:
    """A POST orders a fault, a DELETE clears all."""
    api.post(FAULTS, {"pattern": f"GET {MAPS}", "times": 0}).expect(201)
    assert [503, 503] == [api.get(MAPS).status, api.get(MAPS).status]
    api.delete(FAULTS).expect(200)
    api.get(MAPS).expect(200)


@pytest.mark.parametrize("order", [[], {"status": 200}, {"what": 1}, "x"], ids=repr)
def test_a_bad_order_is_refused(api: Api, order: Any) -> None:
    """What is no fault is 400."""
    assert 400 == api.request("POST", FAULTS, order).status


def test_a_body_has_a_limit(api: Api) -> None:
    """A body of more than 16 MiB is 413."""
    assert 413 == api.request("POST", MAPS, b" " * ((16 << 20) + 1)).status


@pytest.mark.parametrize("below", ["exec", "attach", "portforward", "proxy"])
def test_no_containers_run(api: Api, below: str) -> None:
    """What would need a running container says that there is none."""
    refused = api.post(f"/api/v1/namespaces/default/pods/none/{below}", None)
    assert (501, True) == (refused.status, "runs no containers" in refused.message)


def test_stopping_ends_watches() -> None:
    """A watch that is open does not keep a sandbox from stopping."""
    with Sandbox() as other:
        api = Api.of(str(other.kubeconfig))
        with api.watch(MAPS) as watch:
            watch.wait(0)
            other.stop()
            assert watch.ended.wait(5)
