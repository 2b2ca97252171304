"""Time ``helmlite repo index`` beside ``helm repo index``: whole processes, from the first import to the last byte.

    python tests/bench/index.py [--charts 200] [--versions 50] [--runs 5] [--generator PROGRAM]

Both index folders of the same archives, by turns. Each figure is the median of so many runs in wall time (CPU time and
peak memory beside it), and is held against the share of Helm's that is allowed. "full": no index and no cache is there;
"unchanged": nothing happened since the last run; "one new": one archive came. Helm has one way for all three. The
archives are made here, unless a program is named that takes ``OUT --charts N --versions N``.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import random
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WALL = {"full": 0.5, "unchanged": 0.06, "one new": 0.1}
MEMORY = 0.3
SETTLED_SECONDS = 3
"""After so long an archive is old enough to be known again by its times."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took."""

    wall: float
    cpu: float
    peak_mib: float


def run(words: Sequence[str]) -> Run:
    """Run a program to its good end."""
    started = time.perf_counter()
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} exited with {process.returncode}")
    scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale)


def archive(name: str, version: str, seed: int) -> bytes:
    """Return an archive of a dozen files, such as ``helm package`` makes of ``helm create``."""
    words = random.Random(seed)  # the same archives in each run
    described = f"""\
apiVersion: v2
name: {name}
version: {version}
appVersion: "{words.randint(0, 9)}.{words.randint(0, 9)}.{words.randint(0, 9)}"
kubeVersion: ">=1.25.0-0"
description: The {name} service of an example platform; deploys one stateless web workload
type: application
home: https://git.example.com/platform/{name}
icon: https://static.example.com/icons/{name}.svg
sources:
  - https://git.example.com/platform/{name}
keywords: [web, {words.choice(["mail", "queue", "log", "map"])}, {words.choice(["cat", "feed", "gate", "job"])}]
maintainers:
  - name: Team {words.choice("ABCDEF")}
    email: team@example.com
annotations:
  example.com/commit: {words.randbytes(20).hex()}
"""
    values = "".join(f"key{number}:\n  name: {words.randbytes(8).hex()}\n  count: {number}\n" for number in range(12))
    files = {"Chart.yaml": described, "values.yaml": values, "README.md": f"# {name}\n", ".helmignore": "*.tmp\n"}
    for number in range(8):
        body = f"kind: ConfigMap\nmetadata:\n  name: {{{{ .Release.Name }}}}-{number}\ndata:\n  a: {{{{ .Values }}}}\n"
        files[f"templates/{number}.yaml"] = body * 4
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{name}/{path}")
            member.size = len(text)
            member.mtime = 1_700_000_000
            tar.addfile(member, io.BytesIO(text.encode()))
    return gzip.compress(made.getvalue(), 6, mtime=0)


def generate(folder: Path, charts: int, versions: int) -> None:
    """Write archives of so many charts in so many versions."""
    folder.mkdir()
    for chart in range(charts):
        for version in range(versions):
            name, text = f"chart-{chart:03}", f"1.{version // 10}.{version % 10}"
            (folder / f"{name}-{text}.tgz").write_bytes(archive(name, text, chart * versions + version))


def without_index(folder: Path) -> None:
    """Make a folder one that was never indexed."""
    shutil.rmtree(folder / "charts", ignore_errors=True)
    for name in ("index.yaml", ".helmlite-index.json"):
        (folder / name).unlink(missing_ok=True)


def measure(folder: Path, other: Path, runs: int) -> dict[str, list[Run]]:
    """Return the runs of each kind, helm's among them."""
    ours = [sys.executable, "-m", "helmlite", "repo", "index", str(folder)]
    found: dict[str, list[Run]] = {name: [] for name in ("helm", *WALL)}
    for number in range(runs):
        found["helm"].append(run(["helm", "repo", "index", str(other)]))
        without_index(folder)
        found["full"].append(run(ours))
        found["unchanged"].append(run(ours))
        for place in (folder, other):
            (place / f"new-1.0.{number}.tgz").write_bytes(archive("new", f"1.0.{number}", number))
        found["one new"].append(run(ours))
        time.sleep(SETTLED_SECONDS)
        run(ours)
    return found


def report(found: dict[str, list[Run]]) -> bool:
    """Print the medians; return whether all are within their limits."""

    def median(name: str, what: str) -> float:
        return float(statistics.median(getattr(each, what) for each in found[name]))

    good = True
    sys.stdout.write(
        f"{'':10} {'wall s':>8} {'CPU s':>8} {'peak MiB':>9} {'of Helm wall':>13} {'of Helm memory':>15}\n"
    )
    for name in found:
        wall, cpu, peak = (median(name, what) for what in ("wall", "cpu", "peak_mib"))
        text = f"{name:10} {wall:8.2f} {cpu:8.2f} {peak:9.0f}"
        if name in WALL:
            shares = (wall / median("helm", "wall"), peak / median("helm", "peak_mib"))
            is_good = shares[0] <= WALL[name] and shares[1] <= MEMORY
            good &= is_good
            text += f" {shares[0]:6.3f} (<{WALL[name]:4}) {shares[1]:8.2f} (<{MEMORY}) {'' if is_good else ' OVER'}"
        sys.stdout.write(f"{text}\n")
    return good


def main() -> int:
    """Measure and print; exit with 1 when a limit is passed."""
    parser = argparse.ArgumentParser(description="Time `helmlite repo index` beside `helm repo index`.")
    parser.add_argument("--charts", type=int, default=200)
    parser.add_argument("--versions", type=int, default=50)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--generator", help="a program that makes the archives: OUT --charts N --versions N")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder, other = Path(made) / "ours", Path(made) / "theirs"
        if options.generator:
            counts = ["--charts", str(options.charts), "--versions", str(options.versions)]
            subprocess.run([options.generator, str(folder), *counts], check=True, stdout=subprocess.DEVNULL)
        else:
            generate(folder, options.charts, options.versions)
        shutil.copytree(folder, other)
        time.sleep(SETTLED_SECONDS)
        sys.stdout.write(f"{options.charts * options.versions:,} archives, medians of {options.runs} runs\n")
        return 0 if report(measure(folder, other, options.runs)) else 1


if __name__ == "__main__":
    raise SystemExit(main())
