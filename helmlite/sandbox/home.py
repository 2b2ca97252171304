"""The folder of a sandbox: its port and token, its kubeconfig, and which process serves it.

::

    settings.json   port, token, pace and programs, for the next start; 0600
    kubeconfig      0600
    state.db        every object
    ca.crt, server.crt, server.key
    pid             the process that serves it, which holds a lock on this file as long as it lives
    log             what it has to say
    lock            held while somebody starts, stops or empties it
    real/           of a real control plane: its keys, etcd's store, the programs' logs
"""

from __future__ import annotations

import base64
import fcntl
import json
import math
import os
import random
import re
import secrets
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

from helmlite.errors import SandboxError
from helmlite.sandbox.certificates import write_private
from helmlite.sandbox.real import command_line

LOOPBACK = "127.0.0.1"
NAME = "helmlite-sandbox"
FIRST_PORTS = range(20000, 30000)
"""Where a port is looked for: below those that systems give to outgoing connections, so that it is free next time."""
SERVE = "helmlite.sandbox.serve"
"""The module that a process in the background runs."""
INSIDE = "inside"
"""What the pid file says of a process that does more than serve, and must not be ended for it."""

_TOKEN = re.compile(r"[0-9a-f]{32,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What outlives a restart. ``programs`` is the folder of a real control plane's programs, empty without one."""

    port: int
    token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    pace: float = 1.0
    programs: str = ""


def default_folder() -> Path:
    """Return the folder of the user's sandbox: HELMLITE_SANDBOX_HOME, else in the user's state folder."""
    chosen = os.environ.get("HELMLITE_SANDBOX_HOME")
    if chosen:
        return Path(chosen).absolute()
    try:
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Application Support" / "helmlite" / "sandbox"
        state = Path(os.environ.get("XDG_STATE_HOME") or "")
        return (state if state.is_absolute() else Path.home() / ".local" / "state") / "helmlite" / "sandbox"
    except RuntimeError:
        raise SandboxError("the user has no home folder", hint="set HELMLITE_SANDBOX_HOME, or give --dir") from None


class Home:
    """The folder of one sandbox."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kubeconfig = folder / "kubeconfig"
        self.store = folder / "state.db"
        self.log = folder / "log"
        self.real = folder / "real"
        self._pid = folder / "pid"
        self._settings = folder / "settings.json"

    @property
    def exists(self) -> bool:
        """Return whether there is a folder; raises SandboxError where that cannot be seen."""
        with self.translated():
            return self.folder.exists()

    def make(self) -> None:
        """Make the folder where there is none; raises SandboxError where it cannot be, or holds something else."""
        with self.translated():
            if self.folder.exists() and any(self.folder.iterdir()) and not (self.folder / "lock").exists():
                raise SandboxError(f"{self.folder} holds something that is no sandbox", hint="name another folder")
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
            (self.folder / "lock").touch(mode=0o600)

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Tell faults of the folder as SandboxError."""
        try:
            yield
        except OSError as error:
            said = f"{error.strerror or error}: {error.filename or self.folder}"
            raise SandboxError(
                f"the sandbox's folder {self.folder} cannot be used: {said}",
                hint="let the user read and write there, or name another folder: --dir DIR",
            ) from None

    @contextmanager
    def locked(self, seconds: float = 60) -> Iterator[None]:
        """Let nobody else start, stop or empty the sandbox meanwhile; raises SandboxError when that takes too long."""
        self.make()
        deadline = time.monotonic() + seconds
        with self.translated(), (self.folder / "lock").open("rb") as lock:
            while not _lock(lock):
                if time.monotonic() > deadline:
                    raise SandboxError(f"somebody else starts or stops the sandbox in {self.folder} all the time")
                time.sleep(0.02)
            yield

    def claim(self, *, is_inside: bool) -> BinaryIO:
        """Return the pid file, locked as long as it stays open; raises SandboxError when another process serves."""
        with self.translated():
            file = open_private(self._pid, "a+b")
            deadline = time.monotonic() + 0.2  # others look for a moment only
            while not _lock(file):
                if time.monotonic() > deadline:
                    file.close()
                    raise SandboxError(f"a sandbox already runs in {self.folder}")
                time.sleep(0.005)
            file.truncate(0)
            file.write(f"{os.getpid()} {INSIDE if is_inside else ''}".strip().encode() + b"\n")
            file.flush()
            return file

    def server(self) -> tuple[int, bool] | None:
        """Return the id of the process that serves, and whether it does other things too; None when none does.

        The lock tells, not the number, which may be another process's by now. Raises SandboxError where one serves, but
        the file does not say which.
        """
        deadline = time.monotonic() + 0.5  # one that starts takes the lock first, then writes
        try:
            while True:
                with self._pid.open("rb") as file:
                    if _lock(file, fcntl.LOCK_SH):
                        return None
                    found = re.fullmatch(rb"([1-9][0-9]{0,8})( inside)?\n", file.read(100))
                # what another process is ended for is not left to a number in a file
                if found and (found[2] or f"{SERVE} {self.folder} " in command_line(int(found[1]))):
                    return int(found[1]), bool(found[2])
                if time.monotonic() > deadline:
                    raise SandboxError(
                        f"a sandbox runs in {self.folder}, but {self._pid} is damaged: it names no process of it",
                        hint=f"end the process whose command line holds: {SERVE} {self.folder}",
                    )
                time.sleep(0.01)
        except FileNotFoundError:
            return None
        except OSError as error:
            with self.translated():
                raise error from None

    @property
    def settings(self) -> Settings | None:
        """Return what is set, None before the first start; raises SandboxError where the file is damaged."""
        try:
            found: Any = json.loads(self._settings.read_bytes())
            settings = Settings(
                port=int(found["port"]),
                token=found["token"],
                pace=float(found["pace"]),
                programs=str(found["programs"]),
            )
            is_good = 0 <= settings.port < 1 << 16 and 0 <= settings.pace < math.inf
            # a token that is easily guessed, or none at all, lets everybody in
            if not (is_good and _TOKEN.fullmatch(settings.token)):
                raise ValueError
            return settings
        except FileNotFoundError:
            return None
        except OSError as error:
            with self.translated():
                raise error from None
        except (ValueError, TypeError, KeyError):
            raise SandboxError(
                f"{self._settings} cannot be used: it is damaged",
                hint="stop the sandbox and remove the file: port and token will be new, objects are kept",
            ) from None

    def keep(self, settings: Settings) -> None:
        """Write what is set."""
        with self.translated():
            write_private(self._settings, f"{json.dumps(asdict(settings))}\n".encode())

    def write_kubeconfig(self, settings: Settings, authority_pem: str) -> None:
        """Write how the sandbox is reached."""
        authority = base64.b64encode(authority_pem.encode()).decode()
        server = f"https://{LOOPBACK}:{settings.port}"
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": NAME,
            "clusters": [{"name": NAME, "cluster": {"server": server, "certificate-authority-data": authority}}],
            "users": [{"name": NAME, "user": {"token": settings.token}}],
            "contexts": [{"name": NAME, "context": {"cluster": NAME, "user": NAME}}],
        }
        with self.translated():
            write_private(self.kubeconfig, f"{json.dumps(content, indent=1)}\n".encode())

    def empty(self) -> None:
        """Remove every object of the embedded sandbox."""
        with self.translated():
            for end in ("", "-wal", "-shm", "-journal"):
                self.store.with_name(self.store.name + end).unlink(missing_ok=True)


