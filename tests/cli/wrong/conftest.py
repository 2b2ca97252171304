"""A server, a working folder and a run of the command line in this process, for every case of wrong input."""

from __future__ import annotations

import io
import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from helmlite.cli import failures
from helmlite.cli.main import main
from helmlite.cli.progress import Progress
from helmlite.errors import HelmliteError
from tests.cli.wrong.case import Canaries, Case, lay_out
from tests.fake_api import FakeApi

KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: here
contexts: [{{name: here, context: {{cluster: here, user: me, namespace: prod}}}}]
clusters: [{{name: here, cluster: {{server: "{server}"}}}}]
users: [{{name: me, user: {{token: "@TOKEN@"}}}}]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended: what was printed, and ``behind``: every event and error as a program would show it."""

    code: int
    stdout: str
    stderr: str
    behind: str


@pytest.fixture(scope="session")
def server() -> Iterator[FakeApi]:
    """Return a server that all tests of this process share."""
    with FakeApi().running() as running:
        yield running


@pytest.fixture
def api(server: FakeApi) -> FakeApi:
    """Return the server, empty."""
    server.reset()
    return server


@pytest.fixture
def canaries() -> Canaries:
    """Return fresh canaries."""
    return Canaries.made()


@pytest.fixture
def run(
    api: FakeApi,
    canaries: Canaries,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Iterator[Callable[..., Ended]]:
    """Return a function that lays a case out and runs it, with more flags if wanted."""
    behind: list[str] = []
    shown, told = failures.show, Progress.__call__

    def show(error: HelmliteError, **more: Any) -> int:
        behind.extend((repr(error), *traceback.format_exception(error)))
        return shown(error, **more)

    def tell(self: Progress, event: Any) -> None:
        behind.append(repr(event))
        told(self, event)

    monkeypatch.setattr(failures, "show", show)
    monkeypatch.setattr(Progress, "__call__", tell)
    for name in os.environ:
        if name.startswith(("HELM", "KUBE")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kubeconfig").write_text(canaries.fill(KUBECONFIG.format(server=api.url)))
    monkeypatch.setenv("KUBECONFIG", "kubeconfig")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "100")

    def ran(case: Case, *more: str) -> Ended:
        behind.clear()
        api.reset()
        if case.api is not None:
            case.api(api)
        lay_out(case, tmp_path, canaries)
        for name, value in case.environment.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value.replace("<server>", api.url))
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(canaries.fill(case.stdin).encode())))
        words = [
            canaries.fill(each).replace("<server>", api.url).replace("<address>", api.address)
            for each in (*more, *case.words)
        ]
        capfd.readouterr()
        code = main(words)
        printed = capfd.readouterr()
        return Ended(code=code, stdout=printed.out, stderr=printed.err, behind="\n".join(behind))

    with ExitStack() as after:
        for each in (signal.SIGINT, signal.SIGTERM):
            after.callback(signal.signal, each, signal.getsignal(each))
        yield ran
