"""The store: what it keeps, and for how long."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helmlite.sandbox import store as store_module
from helmlite.sandbox.status import StatusError
from helmlite.sandbox.store import HISTORY, Change, ExpiredError, Store

WRITER = """
import sys
from pathlib import Path
from helmlite.sandbox.store import Store
store = Store(Path(sys.argv[1]))
for number in range(1_000_000):
    store.put("configmaps", {"metadata": {"namespace": "n", "name": f"m{number}"}, "data": {"k": "v" * 500}})
    print(number, flush=True)
"""


def config_map(name: str, namespace: str = "n", **data: str) -> dict[str, Any]:
    """Return a small object."""
    return {"metadata": {"namespace": namespace, "name": name}, "data": data}


@pytest.fixture
def store() -> Iterator[Store]:
    """Return an empty store."""
    made = Store()
    yield made
    made.close()


def names(store: Store, namespace: str | None = None) -> list[str]:
    """Return the names of the store's ConfigMaps."""
    return [each["metadata"]["name"] for each in store.list("configmaps", namespace)]


def test_what_is_put_is_there(store: Store) -> None:
    """An object can be read under its key."""
    store.put("configmaps", config_map("a", k="v"))
    found = store.get("configmaps", "n", "a")
    assert found is not None
    assert {"k": "v"} == found["data"]


def test_every_write_has_the_next_number(store: Store) -> None:
    """The resourceVersion of each write is one more than that of the write before."""
    versions = [store.put("configmaps", config_map(name))["metadata"]["resourceVersion"] for name in "aba"]
    first = int(versions[0])
    assert [str(first), str(first + 1), str(first + 2)] == versions


def test_lists_are_by_namespace_and_name(store: Store) -> None:
    """A list is in order, and of one namespace or of all."""
    for namespace, name in (("z", "a"), ("b", "y"), ("b", "x")):
        store.put("configmaps", config_map(name, namespace))
    assert (["x", "y", "a"], ["x", "y"]) == (names(store), names(store, "b"))


def test_what_is_removed_is_gone(store: Store) -> None:
    """A removed object is gone; its last form bears the removal's resourceVersion."""
    made = store.put("configmaps", config_map("a"))
    last = store.remove("configmaps", made)
    assert store.get("configmaps", "n", "a") is None
    assert int(last["metadata"]["resourceVersion"]) == int(made["metadata"]["resourceVersion"]) + 1


def test_listeners_are_told(store: Store) -> None:
    """A listener hears of each write, with what was there before."""
    heard: list[Change] = []
    store.listen(heard.append)
    store.put("configmaps", config_map("a", k="1"))
    store.remove("configmaps", store.put("configmaps", config_map("a", k="2")))
    assert ["ADDED", "MODIFIED", "DELETED"] == [each.type for each in heard]
    assert [None, "1", "2"] == [each.before and each.before["data"]["k"] for each in heard]


def test_changes_since_a_write(store: Store) -> None:
    """Changes after a write are told in order."""
    store.put("configmaps", config_map("a"))
    revision = store.revision
    for name in "bc":
        store.put("configmaps", config_map(name))
    assert ["b", "c"] == [each.key[1] for each in store.since(revision)]


def test_a_list_as_it_was(store: Store) -> None:
    """A list can be had as of an earlier write: without what came later, with what has gone or changed since."""
    store.put("configmaps", config_map("a", k="1"))
    gone = store.put("configmaps", config_map("b"))
    revision = store.revision
    store.put("configmaps", config_map("a", k="2"))
    store.remove("configmaps", gone)
    store.put("configmaps", config_map("c"))
    was = store.list_at(revision, "configmaps", "n")
    assert [("a", {"k": "1"}), ("b", {})] == [(each["metadata"]["name"], each["data"]) for each in was]


def test_history_has_an_end(store: Store) -> None:
    """Exactly the last thousand changes are kept."""
    for number in range(HISTORY + 5):
        store.put("configmaps", config_map("a", k=str(number)))
    assert HISTORY == len(store.since(store.revision - HISTORY))
    with pytest.raises(ExpiredError):
        store.since(store.revision - HISTORY - 1)


def test_a_file_keeps_all(tmp_path: Path) -> None:
    """Objects, numbers and history outlive the store."""
    first = Store(tmp_path / "state.db")
    first.put("configmaps", config_map("a", k="1"))
    revision = first.revision
    first.put("configmaps", config_map("b"))
    first.close()
    second = Store(tmp_path / "state.db")
    assert (["a", "b"], ["b"]) == (names(second), [each.key[1] for each in second.since(revision)])
    made = second.put("configmaps", config_map("c"))
    assert str(revision + 2) == made["metadata"]["resourceVersion"]
    second.close()


def test_a_killed_process_loses_nothing_it_told_of(tmp_path: Path) -> None:
    """After SIGKILL in the middle of writing, every write that was told of is there, and the file is whole."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "state.db")], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= 200:
                break
        os.kill(process.pid, signal.SIGKILL)
        told = [int(each) for each in process.stdout.read().split("\n")[:-1]]
    store = Store(tmp_path / "state.db")
    last = max([200, *told])
    assert {f"m{number}" for number in range(last + 1)} <= set(names(store))
    store.close()


def test_a_full_store_refuses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What cannot be written is refused, and was never there; what was answered stays."""
    monkeypatch.setattr(store_module, "LIMIT_BYTES", 1 << 20)
    store = Store(tmp_path / "state.db")

    def fill() -> None:
        for number in range(2000):
            store.put("configmaps", config_map(f"map-{number}", text="x" * 1000))

    with pytest.raises(StatusError, match="full") as caught:
        fill()
    assert 507 == caught.value.code
    before = names(store)
    store.close()
    assert before == names(Store(tmp_path / "state.db"))
