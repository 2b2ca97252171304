"""The dependency commands beside the real helm, over a plain web server: each goes on where the other left."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from helmlite import documents
from helmlite.chart.loader import load_chart
from helmlite.repo.provenance import open_signer
from tests.chart.archives import file, packed
from tests.repo import keys

pytestmark = pytest.mark.helm
ROOT = Path(__file__).resolve().parents[2]
VERSIONS = {"db": ("1.0.0", "1.1.0", "1.2.0", "2.0.0", "2.1.0-rc.1"), "web": ("0.1.0", "0.2.0"), "db-tools": ("1.0.0",)}


def archive(name: str, version: str, note: bytes = b"") -> bytes:
    """Return a packed chart."""
    text = f"apiVersion: v2\nname: {name}\nversion: {version}\n"
    return packed(file(f"{name}/Chart.yaml", text.encode()), file(f"{name}/NOTE", note))


@dataclass
class World:
    """A web server with a repository that one of the tools indexed, and a home for both."""

    folder: Path
    url: str
    indexer: str = "helm"
    requests: list[str] = field(default_factory=list)
    pause_seconds: float = 0.0

    @property
    def served(self) -> Path:
        """Return the folder that is served."""
        return self.folder / "served"

    @property
    def environment(self) -> Mapping[str, str]:
        """Return an environment with folders of its own, which both tools share."""
        homes = {f"HELM_{each}_HOME": str(self.folder / each.lower()) for each in ("CACHE", "CONFIG", "DATA")}
        own = {f"HELMLITE_{each}_HOME": str(self.folder / f"own-{each.lower()}") for each in ("CACHE", "CONFIG")}
        return {**os.environ, **homes, **own, "PYTHONPATH": str(ROOT)}

    def run(self, tool: str, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run helm or helmlite."""
        program = ["helm"] if tool == "helm" else [sys.executable, "-m", "helmlite"]
        done = subprocess.run(
            [*program, *words], env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )
        if check:
            assert 0 == done.returncode, f"{tool} {words}: {done.stdout}{done.stderr}"
        return done

    def index(self) -> None:
        """Have the tool write the index of what is served."""
        self.run(self.indexer, "repo", "index", str(self.served))


class _Handler(SimpleHTTPRequestHandler):
    world: World

    def do_GET(self) -> None:
        self.world.requests.append(self.path)
        time.sleep(self.world.pause_seconds)
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's own name
        pass


