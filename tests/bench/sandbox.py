"""Time and weigh the sandbox: how soon it answers, how fast it writes, what it holds; each beside its limit.

    python tests/bench/sandbox.py [--runs 5] [--maps 500] [--held 10000] [--replicas 100]

It needs no cluster and no other program. Every figure is a median of so many runs, with the least and the greatest.
"""

from __future__ import annotations

import argparse
import base64
import compileall
import http.client
import json
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

MIB = 1 << 20
MAPS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
HELMLITE = str(Path(sys.executable).with_name("helmlite"))


def say(name: str, values: Sequence[float], unit: str = "s", limit: float | None = None) -> None:
    """Print the median of the values, the least, the greatest, and their limit."""
    digits = 3 if unit == "s" else 1
    middle = statistics.median(values)
    verdict = "" if limit is None else f"   limit {limit:g} {unit}: {'kept' if middle <= limit else 'BROKEN'}"
    spread = f"({min(values):.{digits}f} to {max(values):.{digits}f})"
    print(f"{name:48} {middle:8.{digits}f} {unit:3}  {spread}{verdict}", flush=True)


class Client:
    """One kept-alive connection to the server of a kubeconfig."""

    def __init__(self, kubeconfig: Path) -> None:
        content = json.loads(kubeconfig.read_bytes())
        cluster, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
        self._context = ssl.create_default_context(
            cadata=base64.b64decode(cluster["certificate-authority-data"]).decode()
        )
        self._at = urlsplit(cluster["server"])
        self._headers = {"Authorization": f"Bearer {user['token']}", "Content-Type": "application/json"}
        self._connection = self._connect()

    def _connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(str(self._at.hostname), self._at.port, context=self._context, timeout=120)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Return the data of an answer; ends the program when it is a refusal."""
        self._connection.request(method, path, body and json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            sys.exit(f"{method} {path}: {answer.status} {content.decode(errors='replace')}")
        return json.loads(content) if content[:1] == b"{" else content

    def watch(self, path: str, saw: Callable[[Any], bool]) -> None:
        """Hand what a watch tells to ``saw``, on a connection of its own, until that returns true."""
        connection = self._connect()
        connection.request("GET", f"{path}?watch=true", None, self._headers)
        answer = connection.getresponse()
        while not saw(json.loads(answer.readline())):
            pass
        connection.close()


def config_map(name: str, size_bytes: int = 20) -> Any:
    """Return a ConfigMap with so much text."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"text": "x" * size_bytes}}


