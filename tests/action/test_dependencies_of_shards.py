"""The dependency commands of both tools on a repository that helmlite indexed: Helm reads its index, we its shards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helmlite import documents
from tests.action.test_dependencies_beside_helm import (
    World,
    archive,
    everything,
    locked,
    serving,
    twins,
    vendored,
    write_chart,
)

pytestmark = pytest.mark.helm


@pytest.fixture(params=["json", "yaml"])
def sharded(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    """Return a repository with shards, its index in either form."""
    with serving(tmp_path, "helmlite") as made:
        if request.param == "yaml":
            made.run("helmlite", "repo", "index", str(made.served), "--yaml")
        assert (made.served / "charts" / "db.json").is_file()
        yield made


def pins(chart: Path) -> list[str]:
    """Return the sha256 of each locked dependency, empty where it has none."""
    data: Any = documents.read((chart / "Chart.lock").read_text()).data
    return [each.get("sha256", "") for each in data["dependencies"]]


def asked_for(world: World) -> set[str]:
    """Return the paths that were asked for since the last call."""
    found = set(world.requests)
    world.requests.clear()
    return found


@pytest.mark.parametrize("api_version", ["v1", "v2"])
def test_update_is_helms(sharded: World, api_version: str) -> None:
    """Both put the same archives into charts/, and write the same digest and versions."""
    ours, theirs = twins(sharded, api_version)
    sharded.run("helmlite", "dependency", "update", str(ours))
    sharded.run("helm", "dependency", "update", str(theirs))
    assert vendored(theirs) == vendored(ours)
    assert {"db-1.2.0.tgz", "db-1.0.0.tgz", "web-0.2.0.tgz"} < set(vendored(ours))
    assert locked(theirs) == locked(ours)


@pytest.mark.parametrize("builder", ["helm", "helmlite"])
@pytest.mark.parametrize("locker", ["helm", "helmlite"])
def test_each_builds_from_the_others_lock(sharded: World, locker: str, builder: str) -> None:
    """After a newer version was published, too, the locked ones come back, and the lock stays as it is."""
    chart, _ = twins(sharded)
    sharded.run(locker, "dependency", "update", str(chart))
    before, lock = vendored(chart), (chart / "Chart.lock").read_bytes()
    (sharded.served / "db-1.9.0.tgz").write_bytes(archive("db", "1.9.0"))
    sharded.index()
    for each in (chart / "charts").glob("*.tgz"):
        each.unlink()
    sharded.run(builder, "dependency", "build", str(chart))
    assert (before, lock) == (vendored(chart), (chart / "Chart.lock").read_bytes())
    sharded.run("helm", "template", str(chart))


def test_each_updates_after_the_other(sharded: World) -> None:
    """A newer version is found by both; where nothing is newer, neither changes what the other wrote."""
    chart = write_chart(sharded.folder / "one" / "app", [{"name": "db", "version": "^1.0.0", "repository": "@example"}])
    sharded.run("helm", "dependency", "update", str(chart))
    (sharded.served / "db-1.9.0.tgz").write_bytes(archive("db", "1.9.0"))
    sharded.index()
    sharded.run("helmlite", "dependency", "update", str(chart))
    lock = (chart / "Chart.lock").read_bytes()
    assert (["db-1.9.0.tgz"], ["1.9.0"]) == (list(vendored(chart)), [each["version"] for each in locked(chart)[1]])
    sharded.run("helm", "dependency", "update", str(chart))
    assert (["db-1.9.0.tgz"], lock) == (list(vendored(chart)), (chart / "Chart.lock").read_bytes())


def test_charts_are_looked_up_in_their_shards(sharded: World) -> None:
    """A small file for each chart; a second update fetches neither those, which did not change, nor an archive."""
    sharded.run("helmlite", "repo", "update")
    chart = write_chart(sharded.folder / "one" / "app", everything(sharded)[:3])
    shards = {"/charts/db.json", "/charts/web.json"}
    asked_for(sharded)
    archives = {"/db-1.2.0.tgz", "/db-1.0.0.tgz", "/web-0.2.0.tgz"}
    for wanted in (shards | archives, set()):
        sharded.run("helmlite", "dependency", "update", str(chart))
        asked = asked_for(sharded)
        assert wanted == {each for each in asked if each.startswith("/charts/") or each.endswith(".tgz")}
    assert all(pins(chart))


def test_pins_are_those_of_index_and_shard(sharded: World) -> None:
    """A swapped archive is refused with both digests, of a build and of an update; charts/ and lock stay."""
    chart = write_chart(sharded.folder / "one" / "app", [{"name": "db", "version": "^1.0.0", "repository": "@example"}])
    sharded.run("helmlite", "dependency", "update", str(chart))
    (pin,) = pins(chart)
    (chart / "charts" / "db-1.2.0.tgz").unlink()
    (sharded.served / "db-1.2.0.tgz").write_bytes(archive("db", "1.2.0", b"evil"))
    shutil.rmtree(sharded.folder / "own-cache")
    before = (chart / "Chart.lock").read_bytes()
    for verb in ("build", "update"):
        done = sharded.run("helmlite", "dependency", verb, str(chart), check=False)
        assert (1, True) == (done.returncode, pin in done.stderr), done.stderr
        assert ({}, before) == (vendored(chart), (chart / "Chart.lock").read_bytes())
