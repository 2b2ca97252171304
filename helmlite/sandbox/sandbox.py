"""One sandbox inside this process: the server in a thread, its files in a folder."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sqlite3
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from helmlite.errors import SandboxError
from helmlite.sandbox import certificates
from helmlite.sandbox.home import LOOPBACK, Home, Settings, listen

if TYPE_CHECKING:
    import uvicorn

    from helmlite.sandbox.app import Application
    from helmlite.sandbox.faults import Fault

STOP_SECONDS = 10


class Sandbox:
    """An embedded cluster, from ``start`` (or entering a ``with`` block) to ``stop`` (or leaving it).

    ``folder`` keeps its objects, port and token; without one all is new, and gone in the end. ``pace`` is how much of
    the ordered delays passes: 0 none, 1 all. ``faults`` are ordered from the start; ``fault`` orders further ones.
    """

    def __init__(self, folder: Path | None = None, *, pace: float = 0.0, faults: Sequence[Fault] = ()) -> None:
        self._folder = folder
        self._pace = pace
        self._faults = faults
        self._home = Home(Path())
        self._settings = Settings(port=0)
        self._application: Application | None = None
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._ending: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._cleanup = contextlib.ExitStack()

    @property
    def kubeconfig(self) -> Path:
        """Return the file that tells clients how to reach it."""
        return self._home.kubeconfig

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"https://{LOOPBACK}:{self._settings.port}"

    @property
    def token(self) -> str:
        """Return the token of its user, who may do everything."""
        return self._settings.token

    def start(self, listener: socket.socket | None = None, *, is_inside: bool = True) -> Self:
        """Return once it answers; raises SandboxError when it cannot start.

        ``listener`` is a socket that listens already; ``is_inside`` tells whether this process does more than serve.
        """
        if self._thread is not None:
            raise SandboxError(f"the sandbox already runs in {self._home.folder}")
        self._failure = None
        with contextlib.ExitStack() as undo:
            if self._folder is None:
                made = undo.enter_context(tempfile.TemporaryDirectory(prefix="helmlite-sandbox-"))
                self._home = Home(Path(made))
            else:
                self._home = Home(self._folder.absolute())
            self._home.make()
            undo.enter_context(self._home.claim(is_inside=is_inside))
            known = self._home.settings
            listener = undo.enter_context(listener or listen(known.port if known else 0))
            port = int(listener.getsockname()[1])
            self._settings = Settings(port=port, token=known.token, pace=self._pace) if known else Settings(port=port)
            self._home.keep(self._settings)
            with self._home.translated():
                authority = certificates.ensure(self._home.folder)
            self._home.write_kubeconfig(self._settings, authority)
            undo.callback(self._end)
            self._run(listener, authority)
            self._cleanup = undo.pop_all()
        return self

    def _run(self, listener: socket.socket, authority: str) -> None:
        """Start the thread; return once the server has started."""
        try:
            from helmlite.sandbox import app
        except ImportError as error:
            raise missing_extra(error) from None
        started = threading.Event()

        async def serve() -> None:
            application = app.Application(
                self._home.store,
                token=self.token,
                pace=self._pace,
                certificate_pem=authority,
                faults=self._faults,
            )
            self._application = application
            files = (self._home.folder / name for name in (certificates.CERTIFICATE, certificates.KEY))
            server = app.server(application, *files)
            self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            while not server.started:
                if serving.done():  # whose log tells why
                    raise SandboxError("the server did not start")
                await asyncio.sleep(0.002)
            started.set()
            ending = asyncio.create_task(self._ending.wait())
            await asyncio.wait((serving, ending), return_when=asyncio.FIRST_COMPLETED)
            ending.cancel()
            application.end_watches()
            server.should_exit = True
            while not serving.done():
                _let_go(server)
                await asyncio.sleep(0.005)
            await serving

        def run() -> None:
            try:
                asyncio.run(serve())
            except BaseException as error:
                self._failure = error
            finally:
                started.set()

        self._thread = threading.Thread(target=run, name="sandbox", daemon=True)
        self._thread.start()
        started.wait()
        if isinstance(self._failure, sqlite3.Error):
            raise SandboxError(
                f"{self._home.store} cannot be used: {self._failure}",
                hint="`helmlite sandbox reset` empties the sandbox",
            )
        if self._failure is not None:
            raise SandboxError(f"the sandbox ended at its start: {self._failure!r}") from self._failure

    def fault(self, fault: Fault) -> None:
        """Order a fault."""
        application = self._application  # which another thread may stop meanwhile
        if application is None:
            raise SandboxError("the sandbox does not run")
        application.faults.add(fault)

    def clear_faults(self) -> None:
        """Order no fault any longer."""
        application = self._application
        if application is not None:
            application.faults.clear()

    def wait(self) -> None:
        """Return when it has ended, by ``stop`` or by a fault of its own; raises SandboxError for the latter."""
        if self._thread is not None:
            self._thread.join()
        if self._failure is not None:
            raise SandboxError(f"the sandbox ended: {self._failure!r}") from self._failure

    def stop(self) -> None:
        """End it; what it keeps in a folder of the caller's stays there. Once ended, nothing happens."""
        self._cleanup.close()

    def _end(self) -> None:
        if self._thread is None:
            return
        if self._loop is not None and self._ending is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(STOP_SECONDS)
        self._thread = self._application = None

    def __enter__(self) -> Self:
        """Start it."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self.stop()


def _let_go(server: uvicorn.Server) -> None:
    """Cut off idle clients, which else take their time to say goodbye in TLS."""
    for each in list(server.server_state.connections):
        transport = each.transport
        if transport is not None and transport.is_closing() and not transport.get_write_buffer_size():
            transport.abort()


def missing_extra(error: ImportError) -> SandboxError:
    """Return what is said where the sandbox's libraries are not installed; raises what is no such error again."""
    if (error.name or "").partition(".")[0] not in ("starlette", "uvicorn", "httptools"):
        raise error
    return SandboxError(
        f"the sandbox needs the library {error.name}, which is not installed", hint="pip install 'helmlite[sandbox]'"
    )
