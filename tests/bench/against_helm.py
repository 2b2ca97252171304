"""Time helmlite beside the real helm, in alternating pairs of one run: medians and their ratio.

    python tests/bench/against_helm.py [--kubeconfig FILE] [--pairs 7] [--objects 200]

Start-up and ``template`` need no cluster; install and upgrade of ConfigMaps do, and are left out without one.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

Run = Callable[[], None]


def timed(run: Run) -> float:
    """Return the seconds that a call takes."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def pair(name: str, ours: Run, theirs: Run, pairs: int, between: Run = lambda: None) -> None:
    """Print the medians of both, run by turns, and how they stand to each other."""
    mine, other = [], []
    for _ in range(pairs):
        mine.append(timed(ours))
        other.append(timed(theirs))
        between()
    ratio = statistics.median(mine) / statistics.median(other)
    print(
        f"{name:38} helmlite {statistics.median(mine):7.3f} s   "
        f"helm {statistics.median(other):7.3f} s   ratio {ratio:.2f}",
        flush=True,
    )


def write_chart(folder: Path, objects: int) -> None:
    """Write a chart of ConfigMaps without template syntax, which both tools take."""
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {folder.name}\nversion: 1.0.0\n")
    documents = [
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n"
        f"  name: map-{number:03}\ndata:\n  key: value-{number}\n  more: text\n"
        for number in range(objects)
    ]
    (folder / "templates" / "maps.yaml").write_text("---\n".join(documents))


def main() -> None:
    """Run all comparisons."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kubeconfig", default=os.environ.get("KUBECONFIG", ""))
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--objects", type=int, default=200)
    chosen = parser.parse_args()
    # as pip does with what it installs; a checkout may never have been
    compileall.compile_dir(str(Path(__file__).resolve().parents[2] / "helmlite"), quiet=1)
    if not shutil.which("helm"):
        sys.exit("against_helm: there is no helm on PATH")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        environment = {
            **os.environ,
            "KUBECONFIG": chosen.kubeconfig,
            **{f"HELM_{each}_HOME": str(folder / each) for each in ("CACHE", "CONFIG", "DATA")},
        }

        def command(*words: str) -> Run:
            def run() -> None:
                done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
                if done.returncode:
                    sys.exit(f"{' '.join(words)} failed:\n{done.stderr}")

            return run

        ours: Sequence[str] = (str(Path(sys.executable).with_name("helmlite")),)
        pair("start-up (version)", command(*ours, "version"), command("helm", "version"), chosen.pairs)
        pair("start-up (--help)", command(*ours, "--help"), command("helm", "--help"), chosen.pairs)
        small, large = folder / "small", folder / "large"
        write_chart(small, 5)
        write_chart(large, chosen.objects)
        for chart in (small, large):
            count = 5 if chart is small else chosen.objects
            pair(
                f"template of {count} objects",
                command(*ours, "template", "x", str(chart)),
                command("helm", "template", "x", str(chart)),
                chosen.pairs,
            )
        if not chosen.kubeconfig:
            print("no cluster (--kubeconfig FILE): install and upgrade are left out")
            return
        names = ("bench-ours", "bench-helm")
        for name in names:
            command("kubectl", "create", "namespace", name)()
        flags = {name: ("-n", name) for name in names}
        try:
            rounds: dict[str, list[tuple[float, float]]] = {"install": [], "upgrade, unchanged": [], "uninstall": []}
            for _ in range(chosen.pairs):
                for verb, words in (
                    ("install", ("install", "x", str(large))),
                    ("upgrade, unchanged", ("upgrade", "x", str(large))),
                    ("uninstall", ("uninstall", "x")),
                ):
                    rounds[verb].append(
                        (
                            timed(command(*ours, *words, *flags["bench-ours"])),
                            timed(command("helm", *words, *flags["bench-helm"])),
                        )
                    )
            for verb, seconds in rounds.items():
                mine = statistics.median(each[0] for each in seconds)
                other = statistics.median(each[1] for each in seconds)
                print(
                    f"{verb + f' of {chosen.objects} ConfigMaps':38} helmlite {mine:7.3f} s   helm {other:7.3f} s"
                    f"   ratio {mine / other:.2f}",
                    flush=True,
                )
        finally:
            for name in names:
                command("kubectl", "delete", "namespace", name, "--wait=false")()


if __name__ == "__main__":
    main()
