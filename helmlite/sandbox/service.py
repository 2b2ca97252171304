"""The verbs of ``helmlite sandbox``: one sandbox in the background, and one for the length of a command.

The sandbox is the embedded server, or where asked for a real control plane in its place.
"""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import os
import shlex
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from helmlite.errors import SandboxError
from helmlite.sandbox import certificates
from helmlite.sandbox.home import LOOPBACK, SERVE, Home, Settings, default_folder, listen, open_private
from helmlite.sandbox.real import Plane, command_line

EMBEDDED, REAL = "embedded", "real"
START_SECONDS = 30.0
STOP_SECONDS = 10.0
QUIET_SECONDS = 1.0
"""After how long a start says what it waits for."""
PACE = 1.0
PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How a sandbox is. ``pid`` is None while it does not run, ``url`` empty before the first start."""

    is_running: bool
    kind: str
    url: str
    pid: int | None
    kubeconfig: Path
    folder: Path


class Service:
    """The sandbox of one folder."""

    def __init__(self, folder: Path) -> None:
        self._home = Home(folder.absolute())

    def state(self) -> State:
        """Return how it is."""
        found = self._home.settings
        with self._home.translated():
            pid, kind = self._running()
        return State(
            is_running=pid is not None,
            kind=kind or (REAL if found and found.programs else EMBEDDED),
            url=f"https://{LOOPBACK}:{found.port}" if found else "",
            pid=pid,
            kubeconfig=self._home.kubeconfig,
            folder=self._home.folder,
        )

    def kubeconfig(self) -> Path:
        """Return the absolute path of its kubeconfig; raises SandboxError where none is."""
        path = self._home.kubeconfig
        with self._home.translated():
            if not path.exists():
                folder = self._home.folder
                said = f"{path} is missing" if folder.exists() else f"no sandbox was started in {folder}"
                raise SandboxError(said, hint=self._verb("start"))
        return path

    def start(self, tell: Tell, *, port: int = 0, pace: float | None = None, programs: Path | None = None) -> bool:
        """Return once it answers, and whether it had to be started; raises SandboxError when it cannot be.

        With ``programs``, a folder, a real control plane is started.
        """
        if programs and pace is not None:
            raise SandboxError("a real control plane has its own pace", hint="leave --pace out")
        with self._home.locked():
            pid, running = self._running()
            wanted = REAL if programs else EMBEDDED
            known = self._home.settings
            if pid is not None:
                stop_first = f"stop it first: {self._verb('stop')}"
                if running != wanted:
                    raise SandboxError(f"{_called(running)} runs in {self._home.folder}", hint=stop_first)
                if known is not None and port not in (0, known.port):
                    raise SandboxError(f"the sandbox runs at port {known.port} already", hint=stop_first)
                if known is not None and pace not in (None, known.pace):
                    raise SandboxError(f"the sandbox runs at a pace of {known.pace:g} already", hint=stop_first)
                if known is not None and not self._home.kubeconfig.exists():
                    self._home.write_kubeconfig(known, self._authority(running).read_text(encoding="ascii"))
                return False
            settings = replace(
                known or Settings(port=0), pace=PACE if pace is None else pace, programs=str(programs or "")
            )
            self._start(replace(settings, port=port or settings.port), tell)
            return True

    def stop(self) -> bool:
        """End it; return whether it ran."""
        if not self._home.exists:
            return False
        with self._home.locked():
            return self._stop()

    def reset(self, tell: Tell) -> bool:
        """Remove all that is stored and leave it running or stopped, as it was; return which."""
        if not self._home.exists:
            return False
        with self._home.locked():
            settings = self._home.settings
            was_running = self._stop()
            self._home.empty()
            self._plane().empty()
            if was_running and settings is not None:
                self._start(settings, tell)
            return was_running

    def _plane(self) -> Plane:
        """Return the real control plane of the folder, to be looked at and ended."""
        return Plane(self._home.real, Path())

    def _authority(self, kind: str) -> Path:
        return self._plane().certificate if kind == REAL else self._home.folder / certificates.AUTHORITY

    def _verb(self, name: str) -> str:
        """Return the command line of a verb for this folder."""
        with contextlib.suppress(SandboxError):
            if default_folder() == self._home.folder:
                return f"helmlite sandbox {name}"
        return f"helmlite sandbox {name} --dir {shlex.quote(str(self._home.folder))}"

    def _running(self) -> tuple[int | None, str]:
        """Return process id and kind of what runs, None and an empty text for nothing."""
        found = self._home.server()
        if found is not None:
            return found[0], EMBEDDED
        for pid, program in self._plane().processes():
            if program == "kube-apiserver" and str(self._home.real) in command_line(pid):
                return pid, REAL
        return None, ""

    def _start(self, settings: Settings, tell: Tell) -> None:
        if settings.programs:
            self._start_real(settings, tell)
        else:
            self._start_embedded(settings, tell)

    def _start_real(self, settings: Settings, tell: Tell) -> None:
        tell("Starting a real control plane ...")
        plane = Plane(self._home.real, Path(settings.programs))
        plane.stop()  # what may be left of one that has died in part
        with listen(settings.port) as free:
            settings = replace(settings, port=int(free.getsockname()[1]))
        try:
            plane.start(port=settings.port, token=settings.token)
        except BaseException:
            plane.stop()
            raise
        self._home.keep(settings)
        self._home.write_kubeconfig(settings, plane.certificate.read_text(encoding="ascii"))

    def _start_embedded(self, settings: Settings, tell: Tell) -> None:
        _check_extra()
        with listen(settings.port) as listener:
            settings = replace(settings, port=int(listener.getsockname()[1]))
            self._home.keep(settings)
            with self._home.translated(), open_private(self._home.log, "wb") as log:
                process = subprocess.Popen(  # noqa: S603  # this Python, with our own words
                    [
                        *(sys.executable, "-m", SERVE),
                        *(str(self._home.folder), str(listener.fileno()), str(settings.pace)),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=(listener.fileno(),),
                    start_new_session=True,
                    cwd="/",
                )
        try:
            self._wait(process, settings.port, tell)
        except BaseException:
            process.kill()
            process.wait()
            raise
        # it outlives us; should it end sooner, somebody has to take note, or it stays in the system's list
        threading.Thread(target=process.wait, daemon=True).start()

    def _wait(self, process: subprocess.Popen[bytes], port: int, tell: Tell) -> None:
        """Return once it answers; raises SandboxError with the end of its log."""
        begin, said = time.monotonic(), False
        while not _answers(self._home.folder / certificates.AUTHORITY, port):
            if process.poll() is not None:
                raise self._failed(f"ended at its start (exit code {process.returncode})")
            passed = time.monotonic() - begin
            if passed > START_SECONDS:
                raise self._failed(f"does not answer after {START_SECONDS:.0f} s")
            if passed > QUIET_SECONDS and not said:
                said = True
                tell("Waiting for the sandbox to answer ...")
            time.sleep(0.01)

    def _failed(self, what: str) -> SandboxError:
        """Return what is said of a start that failed, with the last words of the process."""
        lines = self._home.log.read_text(errors="replace").splitlines() or ["it says nothing"]
        return SandboxError(f"the sandbox {what}: {lines[-1]}", hint=f"its log may say more: {self._home.log}")

    def _stop(self) -> bool:
        pid, kind = self._running()
        if kind != EMBEDDED or pid is None:
            self._plane().stop()
            return kind == REAL
        found = self._home.server()
        if found is not None and found[1]:
            raise SandboxError(f"the sandbox is a part of process {pid}, which does other things too", hint="end that")
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            deadline = time.monotonic() + STOP_SECONDS
            while time.monotonic() < deadline:
                if self._home.server() is None:
                    return True
                time.sleep(0.01)
        raise SandboxError(f"process {pid} of the sandbox does not end", hint=f"kill -9 {pid}")


def run(command: Sequence[str], tell: Tell, *, pace: float | None = None, programs: Path | None = None) -> int:
    """Run a command with a fresh sandbox in KUBECONFIG; return its exit code, 128 and the number for a signal.

    With ``programs`` it is a real control plane. Signals are passed on. Raises SandboxError.
    """
    children: list[subprocess.Popen[bytes]] = []

    def pass_on(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # a signal's call
        if not children:
            raise SystemExit(128 + number)
        # Ctrl-C in a terminal has reached the command too
        if number != signal.SIGINT or not (sys.stdin and sys.stdin.isatty()):
            children[0].send_signal(number)

    # what is ignored, as nohup has it, stays so for the command too
    heard = [each for each in PASSED_ON if signal.getsignal(each) is not signal.SIG_IGN]
    before = {each: signal.signal(each, pass_on) for each in heard}
    try:
        with _fresh(tell, pace, programs) as kubeconfig:
            environment = {**os.environ, "KUBECONFIG": str(kubeconfig)}
            try:
                children.append(subprocess.Popen(command, env=environment))  # noqa: S603  # what the user asks for
            except OSError as error:
                raise SandboxError(
                    f"{command[0] or 'a command without a name'} cannot be run: {error.strerror}",
                    hint="name a program on PATH, or the path of one",
                ) from None
            code = children[0].wait()
            return code if code >= 0 else 128 - code
    finally:
        for each, action in before.items():
            signal.signal(each, action)


@contextmanager
def _fresh(tell: Tell, pace: float | None, programs: Path | None) -> Iterator[Path]:
    """Return the kubeconfig of a fresh sandbox, which ends with the block."""
    if programs is None:
        _check_extra()
        from helmlite.sandbox.sandbox import Sandbox

        with Sandbox(pace=PACE if pace is None else pace) as sandbox:
            yield sandbox.kubeconfig
        return
    with tempfile.TemporaryDirectory(prefix="helmlite-sandbox-", ignore_cleanup_errors=True) as made:
        service = Service(Path(made) / "sandbox")
        try:
            service.start(tell, pace=pace, programs=programs)
            yield service.kubeconfig()
        finally:
            service.stop()


def programs_of(environment: str | None) -> Path:
    """Return the folder that KUBEBUILDER_ASSETS names; raises SandboxError where it names none."""
    if not environment:
        raise SandboxError(
            "KUBEBUILDER_ASSETS is not set, so there are no programs of a real control plane",
            hint="set it to a folder that holds them, or leave --real out",
        )
    return Path(environment).absolute()


def _called(kind: str) -> str:
    return "a real control plane" if kind == REAL else "the embedded sandbox"


def _check_extra() -> None:
    """Raise SandboxError where the sandbox's libraries are not installed."""
    from helmlite.sandbox.sandbox import missing_extra

    for name in ("starlette", "uvicorn", "httptools"):
        if importlib.util.find_spec(name) is None:
            raise missing_extra(ImportError(name, name=name))


def _answers(authority: Path, port: int) -> bool:
    """Return whether the server at a port of loopback says that it is ready."""
    if not authority.exists():
        return False
    try:
        connection = http.client.HTTPSConnection(
            LOOPBACK, port, timeout=2, context=ssl.create_default_context(cafile=str(authority))
        )
        with contextlib.closing(connection):
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
    except (OSError, ssl.SSLError, http.client.HTTPException):
        return False
