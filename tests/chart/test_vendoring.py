"""charts/ and the lock change as one: old or new, whatever fails, whenever the process dies."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from helmlite.chart import vendoring
from helmlite.chart.ignore import LEFTOVERS
from helmlite.chart.loader import load_chart
from helmlite.chart.vendoring import Archive, Vendored, change_vendored, file_sha256, packed_in
from helmlite.errors import ChartError
from tests.chart.archives import chart


def archive(name: str, version: str = "1.0.0", data: bytes | None = None) -> Archive:
    """Return an archive with some content."""
    content = chart(name) if data is None else data
    return Archive(name=name, version=version, sha256=hashlib.sha256(content).hexdigest(), content=lambda: content)


def tree(folder: Path) -> Mapping[str, bytes]:
    """Return all files below a folder with their content, and its folders."""
    return {
        str(each.relative_to(folder)): b"" if each.is_dir() else each.read_bytes() for each in sorted(folder.rglob("*"))
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a chart directory with an archive, an unpacked chart and a lock."""
    made = tmp_path / "app"
    (made / "charts" / "sub" / "templates").mkdir(parents=True)
    (made / "Chart.yaml").write_text("apiVersion: v2\nname: app\nversion: 1.0.0\n")
    (made / "Chart.lock").write_text("digest: old\n")
    (made / "charts" / "db-1.0.0.tgz").write_bytes(chart("db"))
    (made / "charts" / "sub" / "Chart.yaml").write_text("apiVersion: v2\nname: sub\nversion: 1.0.0\n")
    (made / "charts" / "sub" / "link").symlink_to("Chart.yaml")
    return made


LOCK = ("Chart.lock", "digest: new\n")


def is_db(path: Path) -> bool:
    """Return whether an archive is the one that gives way."""
    return path.name == "db-1.0.0.tgz"


def change(folder: Path, lock: tuple[str, str] | None = LOCK) -> Vendored:
    """Make the change of the tests: db gives way to web."""
    return change_vendored(folder, archives=[archive("web")], is_obsolete=is_db, lock=lock)


def test_archives_come_and_go(folder: Path) -> None:
    """What is new stands there, what is obsolete does not, and the lock is written."""
    made = change(folder)
    assert Vendored(added=("web-1.0.0.tgz",), removed=("db-1.0.0.tgz",), wrote_lock=True) == made
    assert ["web-1.0.0.tgz"] == [each.name for each in packed_in(folder)]
    assert "digest: new\n" == (folder / "Chart.lock").read_text()


def test_folders_stay(folder: Path) -> None:
    """An unpacked chart is kept as it is: the very files, links, modes."""
    (folder / "charts" / "sub" / "templates").chmod(0o555)
    before = (folder / "charts" / "sub" / "Chart.yaml").stat().st_ino
    change(folder)
    kept = folder / "charts" / "sub"
    assert before == (kept / "Chart.yaml").stat().st_ino
    assert "Chart.yaml" == str((kept / "link").readlink())
    assert 0o555 == (kept / "templates").stat().st_mode & 0o777


def test_nothing_is_left_beside(folder: Path) -> None:
    """No other file or folder remains in the chart."""
    change(folder)
    assert {"Chart.yaml", "Chart.lock", "charts"} == {each.name for each in folder.iterdir()}


def test_nothing_new_writes_nothing(folder: Path) -> None:
    """A second change of the same kind touches neither folder nor lock."""
    change(folder)
    before = [each.stat() for each in (folder, folder / "charts", folder / "Chart.lock")]
    assert Vendored(unchanged=("web-1.0.0.tgz",)) == change(folder)
    after = [each.stat() for each in (folder, folder / "charts", folder / "Chart.lock")]
    assert [(each.st_ino, each.st_mtime_ns) for each in before] == [(each.st_ino, each.st_mtime_ns) for each in after]


def test_the_first_archive_makes_the_folder(tmp_path: Path) -> None:
    """A chart without charts/ gets one."""
    change_vendored(tmp_path, archives=[archive("web")], is_obsolete=lambda _: False, lock=LOCK)
    assert ["Chart.lock", "charts", "charts/web-1.0.0.tgz"] == list(tree(tmp_path))


def test_an_archive_of_other_bytes_is_replaced(folder: Path) -> None:
    """The same name with another sha256 is another archive."""
    made = change_vendored(folder, archives=[archive("db", data=b"other")], is_obsolete=lambda _: False, lock=None)
    assert ("db-1.0.0.tgz",) == made.added
    assert hashlib.sha256(b"other").hexdigest() == file_sha256(folder / "charts" / "db-1.0.0.tgz")


def test_a_swapped_archive_changes_nothing(folder: Path) -> None:
    """Bytes that are not what was checked are refused, with both digests, before anything is changed."""
    before = tree(folder)
    right, wrong = hashlib.sha256(b"right").hexdigest(), hashlib.sha256(b"wrong").hexdigest()
    swapped = Archive(name="web", version="1.0.0", sha256=right, content=lambda: b"wrong")
    with pytest.raises(ChartError, match=f"sha256 {right}, now it has {wrong}"):
        change_vendored(folder, archives=[swapped], is_obsolete=is_db, lock=LOCK)
    assert before == tree(folder)


@pytest.mark.parametrize("name", ["../evil", "a/b", "a\\b", ".a", "_a", "a\n", "a" * 300, ""], ids=len)
def test_odd_names_are_refused(folder: Path, name: str) -> None:
    """An archive's name never leads out of charts/, nor is it one that loading passes over."""
    before = tree(folder)
    odd = Archive(name=name, version="1.0.0" if name else "/..", sha256=archive("x").sha256, content=lambda: chart("x"))
    with pytest.raises(ChartError, match="cannot be the name of a dependency"):
        change_vendored(folder, archives=[odd], is_obsolete=lambda _: False, lock=None)
    assert before == tree(folder)