@contextmanager
def serving(folder: Path, indexer: str) -> Iterator[World]:
    """Serve a repository that a tool indexed, configured under the name ``example``, until the block ends."""

    class Handler(_Handler):
        """One with a world of its own."""

    (folder / "served").mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder / "served")))
    made = World(folder=folder, url=f"http://127.0.0.1:{server.server_port}", indexer=indexer)
    Handler.world = made
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        for name, versions in VERSIONS.items():
            for each in versions:
                (made.served / f"{name}-{each}.tgz").write_bytes(archive(name, each))
        made.index()
        made.run("helm", "repo", "add", "example", made.url)
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Return a repository that helm indexed."""
    with serving(tmp_path, "helm") as made:
        yield made


def write_chart(folder: Path, dependencies: Sequence[Mapping[str, Any]], *, api_version: str = "v2") -> Path:
    """Write a chart directory with dependencies, where its version wants them."""
    folder.mkdir(parents=True)
    data: dict[str, Any] = {"apiVersion": api_version, "name": folder.name, "version": "1.0.0"}
    declared = {"dependencies": [dict(each) for each in dependencies]}
    if api_version == "v1":
        (folder / "requirements.yaml").write_text(documents.write(declared))
    else:
        data |= declared
    (folder / "Chart.yaml").write_text(documents.write(data))
    return folder


def everything(world: World) -> list[dict[str, Any]]:
    """Return dependencies of all kinds."""
    return [
        {"name": "db", "version": "^1.0.0", "repository": world.url, "condition": "db.enabled && <x>"},
        {"name": "db", "version": "1.0.x", "repository": "@example", "alias": "second", "tags": ["a & b", "ü"]},
        {"name": "web", "version": ">=0.1.0 <1", "repository": "alias:example", "import-values": ["net"]},
        {"name": "beside", "version": "*", "repository": "file://../beside"},
        {"name": "within", "version": ">=0.9", "repository": ""},
    ]


def twins(world: World, api_version: str = "v2") -> tuple[Path, Path]:
    """Return two chart directories that are alike, each with what it needs beside and within it."""
    made = []
    for name in ("one", "two"):
        write_chart(world.folder / name / "beside", [])
        app = write_chart(world.folder / name / "app", everything(world), api_version=api_version)
        write_chart(app / "charts" / "within", [])
        made.append(app)
    return made[0], made[1]


def vendored(chart: Path, *, packed_here: bool = False) -> dict[str, bytes]:
    """Return the archives in charts/, but for those that each tool packs in its own way."""
    return {
        each.name: each.read_bytes() if packed_here or not each.name.startswith("beside") else b""
        for each in sorted((chart / "charts").glob("*.tgz"))
    }


def locked(chart: Path) -> tuple[str, list[Mapping[str, str]]]:
    """Return digest and dependencies of a lock, without pins."""
    path = next(each for each in (chart / "Chart.lock", chart / "requirements.lock") if each.exists())
    data: Any = documents.read(path.read_text()).data
    return data["digest"], [
        {key: value for key, value in each.items() if key != "sha256"} for each in data["dependencies"]
    ]


@pytest.mark.parametrize("api_version", ["v1", "v2"])
def test_update_is_helms(world: World, api_version: str) -> None:
    """Both fetch the same archives, and write the same digest and versions."""
    ours, theirs = twins(world, api_version)
    world.run("helmlite", "dependency", "update", str(ours))
    world.run("helm", "dependency", "update", str(theirs))
    assert vendored(theirs) == vendored(ours)
    assert locked(theirs) == locked(ours)


@pytest.mark.parametrize("api_version", ["v1", "v2"])
def test_helm_builds_from_our_lock(world: World, api_version: str) -> None:
    """Helm takes our lock, fetches the same archives, and leaves its pins where they are; so does Helm's update."""
    ours, _ = twins(world, api_version)
    world.run("helmlite", "dependency", "update", str(ours))
    before = vendored(ours)
    lock = next(iter(ours.glob("*.lock")))
    text = lock.read_text()
    for each in (ours / "charts").glob("*.tgz"):
        each.unlink()
    world.run("helm", "dependency", "build", str(ours))
    assert before.keys() == vendored(ours).keys()
    assert {**before, "beside-1.0.0.tgz": b""} == vendored(ours)
    world.run("helm", "dependency", "update", str(ours))
    assert (text, 3) == (lock.read_text(), text.count("sha256: "))
    world.run("helm", "template", str(ours))
    world.run("helm", "package", str(ours), "-d", str(world.folder))


@pytest.mark.parametrize("api_version", ["v1", "v2"])
def test_we_build_from_helms_lock(world: World, api_version: str) -> None:
    """A lock without pins is as good: the archives are held against the index."""
    _, theirs = twins(world, api_version)
    world.run("helm", "dependency", "update", str(theirs))
    before = vendored(theirs)
    lock = next(iter(theirs.glob("*.lock")))
    text = lock.read_text()
    for each in (theirs / "charts").glob("*.tgz"):
        each.unlink()
    world.run("helmlite", "dependency", "build", str(theirs))
    assert (before, text) == (vendored(theirs), lock.read_text())


def test_archives_go_as_helm_has_it(world: World) -> None:
    """Archives that are not declared any more go; folders, and archives without a repository, stay."""
    charts = []
    for tool, name in (("helmlite", "one"), ("helm", "two")):
        chart = write_chart(world.folder / name / "app", [{"name": "db", "version": "^1.0.0", "repository": world.url}])
        (chart / "charts").mkdir()
        for each in ("web-0.1.0.tgz", "db-1.0.0.tgz", "db-tools-1.0.0.tgz"):
            shutil.copy(world.served / each, chart / "charts")
        write_chart(chart / "charts" / "loose", [])
        world.run(tool, "dependency", "update", str(chart))
        charts.append(sorted(each.name for each in (chart / "charts").iterdir()))
    assert charts[1] == charts[0] == ["db-1.2.0.tgz", "loose"]


def nothing(chart: Path, served: Path) -> None:
    """Leave charts/ out."""


def packed_right(chart: Path, served: Path) -> None:
    """Have an archive that fits."""
    shutil.copy(served / "db-1.1.0.tgz", chart / "charts")


def packed_old(chart: Path, served: Path) -> None:
    """Have an archive that does not fit."""
    shutil.copy(served / "db-2.0.0.tgz", chart / "charts")


