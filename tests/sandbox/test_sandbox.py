"""A sandbox inside a process: ``with Sandbox() as sandbox``."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from helmlite.errors import SandboxError
from helmlite.sandbox import Sandbox
from helmlite.sandbox.faults import Fault
from tests.contract.api import Api

SETTINGS = "/api/v1/namespaces/default/configmaps"
CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Return a sandbox without a folder of its own."""
    with Sandbox() as made:
        yield made


def api_of(sandbox: Sandbox) -> Api:
    """Return a connection to a sandbox."""
    return Api.of(str(sandbox.kubeconfig))


def test_it_answers_in_the_block(sandbox: Sandbox) -> None:
    """Once the block is entered, clients can use it."""
    api_of(sandbox).get("/api/v1/namespaces/default").expect(200)


def test_url_and_token_are_the_kubeconfig_s(sandbox: Sandbox) -> None:
    """Who needs no kubeconfig gets along with these."""
    api = api_of(sandbox)
    assert (api.url, api.token) == (sandbox.url, sandbox.token)


def test_two_are_apart(sandbox: Sandbox) -> None:
    """Each has a port, a token and objects of its own."""
    api_of(sandbox).post(SETTINGS, CONFIG_MAP).expect(201)
    with Sandbox() as other:
        assert (sandbox.url, sandbox.token) != (other.url, other.token)
        api_of(other).get(f"{SETTINGS}/settings").expect(404)


def test_nothing_is_left_without_a_folder() -> None:
    """Its files go with the block."""
    with Sandbox() as sandbox:
        folder = sandbox.kubeconfig.parent
    assert not folder.exists()


def test_a_folder_keeps_objects_and_address(tmp_path: Path) -> None:
    """The next sandbox of the same folder has the same objects, port and token."""
    with Sandbox(tmp_path / "here") as first:
        api_of(first).post(SETTINGS, CONFIG_MAP).expect(201)
    with Sandbox(tmp_path / "here") as second:
        assert (first.url, first.token) == (second.url, second.token)
        api_of(second).get(f"{SETTINGS}/settings").expect(200)


def test_a_folder_is_served_once(tmp_path: Path) -> None:
    """A second sandbox does not spoil the first one's files."""
    with Sandbox(tmp_path / "here"), pytest.raises(SandboxError, match="already runs"):
        Sandbox(tmp_path / "here").start()


def test_a_store_that_is_none_is_an_error(tmp_path: Path) -> None:
    """A damaged store is named, with the verb that empties it."""
    with Sandbox(tmp_path / "here"):
        pass
    (tmp_path / "here" / "state.db").write_bytes(b"damaged" * 100)
    with pytest.raises(SandboxError, match=r"state\.db cannot be used") as caught:
        Sandbox(tmp_path / "here").start()
    assert "`helmlite sandbox reset` empties the sandbox" == caught.value.hint


def test_stopping_ends_watches() -> None:
    """Clients that watch do not hold it up."""
    with Sandbox() as sandbox, api_of(sandbox).watch("/api/v1/namespaces") as watch:
        watch.wait(1)
        sandbox.stop()
        assert watch.ended.wait(2)


def test_stopping_twice_does_nothing() -> None:
    """A block may be left after the sandbox was stopped."""
    with Sandbox() as sandbox:
        sandbox.stop()


def test_no_thread_is_left() -> None:
    """It ends whole."""
    before = set(threading.enumerate())
    with Sandbox():
        pass
    assert set() == set(threading.enumerate()) - before


def test_faults_can_be_ordered_from_the_start() -> None:
    """The very first requests can meet a fault."""
    with Sandbox(faults=[Fault(status=500)]) as sandbox:
        assert [500, 200] == [api_of(sandbox).get("/version").status for _ in range(2)]


def test_faults_can_be_ordered_and_taken_back(sandbox: Sandbox) -> None:
    """A test orders a fault when it needs it."""
    sandbox.fault(Fault(status=429, times=0))
    assert 429 == api_of(sandbox).get("/version").status
    sandbox.clear_faults()
    assert 200 == api_of(sandbox).get("/version").status


def test_it_runs_once(sandbox: Sandbox) -> None:
    """Starting what runs already is an error, and changes nothing."""
    with pytest.raises(SandboxError, match="already runs"):
        sandbox.start()
    assert sandbox.kubeconfig.exists()


def test_it_starts_again(tmp_path: Path) -> None:
    """What could not start, or was stopped, can be started again."""
    (tmp_path / "lock").touch()
    (tmp_path / "state.db").write_text("nonsense" * 1000)
    sandbox = Sandbox(tmp_path)
    with pytest.raises(SandboxError):
        sandbox.start()
    (tmp_path / "state.db").unlink()
    with sandbox:
        assert sandbox.kubeconfig.exists()