def link_charts(folder: Path) -> None:
    """Make charts/ a link."""
    (folder / "charts").rename(folder / "elsewhere")
    (folder / "charts").symlink_to("elsewhere")


def link_lock(folder: Path) -> None:
    """Make Chart.lock a link, to a file of somebody else's."""
    (folder / "Chart.lock").unlink()
    (folder / "Chart.lock").symlink_to("../target")


def make_file(folder: Path) -> None:
    """Make charts/ a file."""
    (folder / "charts").rename(folder / "elsewhere")
    (folder / "charts").write_text("")


def make_pipe(folder: Path) -> None:
    """Put a pipe into an unpacked chart."""
    os.mkfifo(folder / "charts" / "sub" / "pipe")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (link_charts, "charts: it is a link"),
        (link_lock, "Chart.lock: it is a link, which is not written to"),
        (make_file, "charts: it is no folder"),
        (make_pipe, "it is neither file, folder nor link"),
    ],
)
def test_odd_places_are_refused(folder: Path, spoil: Callable[[Path], None], message: str) -> None:
    """What is no plain folder or file is not written to, and nothing is changed."""
    spoil(folder)
    before = sorted(each.name for each in folder.iterdir())
    with pytest.raises(ChartError, match=message):
        change(folder)
    assert before == sorted(each.name for each in folder.iterdir())


def no_exchange(patch: pytest.MonkeyPatch) -> None:
    """Take the exchange of names away, as some file systems do."""
    patch.setattr(vendoring, "_exchanged", lambda first, second: False)


def no_links(patch: pytest.MonkeyPatch) -> None:
    """Take hard links away, as some file systems do."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    patch.setattr(os, "link", refuse)


@pytest.mark.parametrize("lack", [no_exchange, no_links])
def test_poor_file_systems(folder: Path, lack: Callable[[pytest.MonkeyPatch], None]) -> None:
    """Without an exchange of names, or hard links, the outcome is the same."""
    with pytest.MonkeyPatch.context() as patch:
        lack(patch)
        change(folder)
    kept = {"charts/sub/Chart.yaml", "charts/sub/link", "charts/sub/templates", "charts/sub", "charts"}
    assert {*kept, "charts/web-1.0.0.tgz", "Chart.yaml", "Chart.lock"} == set(tree(folder))


@pytest.mark.parametrize("exchanges", [True, False], ids=["exchange", "two steps"])
def test_a_lock_that_cannot_be_written_changes_nothing(folder: Path, exchanges: bool) -> None:
    """Where the lock cannot follow, charts/ returns to what it was."""
    before = tree(folder)
    with pytest.MonkeyPatch.context() as patch:
        if not exchanges:
            no_exchange(patch)

        def refuse(self: Path, target: Path) -> Path:
            raise OSError(28, "No space left on device", str(target))

        patch.setattr(Path, "replace", refuse)
        with pytest.raises(ChartError, match="No space left on device"):
            change(folder)
    assert before == tree(folder)


KILLING = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from helmlite.chart import vendoring
from tests.chart.test_vendoring import change, no_exchange
import pytest
left = int(sys.argv[3])
if sys.argv[4] == "two steps":
    no_exchange(pytest.MonkeyPatch())
NAMES = {"os.mkdir", "os.rename", "os.link", "os.symlink", "os.remove", "os.rmdir", "open", "os.chmod", "ctypes.dlsym"}
def hook(name, args):
    global left
    if name in NAMES and "app" in str(args) or name == "ctypes.dlsym" and "rename" in str(args):
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
sys.addaudithook(hook)
change(Path(sys.argv[2]))
"""


@pytest.mark.parametrize("exchanges", ["exchange", "two steps"])
def test_death_at_any_step(folder: Path, exchanges: str) -> None:
    """Killed before any of its calls to the file system: charts/ and lock are old or new, and the next run is well.

    charts/ is missing only between the two renames that take the place of an exchange; then the next run returns it.
    """
    root = str(Path(__file__).resolve().parents[2])
    old = {"db-1.0.0.tgz", "sub"}
    new = {"web-1.0.0.tgz", "sub"}
    states = set()
    step = 0
    while True:
        again = folder.parent / f"{step}" / "app"
        again.parent.mkdir()
        subprocess.run(["cp", "-a", folder, again], check=True)
        words = [sys.executable, "-c", KILLING, root, str(again), str(step), exchanges]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            break
        assert (-signal.SIGKILL, "") == (done.returncode, done.stderr)
        found = {each.name for each in (again / "charts").iterdir()} if (again / "charts").exists() else set()
        lock = (again / "Chart.lock").read_text()
        states.add(("new" if found == new else "old" if found == old else str(found), lock))
        assert found in ([old, new] if exchanges == "exchange" else [old, new, set()])
        assert lock == "digest: old\n" or found == new
        assert "app" == load_chart(again).metadata.name
        assert () == tuple(each.name for each in load_chart(again).files if LEFTOVERS in each.name)
        change(again)
        assert tree(again).keys() == {
            *("Chart.lock", "Chart.yaml", "charts", "charts/sub", "charts/sub/Chart.yaml", "charts/sub/link"),
            *("charts/sub/templates", "charts/web-1.0.0.tgz"),
        }
        step += 1
    assert {("old", "digest: old\n"), ("new", "digest: new\n")} <= states


def test_a_link_to_what_has_no_end_has_no_sha256(tmp_path: Path) -> None:
    """A chart from elsewhere may come with one."""
    (tmp_path / "a.tgz").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "b.tgz")
    assert ["", ""] == [file_sha256(tmp_path / each) for each in ("a.tgz", "b.tgz")]
