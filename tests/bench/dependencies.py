"""Time ``dependency update`` of ten charts of a repository with 10,000 versions beside the real helm, in one run.

    python tests/bench/dependencies.py [--rounds 3] [--charts 200] [--versions 50 | --archives FOLDER]

Whole processes over a plain web server: medians, and how they stand to each other. The repository's index is YAML as
``helm repo index`` writes it, JSON as ``helm repo index --json`` does, and as ``helmlite repo index`` writes it, with
the shards beside it. Ten look-ups share one reading of it. The goal is for updates.
Each update starts from a chart without ``charts/`` and lock; helmlite's cache of archives is emptied before each.
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
import time
from collections.abc import Mapping, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
DEPENDENCIES = 10
GOAL = 0.15
HELM = ("helm",)
HELMLITE = (sys.executable, "-m", "helmlite")


class Quiet(SimpleHTTPRequestHandler):
    """A handler that says nothing, and counts the bytes of answers."""

    sent = 0

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's own name
        """Say nothing."""

    def copyfile(self, source: object, outputfile: object) -> None:
        """Send a file."""
        Quiet.sent += os.fstat(source.fileno()).st_size  # type: ignore[attr-defined]  # a file that is open
        super().copyfile(source, outputfile)  # type: ignore[arg-type]  # as above


def publish(folder: Path, charts: int, versions: int) -> None:
    """Write archives of about the size of small charts."""
    from tests.chart.archives import file, packed

    folder.mkdir()
    values = "".join(f"key{number}: value\n" for number in range(60)).encode()
    for chart in range(charts):
        for number in range(versions):
            name, version = f"chart-{chart:03}", f"1.{number // 10}.{number % 10}"
            text = (
                f"apiVersion: v2\nname: {name}\nversion: {version}\nappVersion: 4.{number}\ntype: application\n"
                f"description: What {name} does for those who need it, told in a line of usual length\n"
                f"home: https://example.com/{name}\nkeywords:\n- web\n- {name}\nsources:\n"
                f"- https://example.com/{name}/source\nmaintainers:\n- name: Ada\n  email: ada@example.com\n"
            )
            members = [file(f"{name}/Chart.yaml", text.encode()), file(f"{name}/values.yaml", values)]
            (folder / f"{name}-{version}.tgz").write_bytes(packed(*members))


def write_chart(folder: Path, url: str, served: Path) -> None:
    """Write a chart with ten dependencies, each on a range that half of its versions are in."""
    folder.mkdir(parents=True)
    versions: dict[str, list[str]] = {}
    for each in sorted(served.glob("*.tgz")):
        name, _, version = each.name.removesuffix(".tgz").rpartition("-")
        versions.setdefault(name, []).append(version)
    names = list(versions)[:: max(1, len(versions) // DEPENDENCIES)][:DEPENDENCIES]
    lines = "".join(
        f"- name: {name}\n  version: '>={versions[name][len(versions[name]) // 2]}'\n  repository: {url}\n"
        for name in names
    )
    (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n{lines}")


def run(words: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Return the seconds and the peak MiB of a process."""
    started = time.perf_counter()
    process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        sys.exit(f"dependencies: {' '.join(words)} failed: {said.decode(errors='replace')}")
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return seconds, usage.ru_maxrss / unit


class Bench:
    """One repository, both tools by turns."""

    def __init__(self, home: Path, url: str, served: Path, rounds: int) -> None:
        self._home, self._url, self._rounds = home, url, rounds
        self._chart = home / "app"
        write_chart(self._chart, url, served)
        for program in (HELM, HELMLITE):
            run([*program, "repo", "add", "bench", url], self.environment(program))

    def environment(self, program: Sequence[str]) -> Mapping[str, str]:
        """Return a home for one of the tools, so that neither has the other's index."""
        home = self._home / Path(program[-1]).name
        return {
            **os.environ,
            **{f"HELM_{each}_HOME": str(home / each.lower()) for each in ("CACHE", "CONFIG", "DATA")},
            "HELMLITE_CACHE_HOME": str(self._home / "own-cache"),
            "HELMLITE_CONFIG_HOME": str(home / "own-config"),
            "PYTHONPATH": str(ROOT),
        }

    def fresh(self) -> None:
        """Take away what an update makes."""
        shutil.rmtree(self._chart / "charts", ignore_errors=True)
        shutil.rmtree(self._home / "own-cache" / "content", ignore_errors=True)
        (self._chart / "Chart.lock").unlink(missing_ok=True)

    def lock(self) -> None:
        """Have helmlite pin what is in ``charts/``."""
        run([*HELMLITE, "dependency", "update", str(self._chart)], self.environment(HELMLITE))

    def compare(self, title: str, *flags: str, verb: str = "update") -> None:
        """Print the medians of both tools."""
        ours: list[tuple[float, float]] = []
        theirs: list[tuple[float, float]] = []
        sent = [0, 0]
        for _ in range(self._rounds):
            for place, (program, found) in enumerate(((HELMLITE, ours), (HELM, theirs))):
                if verb == "update":
                    self.fresh()
                before = Quiet.sent
                found.append(run([*program, "dependency", verb, str(self._chart), *flags], self.environment(program)))
                sent[place] = Quiet.sent - before
        mine, other = (statistics.median(each[0] for each in found) for found in (ours, theirs))
        peaks = [statistics.median(each[1] for each in found) for found in (ours, theirs)]
        print(
            f"{title:38} helmlite {mine:6.2f} s {peaks[0]:4.0f} MiB {sent[0]:9,} B   "
            f"helm {other:6.2f} s {peaks[1]:4.0f} MiB {sent[1]:11,} B   ratio {mine / other:.3f} (goal {GOAL})",
            flush=True,
        )


def main() -> None:
    """Run all comparisons."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--charts", type=int, default=200)
    parser.add_argument("--versions", type=int, default=50)
    parser.add_argument("--archives", help="a folder of archives NAME-VERSION.tgz to take instead of made-up ones")
    chosen = parser.parse_args()
    if not shutil.which("helm"):
        sys.exit("dependencies: there is no helm on PATH")
    # as pip does with what it installs; a checkout may never have been
    compileall.compile_dir(str(ROOT / "helmlite"), quiet=1)
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if chosen.archives:
            shutil.copytree(chosen.archives, folder / "served")
        else:
            publish(folder / "served", chosen.charts, chosen.versions)
        count = len(list((folder / "served").glob("*.tgz")))
        print(f"{count:,} versions, {DEPENDENCIES} dependencies, {chosen.rounds} rounds")
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder / "served")))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        kinds = {
            "YAML index": ["helm", "repo", "index", str(folder / "served")],
            "JSON index": ["helm", "repo", "index", "--json", str(folder / "served")],
            "shards": [*HELMLITE, "repo", "index", str(folder / "served")],
        }
        for kind, words in kinds.items():
            done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{kind}: left out: {done.stderr.strip().splitlines()[:1]}")
                continue
            bench = Bench(folder / kind.replace(" ", "-"), url, folder / "served", chosen.rounds)
            bench.compare(f"update, {kind}, refreshed")
            bench.compare(f"update, {kind}, --skip-refresh", "--skip-refresh")
            bench.compare(f"build, {kind}", verb="build")
            bench.lock()
            bench.compare(f"build, {kind}, all pinned and there", verb="build")
        server.shutdown()


if __name__ == "__main__":
    main()