def packed_twice(chart: Path, served: Path) -> None:
    """Have two archives."""
    packed_right(chart, served)
    packed_old(chart, served)


def packed_neighbour(chart: Path, served: Path) -> None:
    """Have an archive beside one whose name begins alike."""
    packed_right(chart, served)
    shutil.copy(served / "db-tools-1.0.0.tgz", chart / "charts")


def only_neighbour(chart: Path, served: Path) -> None:
    """Have only one whose name begins alike."""
    shutil.copy(served / "db-tools-1.0.0.tgz", chart / "charts")


def misnamed(chart: Path, served: Path) -> None:
    """Have another chart's archive under the name."""
    shutil.copy(served / "web-0.1.0.tgz", chart / "charts" / "db-1.0.0.tgz")


def unpacked(chart: Path, served: Path) -> None:
    """Have a folder that fits."""
    write_chart(chart / "charts" / "db", [])


def unpacked_old(chart: Path, served: Path) -> None:
    """Have a folder that does not fit, and one that nobody declared."""
    write_chart(chart / "charts" / "db", [])
    text = (chart / "charts" / "db" / "Chart.yaml").read_text()
    (chart / "charts" / "db" / "Chart.yaml").write_text(text.replace("1.0.0", "3.0.0"))
    write_chart(chart / "charts" / "loose", [])


def hidden(chart: Path, served: Path) -> None:
    """Have a folder that loading passes over."""
    (chart / "charts" / "_notes").mkdir()


@pytest.mark.parametrize("width", ["80", "12"])
@pytest.mark.parametrize(
    "state",
    [
        *(nothing, packed_right, packed_old, packed_twice, packed_neighbour, only_neighbour, misnamed),
        *(unpacked, unpacked_old, hidden),
    ],
)
def test_list_is_helms(world: World, state: Any, width: str) -> None:
    """Table, statuses and warnings are Helm's, byte for byte."""
    chart = write_chart(
        world.folder / "one" / "app",
        [
            {"name": "db", "version": "^1.0.0", "repository": world.url},
            {"name": "db", "version": "1.1.0", "repository": "@example", "alias": "a-rather-long-name"},
        ],
    )
    (chart / "charts").mkdir()
    state(chart, world.served)
    words = ("dependency", "list", str(chart), "--max-col-width", width)
    assert world.run("helm", *words).stdout == world.run("helmlite", *words).stdout


def test_a_swapped_archive(world: World) -> None:
    """Ours names both digests and leaves charts/ as it was; Helm takes the archive."""
    chart = write_chart(world.folder / "one" / "app", [{"name": "db", "version": "^1.0.0", "repository": world.url}])
    world.run("helmlite", "dependency", "update", str(chart))
    pin = str(documents.read((chart / "Chart.lock").read_text()).data["dependencies"][0]["sha256"])
    (chart / "charts" / "db-1.2.0.tgz").unlink()
    (world.served / "db-1.2.0.tgz").write_bytes(archive("db", "1.2.0", b"evil"))
    shutil.rmtree(world.folder / "own-cache")
    before = (chart / "Chart.lock").read_bytes()
    for reindexed in (False, True):
        if reindexed:
            world.index()
        done = world.run("helmlite", "dependency", "build", str(chart), check=False)
        assert 1 == done.returncode
        assert pin in done.stderr
        assert 2 == len({word for word in done.stderr.replace(",", " ").split() if len(word.strip(";")) == 64})
        assert ([], before) == (list((chart / "charts").iterdir()), (chart / "Chart.lock").read_bytes())
    world.run("helm", "dependency", "build", str(chart))
    assert archive("db", "1.2.0", b"evil") == (chart / "charts" / "db-1.2.0.tgz").read_bytes()


@pytest.mark.parametrize("tool", ["helm", "helmlite"])
def test_template_fetches_what_is_missing(world: World, tool: str) -> None:
    """--dependency-update fetches what is not there, and nothing where all is; without it that is an error."""
    chart = write_chart(world.folder / "one" / "app", [{"name": "db", "version": "1.x", "repository": world.url}])
    assert 1 == world.run(tool, "template", str(chart), check=False).returncode
    world.run(tool, "template", str(chart), "--dependency-update")
    assert ["db-1.2.0.tgz"] == list(vendored(chart))
    (chart / "charts" / "db-1.2.0.tgz").unlink()
    shutil.copy(world.served / "db-1.0.0.tgz", chart / "charts")
    world.run(tool, "template", str(chart), "--dependency-update")
    assert ["db-1.0.0.tgz"] == list(vendored(chart))


