"""Progress on standard error: what a download looks like on a terminal, and that nothing of it goes anywhere else."""

from __future__ import annotations

import io
import os
import pty
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from helmlite.action.events import Event, Note, Transferred, Warned
from helmlite.cli.progress import Progress, transfer_text
from tests.repo.charts import archive, digest, entry, index
from tests.repo.server import Reply, Server

ROOT = Path(__file__).resolve().parents[2]
WEB = archive(files={"values.yaml": "a: 1\n"})
CLEARED = "\r\x1b[K"
DEADLINE_SECONDS = 60.0
"""When a test gives up on what does not come; nothing waits for it that works."""
URL = "https://charts.example.com/files/web-1.0.0.tgz"


class Screen(io.StringIO):
    """A terminal that keeps what is written."""

    def isatty(self) -> bool:
        """Return that it is one."""
        return True

    @property
    def lines(self) -> list[str]:
        """Return what stands there now, as a terminal shows it: what was cleared is gone."""
        return [line.rpartition(CLEARED)[2] for line in self.getvalue().split("\n")]


def shown(*events: Event, quiet_seconds: float = -1.0, screen: io.StringIO | None = None) -> str:
    """Return all that was written of events, on a terminal unless another place is given."""
    place = Screen() if screen is None else screen
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("helmlite.cli.progress.QUIET_SECONDS", quiet_seconds)
        progress = Progress(place, color=False)
        for each in events:
            progress(each)
    return place.getvalue()


@pytest.mark.parametrize(
    ("done", "total", "expected"),
    [
        (0, 2_000_000, "[                        ] 0.0/2.0 MB web-1.0.0.tgz"),
        (500_000, 2_000_000, "[======                  ] 0.5/2.0 MB web-1.0.0.tgz"),
        (1_999_999, 2_000_000, "[======================= ] 2.0/2.0 MB web-1.0.0.tgz"),
        (2_000_000, 2_000_000, "[========================] 2.0/2.0 MB web-1.0.0.tgz"),
        (9_000_000, 2_000_000, "[========================] 9.0/2.0 MB web-1.0.0.tgz"),
        (0, 1, "[                        ] 0.0/0.0 MB web-1.0.0.tgz"),
        (0, 0, "0.0 MB web-1.0.0.tgz"),
        (123_456_789, 0, "123.5 MB web-1.0.0.tgz"),
    ],
)
def test_a_download_is_a_bar(done: int, total: int, expected: str) -> None:
    """As long as what came of a size that is known; of another, what came is a number."""
    assert expected == transfer_text(URL, done, total)


@pytest.mark.parametrize(
    ("url", "name"),
    [(URL, "web-1.0.0.tgz"), ("https://a.example/x/", "https://a.example/x/"), ("index.yaml", "index.yaml")],
)
def test_a_download_has_a_name(url: str, name: str) -> None:
    """The file's, or where there is none the whole URL."""
    assert f"0.0 MB {name}" == transfer_text(url, 0, 0)


def test_a_download_moves_one_line() -> None:
    """Each state takes the place of the one before; no line ends."""
    states = [Transferred(url=URL, done=done, total=2_000_000) for done in (0, 1_000_000, 2_000_000)]
    expected = "".join(f"{CLEARED}{transfer_text(URL, each.done, each.total)}" for each in states)
    assert expected == shown(*states)


def test_what_is_over_soon_is_not_shown() -> None:
    """Within the first second nothing of downloads is."""
    assert "" == shown(Transferred(url=URL, done=1, total=2), quiet_seconds=1000.0)


def test_no_terminal_has_no_progress() -> None:
    """A log has lines that matter, and no states of downloads."""
    events = (Transferred(url=URL, done=1, total=2), Note(text="a note"), Transferred(url=URL, done=2, total=2))
    assert "a note\n" == shown(*events, screen=io.StringIO())


def test_lines_take_the_moving_ones_place() -> None:
    """A note or warning clears it first, and stays."""
    screen = Screen()
    shown(
        Transferred(url=URL, done=1),
        Note(text="a note"),
        Transferred(url=URL, done=2),
        Warned(text="beware", source="team"),
        screen=screen,
    )
    assert ["a note", "Warning: team: beware", ""] == screen.lines