def listen(port: int = 0) -> socket.socket:
    """Return a socket that listens on a port of loopback, 0 for a free one; raises SandboxError when it is taken."""
    # asyncio turns Nagle's delay (40 ms a request) off where a socket says that it is TCP
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of the last run may still be closing
    tries = [port] * 50 if port else [*random.sample(FIRST_PORTS, 50), 0]
    try:
        for number, each in enumerate(tries, 1):
            try:
                made.bind((LOOPBACK, each))
                break
            except OSError:
                if number == len(tries):
                    raise
                if port:  # of a process that was killed, locks and ports go one after another
                    time.sleep(0.01)
        made.listen(128)
    except (OSError, OverflowError) as error:
        made.close()
        said = getattr(error, "strerror", None) or error
        raise SandboxError(
            f"port {port} of {LOOPBACK} cannot be had: {said}",
            hint="end the program that has it, or take another port: helmlite sandbox start --port PORT",
        ) from None
    return made


def open_private(path: Path, mode: Literal["wb", "a+b"]) -> BinaryIO:
    """Return an open file that, where this makes it, only its owner may read."""
    return open(path, mode, opener=lambda name, flags: os.open(name, flags, 0o600))


def _lock(file: BinaryIO, kind: int = fcntl.LOCK_EX) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(file, kind | fcntl.LOCK_NB)
        return True
    return False
