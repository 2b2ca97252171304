"""Several publishers at once, and one that is killed."""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from helmlite.repo.indexing import LOCK, Listener
from tests.repo.folders import archive, files, index, put, put_charts, versions

ROOT = Path(__file__).resolve().parents[2]
PUBLISHER = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from helmlite.repo import examining
from helmlite.repo.indexing import index_folder
from tests.repo.folders import archive
examining.PARALLEL_FROM = int(sys.argv[3])
folder, who = Path(sys.argv[1]), sys.argv[2]
for number in range(int(sys.argv[4])):
    part = folder / f".{who}.part"
    part.write_bytes(archive(who, f"1.{number}.0"))
    part.rename(folder / f"{who}-1.{number}.0.tgz")
    index_folder(folder, now=datetime.now(UTC))
"""


def publisher(folder: Path, who: str, *, parallel_from: int = 400, rounds: int = 5) -> subprocess.Popen[bytes]:
    """Start a process that publishes versions one after another, indexing after each."""
    words = [sys.executable, "-c", PUBLISHER, str(folder), who, str(parallel_from), str(rounds)]
    return subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE)


def ended(processes: Sequence[subprocess.Popen[bytes]]) -> list[tuple[int, bytes]]:
    """Return exit codes and errors."""
    found = [(each.communicate(timeout=120)[1], each.returncode) for each in processes]
    return [(code, errors) for errors, code in found]


def test_four_publishers_at_once_lose_nothing(tmp_path: Path) -> None:
    """The last of them leaves an index with the archives of all."""
    names = ["one", "two", "three", "four"]
    assert [(0, b"")] * 4 == ended([publisher(tmp_path, each) for each in names])
    wanted = [f"1.{number}.0" for number in reversed(range(5))]
    assert dict.fromkeys(names, wanted) == versions(tmp_path)
    before = files(tmp_path)
    index(tmp_path)
    assert before == files(tmp_path)


def test_a_publisher_killed_at_any_moment_does_no_harm(tmp_path: Path) -> None:
    """The index is whole or absent at once, and the next run has everything; no lock is left held."""
    put_charts(tmp_path, *((f"chart{number}", "1.0.0") for number in range(8)))
    chance = random.Random(6)
    started = time.monotonic()
    process = publisher(tmp_path, "who", parallel_from=2, rounds=1)
    assert [(0, b"")] == ended([process])
    lasts = time.monotonic() - started
    for number in range(25):
        put(tmp_path, f"new-{number}.tgz", archive(f"new{number % 5}", f"{number}.0.0"))
        if number % 4 == 0:
            (tmp_path / ".helmlite-index.json").unlink(missing_ok=True)
        process = publisher(tmp_path, "who", parallel_from=2, rounds=9)
        time.sleep(lasts * chance.uniform(0.4, 1.3))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        index_whole = tmp_path / "index.yaml"
        assert {"chart0", "who"} <= set(versions(tmp_path)), "an index is whole at any moment"
        assert index_whole.stat().st_size
        index(tmp_path)
        found = versions(tmp_path)
        assert number + 1 == sum(len(each) for name, each in found.items() if name.startswith("new"))
        assert 8 == len([name for name in found if name.startswith("chart")])
        assert len(list(tmp_path.glob("*.tgz"))) == sum(map(len, found.values()))
    assert [] == list(tmp_path.rglob(".helmlite-*.tmp"))


SUICIDE = """
import os, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from helmlite import files
from helmlite.repo import index_cache, indexing
left = int(sys.argv[2])
def mortal(before):
    def call(*args, **options):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        found = before(*args, **options)
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return found
    return call
os.fsync = mortal(os.fsync)
Path.replace = mortal(Path.replace)
Path.unlink = mortal(Path.unlink)
os.fchmod = mortal(os.fchmod)
indexing.index_folder(Path(sys.argv[1]), now=datetime(2099, 1, 1, tzinfo=UTC))
"""


def test_a_publisher_killed_around_each_write_does_no_harm(tmp_path: Path) -> None:
    """The old index or the new one is there, and the next run gives what a run without a death gives."""
    old, new = tmp_path / "old", tmp_path / "new"
    put_charts(old, ("web", "1.0.0"), ("gone", "1.0.0"))
    index(old)
    put_charts(new, ("web", "1.0.0"), ("web", "1.1.0"), ("more", "1.0.0"))
    index(new)
    deaths = 0
    while True:
        folder = tmp_path / f"run-{deaths}"
        shutil.copytree(old, folder)
        (folder / "gone-1.0.0.tgz").unlink()
        put_charts(folder, ("web", "1.1.0"), ("more", "1.0.0"))
        done = subprocess.run([sys.executable, "-c", SUICIDE, str(folder), str(deaths + 1)], cwd=ROOT, check=False)
        assert versions(folder) in (versions(old), versions(new))
        index(folder)
        assert files(new) == files(folder)
        assert [] == list(folder.rglob("*.tmp"))
        if done.returncode != -signal.SIGKILL:
            break
        deaths += 1
    assert deaths > 20


def test_a_second_publisher_waits_and_says_so(tmp_path: Path) -> None:
    """Until the first lets go of the lock."""
    put_charts(tmp_path, ("web", "1.0.0"))
    told: list[str] = []
    lock = os.open(tmp_path / LOCK, os.O_RDONLY | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    second = threading.Thread(target=lambda: index(tmp_path, listener=Listener(waiting=told.append)))
    second.start()
    while not told:
        time.sleep(0.01)
    assert not (tmp_path / "index.yaml").exists()
    os.close(lock)
    second.join(60)
    assert ([f"{tmp_path}: another process is indexing it; waiting until that is done"], {"web": ["1.0.0"]}) == (
        told,
        versions(tmp_path),
    )


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere one process reads all archives")
def test_processes_find_what_one_finds(tmp_path: Path) -> None:
    """Damaged archives too."""
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
        for number in range(12):
            put(folder, f"{number}.tgz", b"junk" if number == 7 else archive(f"c{number}", "1.0.0"))
    (two / "7.tgz").unlink()
    assert [(0, b"")] == ended([publisher(two, "who", parallel_from=2, rounds=1)])
    (two / "who-1.0.0.tgz").unlink()
    assert ["7.tgz"] == [path for path, _ in index(one).damaged]
    index(two)
    assert files(one) == files(two)
