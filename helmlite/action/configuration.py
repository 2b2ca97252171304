"""What every action needs and none makes for itself: the cluster, the store, clock, randomness, process identity."""

from __future__ import annotations

import getpass
import os
import random
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from helmlite.action.events import Emit, ignore
from helmlite.engine.engine import RenderBounds
from helmlite.kube.config import ClusterConfig

if TYPE_CHECKING:
    from helmlite.kube.cluster import Cluster
    from helmlite.storage.driver import Driver


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who works on a release, as the lock tells others.

    ``process`` names this very process on this very machine (boot, process namespace, pid, start time), so that
    another command on the same machine can tell that it is dead; empty where the system does not say.
    """

    user: str
    host: str
    pid: int
    command: str
    process: str = ""

    @property
    def holder(self) -> str:
        """Return one line for people: ``ada@build-7, process 4711 (helmlite upgrade shop)``."""
        return f"{self.user}@{self.host}, process {self.pid} ({self.command})"


def process_mark(pid: int) -> str:
    """Return what tells a process apart from all others ever started here, empty where unknown (no /proc)."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        space = str(Path(f"/proc/{pid}/ns/pid").stat().st_ino)
        started = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
    return f"{boot}/{space}/{pid}/{started}"


def is_dead(mark: str, own: str) -> bool:
    """Return whether the process of ``mark`` is surely gone: same boot and process namespace as ours, and not there."""
    there, here = mark.split("/"), own.split("/")
    if len(there) != 4 or len(here) != 4 or there[:2] != here[:2] or not there[2].isdigit():
        return False
    return process_mark(int(there[2])) != mark


def this_process() -> Identity:
    """Return the identity of the running process; the command line is cut to its first words, without flags' values."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    words = [each for each in sys.argv[1:4] if not each.startswith("-") and "=" not in each]
    command = " ".join([Path(sys.argv[0]).name or "python", *words[:2]])
    return Identity(
        user=user, host=socket.gethostname(), pid=os.getpid(), command=command[:120], process=process_mark(os.getpid())
    )


def utc_now() -> datetime:
    """Return the time of day, in UTC."""
    return datetime.now(UTC)


@dataclass(kw_only=True)
class Configuration:
    """The surroundings of every action. Safe to reuse for many calls; ``cluster`` and ``driver`` are made when needed.

    ``stop`` asks the running action to end: the change in flight is finished, the release recorded, Interrupted raised.
    ``lease_seconds`` is how long the lock outlives its holder; ``concurrency`` how many writes run at once.
    """

    cluster_config: ClusterConfig = field(default_factory=ClusterConfig)
    emit: Emit = ignore
    now: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = time.monotonic
    random: random.Random = field(default_factory=random.SystemRandom)
    identity: Identity = field(default_factory=this_process)
    bounds: RenderBounds = field(default_factory=RenderBounds)
    stop: threading.Event = field(default_factory=threading.Event)
    lease_seconds: int = 30
    concurrency: int = 8
    guarded: bool = True
    _cluster: Cluster | None = field(default=None, repr=False)
    _driver: Driver | None = field(default=None, repr=False)

    @property
    def cluster(self) -> Cluster:
        """Return the connection to the cluster, made at first use; raises ClusterError for a bad kubeconfig."""
        if self._cluster is None:
            from helmlite.kube.cluster import Cluster

            self._cluster = Cluster.connect(self.cluster_config)
        return self._cluster

    @property
    def driver(self) -> Driver:
        """Return the store of revisions in that cluster."""
        if self._driver is None:
            from helmlite.storage.secrets import SecretsDriver

            self._driver = SecretsDriver(self.cluster)
        return self._driver

    @property
    def namespace(self) -> str:
        """Return the namespace that is worked in: as configured, else the kubeconfig context's, else ``default``."""
        return self.cluster_config.namespace or self.cluster.namespace