@pytest.mark.parametrize("count", [0, 1, 2])
def test_clearing_takes_it_away(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Once: a second time, and where nothing is shown, nothing is written."""
    monkeypatch.setattr("helmlite.cli.progress.QUIET_SECONDS", -1.0)
    screen = Screen()
    progress = Progress(screen, color=False)
    for number in range(count):
        progress(Transferred(url=URL, done=number))
    progress.clear()
    written = screen.getvalue()
    progress.clear()
    assert (written, [""]) == (screen.getvalue(), screen.lines)
    assert ("" != written) is bool(count)


@pytest.mark.parametrize("text", ["a\x1b[2Jb", "a\x07b", "a\rb", "a\nb", "a\x9bb"])
def test_a_server_writes_nothing_else_on_the_terminal(text: str) -> None:
    """A name with signs that move the cursor, or more lines, is shown without them."""
    written = shown(Transferred(url=f"https://a.example/{text}", done=1)).removeprefix(CLEARED)
    assert [] == [each for each in written if not each.isprintable()]


def test_a_long_name_is_cut() -> None:
    """What wraps around cannot be cleared."""
    assert 100 >= len(shown(Transferred(url=f"https://a.example/{'x' * 500}", done=1)).removeprefix(CLEARED))


def test_many_downloads_share_the_line() -> None:
    """Told from several threads, each state is written whole."""
    screen = Screen()
    states = [Transferred(url=f"https://a.example/{number}", done=number, total=8) for number in range(8)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("helmlite.cli.progress.QUIET_SECONDS", -1.0)
        progress = Progress(screen, color=False)
        threads = [threading.Thread(target=progress, args=(each,)) for each in states]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    expected = sorted(transfer_text(each.url, each.done, each.total) for each in states)
    assert ["", *expected] == sorted(screen.getvalue().split(CLEARED))


class Slow:
    """A repository whose answers come drop by drop until ``enough`` is set; ``was_patient`` when it never was."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.enough = threading.Event()
        self.drops = 0
        self.was_patient = False

    def serve(self, *, slow: str, pieces: int | None = None) -> None:
        """Serve with one slow path; its size is told, but for an index. It is at an end after so many pieces, too."""
        whole = {"/index.yaml": index(entry(WEB)), "/web-1.0.0.tgz": WEB}
        self.server.answers = {path: Reply(body=body) for path, body in whole.items() if path != slow}
        length = None if slow == "/index.yaml" else len(whole[slow])
        self.server.answers[slow] = Reply(length=length, pieces=self._drops(whole[slow], pieces), pause_seconds=0.12)

    def _drops(self, body: bytes, pieces: int | None) -> Iterator[bytes]:
        """Yield single bytes while it is not enough, then the rest; at most three quarters are single."""
        sent = 0
        while sent < (pieces or len(body) * 3 // 4) and not self.enough.is_set():
            yield body[sent : sent + 1]
            sent += 1
            self.drops = sent
        self.was_patient = not self.enough.is_set()
        yield body[sent:]


@pytest.fixture
def slow() -> Iterator[Slow]:
    """Return a slow repository."""
    with Server().running() as server:
        yield Slow(server)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return an environment with folders of the test's own."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HELM", "KUBE")) and not name.lower().endswith("_proxy")
    }
    homes = ("HELM_CONFIG_HOME", "HELM_CACHE_HOME", "HELMLITE_CONFIG_HOME", "HELMLITE_CACHE_HOME")
    return {**kept, **{name: str(tmp_path / name.lower()) for name in homes}, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}


def on_a_terminal(
    words: Sequence[str], environment: dict[str, str], cwd: Path, slow: Slow, *, all_of_it: bool = False
) -> tuple[int, bytes, str]:
    """Return exit code, standard output and what a terminal got as standard error, or with ``all_of_it`` as both.

    The server goes on as soon as a moving line was seen.
    """
    outside, inside = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "helmlite", *words],
        env=environment,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=inside if all_of_it else subprocess.PIPE,
        stderr=inside,
    )
    os.close(inside)
    seen = b""
    until = time.monotonic() + DEADLINE_SECONDS
    with suppress(OSError):  # so ends a terminal whose programs are gone
        while time.monotonic() < until and (select.select([outside], [], [], 1.0)[0] or process.poll() is None):
            if select.select([outside], [], [], 0)[0]:
                read = os.read(outside, 1 << 16)
                if not read:
                    break
                seen += read
                if b"MB " in seen:
                    slow.enough.set()
    os.close(outside)
    slow.enough.set()
    stdout, _ = process.communicate(timeout=DEADLINE_SECONDS)
    return process.returncode, stdout or b"", seen.decode()


