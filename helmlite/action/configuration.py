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

from helmlite.action.events import Detail, Emit, Transferred, Waiting, Warned, ignore
from helmlite.engine.limits import RenderBounds
from helmlite.errors import Interrupted, RepositoryError
from helmlite.kube.config import ClusterConfig

if TYPE_CHECKING:
    from helmlite.kube.cluster import Cluster
    from helmlite.repo.client import Places, RepositoryClient
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
    return _own_folder("HELMLITE_CACHE_HOME", "XDG_CACHE_HOME", Path(".cache"), Path("Library", "Caches"))


def user_config_folder() -> Path | None:
    """Return the folder of helmlite's own settings: HELMLITE_CONFIG_HOME, else where the user's others are.

    None where the user has no home.
    """
    return _own_folder("HELMLITE_CONFIG_HOME", "XDG_CONFIG_HOME", Path(".config"), Path("Library", "Preferences"))


def helm_data_folder() -> Path | None:
    """Return Helm's data folder, where its starters are: HELM_DATA_HOME, else among the user's; None without a home."""
    chosen = os.environ.get("HELM_DATA_HOME")
    return (
        Path(chosen) if chosen else _standard_folder("helm", "XDG_DATA_HOME", Path(".local", "share"), Path("Library"))
    )


def _own_folder(own: str, standard: str, usual: Path, mac: Path) -> Path | None:
    chosen = os.environ.get(own)
    return Path(chosen).absolute() if chosen else _standard_folder("helmlite", standard, usual, mac)


def _standard_folder(name: str, standard: str, usual: Path, mac: Path) -> Path | None:
    try:
        if sys.platform == "darwin":
            return Path.home() / mac / name
        chosen = Path(os.environ.get(standard) or "")
        return (chosen if chosen.is_absolute() else Path.home() / usual) / name
    except RuntimeError:
        return None


def repository_places(*, repositories: str = "", indexes: str = "", cache: Path | None = None) -> Places:
    """Return where the user's repositories are kept: as flags say, else Helm's variables, else in Helm's folders.

    Passwords are in helmlite's own folder, archives in ``cache``.
    """
    from helmlite.repo.client import Places

    def helm(own: str, standard: str, usual: Path, mac: Path) -> Path:
        chosen = os.environ.get(own)
        found = Path(chosen) if chosen else _standard_folder("helm", standard, usual, mac)
        if found is None:
            raise RepositoryError("there is no folder for repositories: you have no home", hint=f"set {own}")
        return found

    def config() -> Path:
        return helm("HELM_CONFIG_HOME", "XDG_CONFIG_HOME", Path(".config"), Path("Library", "Preferences"))

    def caches() -> Path:
        return helm("HELM_CACHE_HOME", "XDG_CACHE_HOME", Path(".cache"), Path("Library", "Caches"))

    file = repositories or os.environ.get("HELM_REPOSITORY_CONFIG")
    folder = indexes or os.environ.get("HELM_REPOSITORY_CACHE")
    own = user_config_folder()
    return Places(
        repositories=Path(file) if file else config() / "repositories.yaml",
        indexes=Path(folder) if folder else caches() / "repository",
        credentials=own / "credentials.json" if own else None,
        cache=cache,
    )


def utc_now() -> datetime:
    """Return the time of day, in UTC."""
    return datetime.now(UTC)


@dataclass(kw_only=True)
class Configuration:
    """The surroundings of every action. Safe to reuse for many calls; ``cluster`` and ``driver`` are made when needed.

    ``stop`` asks the running action to end: the change in flight is finished, the release recorded, Interrupted raised.
    ``lease_seconds`` is how long the lock outlives its holder; ``concurrency`` how many writes run at once.
    ``cache_folder`` is where compiled templates and fetched archives are kept for the next run; without one they are
    not. ``repository_config`` and ``repository_cache`` are the file of repositories and the folder of their indexes;
    empty is where Helm has them.
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
    repository_config: str = ""
    repository_cache: str = ""
    sleep: Callable[[float], None] = time.sleep
    _cluster: Cluster | None = field(default=None, repr=False)
    _driver: Driver | None = field(default=None, repr=False)
    _repositories: RepositoryClient | None = field(default=None, repr=False)

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
    def repositories(self) -> RepositoryClient:
        """Return the client of chart repositories, made at first use; raises RepositoryError without a home."""
        if self._repositories is None:
            from helmlite.repo.client import RepositoryClient
            from helmlite.repo.credentials import PREFIX
            from helmlite.repo.watch import Watch

            authorities = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
            self._repositories = RepositoryClient(
                repository_places(
                    repositories=self.repository_config, indexes=self.repository_cache, cache=self.cache_folder
                ),
                monotonic=self.monotonic,
                sleep=self._pause,
                environment={key: value for key, value in os.environ.items() if key.startswith(PREFIX)},
                watch=Watch(
                    warn=lambda text: self.emit(Warned(text=text)),
                    waiting=lambda text: self.emit(Waiting(text=text)),
                    detail=lambda text: self.emit(Detail(text=text)),
                    transferred=self._transferred,
                    check=self._check_stop,
                ),
                ca_file=next((os.environ[each] for each in authorities if os.environ.get(each)), ""),
            )
        return self._repositories

    def _pause(self, seconds: float) -> None:
        self.sleep(seconds)
        self._check_stop()

    def _transferred(self, url: str, done: int, total: int) -> None:
        self.emit(Transferred(url=url, done=done, total=total))
        self._check_stop()

    def _check_stop(self) -> None:
        if self.stop.is_set():
            raise Interrupted("interrupted while a chart was fetched")

    @property
    def namespace(self) -> str:
        """Return the namespace that is worked in: as configured, else the kubeconfig context's, else ``default``."""
        return self.cluster_config.namespace or self.cluster.namespace