@pytest.mark.parametrize("tool", ["helm", "helmlite"])
def test_package_updates_first(world: World, tool: str) -> None:
    """--dependency-update of package brings the newest, though something that fits is there."""
    chart = write_chart(world.folder / "one" / "app", [{"name": "db", "version": "1.x", "repository": world.url}])
    (chart / "charts").mkdir()
    shutil.copy(world.served / "db-1.0.0.tgz", chart / "charts")
    world.run(tool, "package", "--dependency-update", str(chart), "-d", str(world.folder))
    found = load_chart(world.folder / "app-1.0.0.tgz")
    assert ["1.2.0"] == [each.metadata.version for each in found.subcharts]
    assert found.lock is not None


@pytest.mark.parametrize("tool", ["helm", "helmlite"])
def test_only_what_is_signed(world: World, tool: str) -> None:
    """With --verify, an archive that the key of the keyring signed is taken; without a signature, or another's, not."""
    ada, bob = keys.made(keys.ADA), keys.made(keys.BOB)
    both, other = world.folder / "both", world.folder / "other"
    both.mkdir()
    other.mkdir()
    rings, others = keys.rings(both, [ada]), keys.rings(other, [bob])
    chart = write_chart(world.folder / "one" / "app", [{"name": "db", "version": "1.x", "repository": world.url}])
    words = ("dependency", "update", str(chart), "--verify", "--keyring")
    assert 1 == world.run(tool, *words, str(rings.public), check=False).returncode
    path = world.served / "db-1.2.0.tgz"
    text = documents.write(load_chart(path).metadata.to_data())
    signer = open_signer(rings.private, key=keys.ADA, passphrase=lambda _: "")
    signed = signer.provenance(path.read_bytes(), file_name=path.name, metadata_text=text)
    path.with_name(f"{path.name}.prov").write_text(signed)
    assert 1 == world.run(tool, *words, str(others.public), check=False).returncode
    assert {} == vendored(chart)
    world.run(tool, *words, str(rings.public))
    assert ["db-1.2.0.tgz"] == list(vendored(chart))


def test_ten_dependencies_share_one_index(world: World) -> None:
    """The index is asked for once, and each archive once."""
    names = [f"chart-{number}" for number in range(10)]
    for each in names:
        (world.served / f"{each}-1.0.0.tgz").write_bytes(archive(each, "1.0.0"))
    world.index()
    chart = write_chart(
        world.folder / "one" / "app", [{"name": each, "version": "*", "repository": world.url} for each in names]
    )
    world.requests.clear()
    world.run("helmlite", "dependency", "update", str(chart))
    assert ["/index.yaml", *(f"/{each}-1.0.0.tgz" for each in names)] == [
        world.requests[1],
        *sorted(world.requests[2:]),
    ]
    assert "/shards.json" == world.requests[0]  # whether there are shards, which there are not


def test_killed_at_any_time(world: World) -> None:
    """Killed while it works, it leaves a chart that loads; the next run brings all."""
    chart = write_chart(
        world.folder / "one" / "app",
        [
            {"name": "db", "version": "^1.0.0", "repository": world.url},
            {"name": "web", "version": "*", "repository": world.url},
        ],
    )
    write_chart(chart / "charts" / "loose", [])
    shutil.copy(world.served / "db-1.0.0.tgz", chart / "charts")
    world.pause_seconds = 0.05
    states = set()
    for number in range(12):
        process = subprocess.Popen(
            [sys.executable, "-m", "helmlite", "dependency", "update", str(chart)],
            env=world.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(0.1 * number)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert "app" == load_chart(chart).metadata.name
        states.add(tuple(sorted(each.name for each in (chart / "charts").iterdir())))
    assert states <= {("db-1.0.0.tgz", "loose"), ("db-1.2.0.tgz", "loose", "web-0.2.0.tgz")}
    world.run("helmlite", "dependency", "update", str(chart))
    assert {"Chart.lock", "Chart.yaml", "charts"} == {each.name for each in chart.iterdir()}
    assert ["db-1.2.0.tgz", "loose", "web-0.2.0.tgz"] == sorted(each.name for each in (chart / "charts").iterdir())
