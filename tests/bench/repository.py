"""Time what a client does with a repository of 10,000 versions beside the real helm, in one run.

    python tests/bench/repository.py [--rounds 5] [--charts 200] [--versions 50]

Whole processes over a plain web server: medians of seconds and of bytes that the server sent, and how they stand to
each other. The repository's index is YAML as ``helm repo index`` writes it, JSON as ``helm repo index --json`` does,
and as ``helmlite repo index`` writes it, with shards beside it. The goal for ``pull`` is set for the last against
helm on what ``helm repo index`` makes; the last line has that. What both keep of archives, and helmlite of shards, is
removed before each run, and the indexes of both before each ``repo add``. Where it says "helm's index", helmlite has
none of its own making either.
"""

from __future__ import annotations

import argparse
import compileall
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
GOAL_PULL = 0.4
GOAL_BYTES = 50_000
CHART, VERSION = "chart-007", "1.0.0"


class Bench:
    """One repository, both tools by turns."""

    def __init__(self, home: Path, url: str, rounds: int, archive_bytes: int) -> None:
        self._home, self._url, self._rounds, self._archive_bytes = home, url, rounds, archive_bytes
        self._out = home / "out"
        self._out.mkdir(parents=True)
        self.environment = {
            **os.environ,
            **{f"HELM_{each}_HOME": str(home / each.lower()) for each in ("CACHE", "CONFIG", "DATA")},
            "HELMLITE_CACHE_HOME": str(home / "own-cache"),
            "HELMLITE_CONFIG_HOME": str(home / "own-config"),
            "PYTHONPATH": str(ROOT),
        }

    def compare(self, title: str, *words: str, archive: bool = False, by_helm: bool = False) -> tuple[float, float]:
        """Print and return the medians of both tools, helmlite's first; what ``archive`` fetches is not counted.

        With ``by_helm`` helmlite has the index as helm leaves it: not by chart.
        """
        from tests.bench.dependencies import Quiet, run

        found: list[list[tuple[float, float]]] = [[], []]
        sent: list[list[int]] = [[], []]
        for _ in range(self._rounds):
            for place, program in enumerate(((sys.executable, "-m", "helmlite"), ("helm",))):
                for each in ("content", "shards", *(("indexes",) if by_helm else ())):
                    shutil.rmtree(self._home / "own-cache" / each, ignore_errors=True)
                shutil.rmtree(self._home / "cache" / "content", ignore_errors=True)  # helm's own archives
                if "add" in words:
                    shutil.rmtree(self._home / f"indexes-{place}", ignore_errors=True)
                # each has its own files of repositories: what one fetched shall not help the other
                of_its_own = {
                    "HELM_REPOSITORY_CONFIG": str(self._home / f"repositories-{place}.yaml"),
                    "HELM_REPOSITORY_CACHE": str(self._home / f"indexes-{place}"),
                }
                before = Quiet.sent
                found[place].append(run([*program, *words], {**self.environment, **of_its_own}))
                sent[place].append(Quiet.sent - before - (self._archive_bytes if archive else 0))
        mine, other = (statistics.median(each[0] for each in some) for some in found)
        peaks = [statistics.median(each[1] for each in some) for some in found]
        bytes_ = [statistics.median(each) for each in sent]
        print(
            f"{title:34} helmlite {mine:6.3f} s {peaks[0]:4.0f} MiB {bytes_[0]:11,.0f} B   "
            f"helm {other:6.3f} s {peaks[1]:4.0f} MiB {bytes_[1]:11,.0f} B   ratio {mine / other:.2f}",
            flush=True,
        )
        if archive and bytes_[0] > GOAL_BYTES:
            print(f"{'':34} (goal with shards: {GOAL_BYTES:,} bytes)")
        return mine, other

    def all(self, kind: str) -> tuple[float, float]:
        """Compare every verb; return the medians of ``pull``."""
        self.compare(f"{kind}: repo add", "repo", "add", "bench", self._url, "--force-update")
        self.compare(f"{kind}: repo update, unchanged", "repo", "update")
        self.compare(f"{kind}: search repo", "search", "repo", CHART)
        pulled = ("pull", f"bench/{CHART}", "--version", VERSION, "-d", str(self._out))
        medians = self.compare(f"{kind}: pull", *pulled, archive=True)
        self.compare(f"{kind}: pull, helm's index", *pulled, archive=True, by_helm=True)
        by_url = ("pull", CHART, "--repo", self._url, "--version", VERSION, "-d", str(self._out))
        self.compare(f"{kind}: pull --repo", *by_url, archive=True)
        self.compare(f"{kind}: show chart", "show", "chart", f"bench/{CHART}", "--version", VERSION, archive=True)
        return medians


def made(words: Sequence[str]) -> None:
    """Run a program that makes an index; end with what it said if it fails."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"repository: {' '.join(words)} failed: {done.stderr}")


def main() -> None:
    """Run all comparisons."""
    from tests.bench.dependencies import Quiet, publish

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--charts", type=int, default=200)
    parser.add_argument("--versions", type=int, default=50)
    chosen = parser.parse_args()
    if not shutil.which("helm"):
        sys.exit("repository: there is no helm on PATH")
    # as pip does with what it installs; a checkout may never have been
    compileall.compile_dir(str(ROOT / "helmlite"), quiet=1)
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        served = folder / "served"
        publish(served, chosen.charts, chosen.versions)
        print(f"{chosen.charts * chosen.versions:,} versions, {chosen.rounds} rounds")
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(served)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        kinds = {
            "YAML": ["helm", "repo", "index", str(served)],
            "JSON": ["helm", "repo", "index", "--json", str(served)],
            "shards": [sys.executable, "-m", "helmlite", "repo", "index", str(served)],
        }
        medians = {}
        for kind, words in kinds.items():
            made(words)
            size = (served / f"{CHART}-{VERSION}.tgz").stat().st_size
            bench = Bench(folder / kind, f"http://127.0.0.1:{server.server_port}", chosen.rounds, size)
            medians[kind] = bench.all(kind)
        ratio = medians["shards"][0] / medians["YAML"][1]
        print(f"pull with shards against helm on its own index: ratio {ratio:.3f} (goal {GOAL_PULL})")
        server.shutdown()


if __name__ == "__main__":
    main()
