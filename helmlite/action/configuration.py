"""What every action needs and none makes for itself: the cluster, the store, clock, randomness, process identity."""

from __future__ import annotations

import getpass
import os
import random
import re
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


VERBS = ("install", "upgrade", "rollback", "uninstall", "delete", "del", "un")


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
        """Return one line for people: ``ada@build-7, process 4711 (helmlite upgrade)``."""
        return f"{self.user}@{self.host}, process {self.pid} ({self.command})"


def process_mark(pid: int) -> str:
    """Return what tells a process apart from all others ever started here, empty where unknown (no /proc)."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        space = str(Path(f"/proc/{pid}/ns/pid").stat().st_ino)
        return f"{boot}/{space}/{pid}/{_state_and_start(pid)[1]}"
    except (OSError, IndexError):
        return ""


def _state_and_start(pid: int) -> tuple[str, str]:
    """Return the state of a process (``Z``: ended, but not waited for) and when it was started, for any user's."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return fields[0], fields[19]


def is_dead(mark: str, own: str) -> bool:
    """Return whether the process of ``mark`` is surely gone: same boot and process namespace as ours, and not there.

    Another user's live process, which may not be looked at, is not.
    """
    there, here = mark.split("/"), own.split("/")
    if len(there) != 4 or len(here) != 4 or there[:2] != here[:2] or not re.fullmatch(r"[1-9][0-9]{0,8}", there[2]):
        return False
    pid = int(there[2])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass  # it is there, but not ours
    try:
        state, started = _state_and_start(pid)
    except (OSError, IndexError):
        return False
    return state in "ZX" or started != there[3]


def this_process() -> Identity:
    """Return the identity of the running process; of the command line only the verb is told, for others may read it."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    program = Path(sys.argv[0] if sys.argv else "").name or "python"
    program = "helmlite" if program == "__main__.py" else program
    verb = next((each for each in sys.argv[1:] if each in VERBS), "")
    command = f"{program} {verb}".strip()
    return Identity(
        user=user, host=socket.gethostname(), pid=os.getpid(), command=command[:120], process=process_mark(os.getpid())
    )


def user_cache_folder() -> Path | None:
    """Return the folder of what may be made again: HELMLITE_CACHE_HOME, else in the user's own cache folder.

    None where the user has no home.
    """
    chosen = os.environ.get("HELMLITE_CACHE_HOME")
    if chosen:
        return Path(chosen).absolute()
    try:
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "helmlite"
        caches = Path(os.environ.get("XDG_CACHE_HOME") or "")
        return (caches if caches.is_absolute() else Path.home() / ".cache") / "helmlite"
    except RuntimeError:
        return None


def utc_now() -> datetime:
    """Return the time of day, in UTC."""
    return datetime.now(UTC)


@dataclass(kw_only=True)
class Configuration:
    """The surroundings of every action. Safe to reuse for many calls; ``cluster`` and ``driver`` are made when needed.

    ``stop`` asks the running action to end: the change in flight is finished, the release recorded, Interrupted raised.
    ``lease_seconds`` is how long the lock outlives its holder; ``concurrency`` how many writes run at once.
    ``cache_folder`` is where compiled templates are kept for the next run; without one they are not.
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
    cache_folder: Path | None = None
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