COMMANDS = {
    "pull": ("/web-1.0.0.tgz", ("pull", "web", "--repo", "<url>"), "", "web-1.0.0.tgz"),
    "show": ("/web-1.0.0.tgz", ("show", "values", "<url>/web-1.0.0.tgz"), "a: 1\n", "web-1.0.0.tgz"),
    "repo add": (
        "/index.yaml",
        ("repo", "add", "team", "<url>"),
        '"team" has been added to your repositories\n',
        "index.yaml",
    ),
}


@pytest.mark.parametrize(("path", "words", "stdout", "name"), COMMANDS.values(), ids=COMMANDS)
def test_a_slow_download_is_shown_on_a_terminal(
    slow: Slow, environment: dict[str, str], tmp_path: Path, path: str, words: tuple[str, ...], stdout: str, name: str
) -> None:
    """A line moves while it goes on and is cleared at the end; standard output has the result alone."""
    slow.serve(slow=path)
    line = [each.replace("<url>", slow.server.url) for each in words]
    code, printed, terminal = on_a_terminal(line, environment, tmp_path, slow)
    assert (0, stdout) == (code, printed.decode())
    states = terminal.split(CLEARED)
    assert ["", ""] == [states[0], states[-1]], terminal
    shape = "[" if path != "/index.yaml" else "0.0 MB "
    assert all(each.startswith(shape) and each.endswith(f" MB {name}"[-len(name) :]) for each in states[1:-1])
    assert len(states) > 2
    assert not slow.was_patient


def test_a_result_begins_a_line_on_a_terminal(slow: Slow, environment: dict[str, str], tmp_path: Path) -> None:
    """Where standard output is the same terminal, the moving line is away before the result."""
    slow.serve(slow="/web-1.0.0.tgz")
    line = ["show", "values", f"{slow.server.url}/web-1.0.0.tgz"]
    code, _, terminal = on_a_terminal(line, environment, tmp_path, slow, all_of_it=True)
    states = terminal.split(CLEARED)
    assert (0, "a: 1\r\n") == (code, states[-1])
    assert len(states) > 2


@pytest.mark.parametrize(("path", "words", "stdout", "name"), COMMANDS.values(), ids=COMMANDS)
def test_without_a_terminal_nothing_is_shown(
    slow: Slow, environment: dict[str, str], tmp_path: Path, path: str, words: tuple[str, ...], stdout: str, name: str
) -> None:
    """However long it takes: in a log there is no line for it."""
    slow.serve(slow=path, pieces=14)
    line = [each.replace("<url>", slow.server.url) for each in words]
    done = subprocess.run(
        [sys.executable, "-m", "helmlite", *line],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    assert (0, stdout, "") == (done.returncode, done.stdout, done.stderr)
    assert 14 == slow.drops


def test_a_failure_takes_the_line_away_first(slow: Slow, environment: dict[str, str], tmp_path: Path) -> None:
    """What is told of a download that was refused in the end stands on a line of its own."""
    slow.serve(slow="/web-1.0.0.tgz")
    slow.server.answers["/index.yaml"] = Reply(body=index(entry(WEB, digest="0" * 64)))
    code, printed, terminal = on_a_terminal(["pull", "web", "--repo", slow.server.url], environment, tmp_path, slow)
    assert (1, b"") == (code, printed)
    last = terminal.rpartition(CLEARED)[2]
    assert last.startswith(f"Error: {slow.server.url}/web-1.0.0.tgz: the archive has sha256 {digest(WEB)}"), terminal