def deployment(name: str, replicas: int) -> Any:
    """Return a Deployment."""
    labels, container = {"app": name}, {"name": "web", "image": "example.org/web:1"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def command(folder: Path, *words: str) -> str:
    """Run ``helmlite sandbox`` on a folder; return what it prints."""
    done = subprocess.run(
        [HELMLITE, "sandbox", *words, "--dir", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"helmlite sandbox {' '.join(words)} failed:\n{done.stderr}")
    return done.stdout


def timed(run: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


@contextmanager
def started(folder: Path) -> Iterator[Client]:
    """Return a client of a sandbox that runs as long as the block."""
    command(folder, "start")
    try:
        yield Client(folder / "kubeconfig")
    finally:
        command(folder, "stop")


def memory_mib(folder: Path) -> float:
    """Return what the sandbox's process holds of the machine's memory."""
    pid = json.loads(command(folder, "status", "-o", "json"))["pid"]
    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    if not shown.strip():  # a small image has no ps
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        shown = status.partition("VmRSS:")[2].split()[0]
    return int(shown) * 1024 / MIB


def start_alone(folder: Path) -> float:
    """Start a sandbox's process without the command; return the seconds to its first answer."""
    from helmlite.sandbox.home import listen

    begun = time.perf_counter()
    with listen() as listener:
        port = listener.getsockname()[1]
        words = [sys.executable, "-m", "helmlite.sandbox.serve", str(folder), str(listener.fileno()), "1"]
        process = subprocess.Popen(words, pass_fds=[listener.fileno()], stderr=subprocess.DEVNULL)
    try:
        context = ssl._create_unverified_context()  # its certificate is not there yet
        connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)
        connection.request("GET", "/readyz")
        connection.getresponse().read()
        return time.perf_counter() - begun
    finally:
        process.terminate()
        process.wait()


def bench_start(folder: Path, runs: int) -> None:
    """Print how long it takes to the first answer."""
    fresh: list[float] = []
    again: list[float] = []
    alone: list[float] = []
    for run in range(runs):
        here = folder / f"start-{run}"
        for found in (fresh, again):
            found.append(timed(partial(command, here, "start")))  # it returns once /readyz answers
            command(here, "stop")
        alone.append(start_alone(folder / f"alone-{run}"))
    say("first start, by the command", fresh, limit=1.0)
    say("start of an empty one, by the command", again, limit=1.0)
    say("the process alone, to its first answer", alone)


def bench_writes(folder: Path, runs: int, count: int) -> None:
    """Print how long so many ConfigMaps take, one after another."""
    found, reads = [], []
    with started(folder / "writes") as client:
        for run in range(runs):
            bodies = [config_map(f"map-{run}-{number:05}") for number in range(count)]
            names = [each["metadata"]["name"] for each in bodies]

            def write(bodies: Sequence[Any] = bodies) -> None:
                for each in bodies:
                    client.ask("POST", MAPS, each)

            def read(names: Sequence[str] = names) -> None:
                for each in names:
                    client.ask("GET", f"{MAPS}/{each}")

            found.append(timed(write))
            reads.append(timed(read))
    say(f"{count} ConfigMaps created one by one", found, limit=2.5)
    say(f"{count} ConfigMaps read one by one", reads)


def bench_held(folder: Path, runs: int, count: int) -> None:
    """Print what many ConfigMaps of 1 KiB weigh, and how long they take to be made, listed and started with."""
    here = folder / "held"
    with started(here) as client:
        empty = memory_mib(here)
        made = timed(lambda: [client.ask("POST", MAPS, config_map(f"map-{each:06}", 1024)) for each in range(count)])
        full = memory_mib(here)
        lists = [timed(lambda: client.ask("GET", MAPS)) for _ in range(runs)]
        pages = [timed(lambda: client.ask("GET", f"{MAPS}?limit=500")) for _ in range(runs)]
        listed = memory_mib(here)
    starts, again = [], []
    for _ in range(runs):
        starts.append(timed(lambda: command(here, "start")))
        again.append(memory_mib(here))
        command(here, "stop")
    say("memory when empty", [empty], "MiB")
    say(f"memory with {count} ConfigMaps of 1 KiB", [full], "MiB", 300)
    say(f"memory once {count} were listed", [listed], "MiB", 300)
    say(f"memory after a restart with {count}", again, "MiB", 300)
    say(f"creating {count}", [made])
    say(f"starting with {count}, by the command", starts)
    say(f"list of {count}", lists)
    say(f"page of 500 of {count}", pages)


def bench_controllers(folder: Path, runs: int, replicas: int) -> None:
    """Print how long a Deployment takes to be available, and how soon a watch tells of a write."""
    rollouts, upgrades, ends, delays = [], [], [], []
    with started(folder / "controllers") as client:
        for run in range(runs):
            name = f"web-{run}"
            made = deployment(name, replicas)
            path = f"{DEPLOYMENTS}/{name}"

            def is_done(path: str = path) -> bool:
                found = client.ask("GET", path)
                status, spec = found["status"], found["spec"]
                seen = status.get("observedGeneration") == found["metadata"]["generation"]
                counts = (status.get(each) for each in ("replicas", "availableReplicas", "updatedReplicas"))
                return seen and all(each == spec["replicas"] for each in counts)

            def until(question: Callable[[], bool]) -> None:
                while not question():
                    time.sleep(0.02)

            def roll(made: Any = made) -> None:
                client.ask("POST", DEPLOYMENTS, made)
                until(is_done)

            def upgrade(made: Any = made, path: str = path) -> None:
                made["spec"]["template"]["spec"]["containers"][0]["image"] = "example.org/web:2"
                client.ask("PUT", path, made)
                until(is_done)

            def end(path: str = path) -> None:
                client.ask("DELETE", path)
                until(lambda: not client.ask("GET", "/api/v1/namespaces/default/pods")["items"])

            rollouts.append(timed(roll))
            upgrades.append(timed(upgrade))
            ends.append(timed(end))
        delays = watch_delays(client)
    say(f"Deployment of {replicas} replicas, to available", rollouts)
    say("  its upgrade, to available", upgrades)
    say("  its deletion, to the last pod", ends)
    say("watch: from a write's start to its event", [each * 1000 for each in delays], "ms")


def watch_delays(client: Client, count: int = 100) -> list[float]:
    """Return how many seconds after a write was begun a watch told of it."""
    sent, seen, ready = {}, {}, threading.Event()

    def saw(event: Any) -> bool:
        name: str = event["object"]["metadata"]["name"]
        seen[name] = time.perf_counter()
        ready.set()
        return name == f"seen-{count - 1:03}"

    watching = threading.Thread(target=client.watch, args=(MAPS, saw))
    watching.start()
    ready.wait(10)
    for number in range(count):
        name = f"seen-{number:03}"
        sent[name] = time.perf_counter()
        client.ask("POST", MAPS, config_map(name))
    watching.join()
    return [seen[name] - moment for name, moment in sent.items()]


def main() -> None:
    """Run all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--maps", type=int, default=500)
    parser.add_argument("--held", type=int, default=10000)
    parser.add_argument("--replicas", type=int, default=100)
    chosen = parser.parse_args()
    # as pip does with what it installs; a checkout may never have been
    compileall.compile_dir(str(Path(__file__).resolve().parents[2] / "helmlite"), quiet=1)
    os.environ.pop("HELMLITE_SANDBOX_HOME", None)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        bench_start(folder, chosen.runs)
        bench_writes(folder, chosen.runs, chosen.maps)
        bench_held(folder, chosen.runs, chosen.held)
        bench_controllers(folder, max(1, chosen.runs // 2), chosen.replicas)


if __name__ == "__main__":
    main()
