"""``package`` and ``verify`` on the command line: what they print and write, and with which exit code."""

from __future__ import annotations

import io
import os
import pty
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from helmlite.chart.loader import load_chart
from helmlite.cli.main import main
from tests.chart import archives
from tests.repo import keys
from tests.repo.keys import ADA, Rings

CHARTS = Path(__file__).resolve().parents[2] / "charts"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, which holds the charts hello and plain, and no settings of the user's."""
    for name in ("hello", "plain"):
        shutil.copytree(CHARTS / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.setenv("GNUPGHOME", str(tmp_path / "gnupg"))
    return tmp_path


@pytest.fixture
def rings(place: Path) -> Rings:
    """Return keyrings with Ada's key, which has no passphrase."""
    return keys.rings(place, [keys.made(ADA)])


@pytest.fixture(scope="session")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Rings:
    """Return keyrings with Ada's key, which has a passphrase."""
    return keys.gpg_rings(tmp_path_factory.mktemp("gpg"))


def told(capsys: pytest.CaptureFixture[str], *words: str, exits: int = 0) -> str:
    """Run a command line; return what it printed, on either stream."""
    assert exits == main(words), capsys.readouterr()
    found = capsys.readouterr()
    return found.err if exits else found.out


def test_the_archive_is_written_and_named(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In Helm's words, with the whole path where no destination is given."""
    path = place / "hello-1.0.0.tgz"
    assert f"Successfully packaged chart and saved it to: {path}\n" == told(capsys, "package", "hello")
    assert "hello" == load_chart(path).metadata.name


def test_other_surroundings_give_the_same_bytes(place: Path) -> None:
    """Another process, folder, umask, time zone, language, home and hash seed, and files that are older."""
    shutil.copytree(place / "hello", place / "other" / "hello")
    found = set()
    for folder, more, mask in [
        (place, {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "1"}, 0o077),
        (place / "other", {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2", "HOME": str(place)}, 0o002),
    ]:
        for number, path in enumerate(sorted(folder.rglob("hello/**/*"))):
            os.utime(path, (10**9 + number, mask * 10**6))
        subprocess.run(
            [sys.executable, "-m", "helmlite", "package", "hello"],
            cwd=folder,
            env={**os.environ, **more, "PYTHONPATH": str(CHARTS.parent)},
            umask=mask,
            capture_output=True,
            timeout=60,
            check=True,
        )
        found.add((folder / "hello-1.0.0.tgz").read_bytes())
    assert 1 == len(found)


def test_several_charts_go_to_a_destination(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Which is made."""
    said = told(capsys, "package", "hello", "plain", "-d", "out/deep")
    assert ["out/deep/hello-1.0.0.tgz", "out/deep/plain-1.0.0.tgz"] == [each.split()[-1] for each in said.splitlines()]
    assert {"hello-1.0.0.tgz", "plain-1.0.0.tgz"} == {each.name for each in (place / "out/deep").iterdir()}


def test_versions_are_overridden(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The version is in the file's name, plus signs and all."""
    told(capsys, "package", "hello", "--version", "2.0.0+b1", "--app-version", "4f2c1aa")
    metadata = load_chart(place / "hello-2.0.0+b1.tgz").metadata
    assert ("2.0.0+b1", "4f2c1aa") == (metadata.version, metadata.app_version)


def test_the_epoch_is_taken_from_the_environment(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is every member's time; a bad one is a usage error and nothing is written."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    told(capsys, "package", "hello")
    with tarfile.open(place / "hello-1.0.0.tgz") as archive:
        assert {1_700_000_000} == {each.mtime for each in archive}
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    assert "SOURCE_DATE_EPOCH is 'yesterday'" in told(capsys, "package", "plain", exits=2)
    assert not (place / "plain-1.0.0.tgz").exists()


def test_an_older_package_is_replaced(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As Helm does; nothing else is left beside it."""
    (place / "out").mkdir()
    (place / "out" / "hello-1.0.0.tgz").write_bytes(b"older")
    told(capsys, "package", "hello", "-d", "out")
    assert ["hello-1.0.0.tgz"] == [each.name for each in (place / "out").iterdir()]
    assert "hello" == load_chart(place / "out" / "hello-1.0.0.tgz").metadata.name


def test_packages_may_be_read_by_others(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A package has the modes that any new file has: a web server is often another user."""
    told(capsys, "package", "hello")
    (place / "plain.txt").touch()
    assert (place / "plain.txt").stat().st_mode == (place / "hello-1.0.0.tgz").stat().st_mode


@pytest.mark.parametrize(
    ("words", "said", "exits"),
    [
        (("nowhere",), "nowhere: it is not there; what is packed is the directory of a chart", 1),
        (("hello", "--version", "latest"), "--version: 'latest' is no semantic version", 2),
        (("hello", "-d", "hello/Chart.yaml"), "hello/Chart.yaml/hello-1.0.0.tgz: cannot be written: ", 1),
        (("hello", "--sign"), "--sign: which key is to sign?", 2),
        (("hello", "--sign", "--key", "ada"), "--keyring: there is neither pubring.gpg nor pubring.kbx in", 2),
        (("hello", "--sign", "--key", "ada", "--keyring", "none"), "none: the keyring cannot be read", 1),
        ((), "Missing argument", 2),
    ],
)
def test_faults_are_told(
    place: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str, exits: int
) -> None:
    """One clear text each, and nothing is written."""
    assert said in told(capsys, "package", *words, exits=exits)
    assert {"hello", "plain"} == {each.name for each in place.iterdir()}


def test_signing_and_verifying(rings: Rings, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Helm's words; the time of the signature has no part in the archive."""
    told(capsys, "package", "hello", "--sign", "--key", "ada", "--keyring", str(rings.private))
    said = told(capsys, "verify", "hello-1.0.0.tgz", "--keyring", str(rings.public))
    expected = rf"Signed by: {re.escape(ADA)}\nUsing Key With Fingerprint: [0-9A-F]{{40}}\n"
    assert re.fullmatch(rf"{expected}Chart Hash Verified: sha256:[0-9a-f]{{64}}\n", said)
    shutil.copytree(place / "hello", place / "copy")
    told(capsys, "package", "copy")
    told(capsys, "verify", "hello-1.0.0.tgz", "--keyring", str(rings.public))


def test_a_provenance_file_that_is_left_over_is_told(
    rings: Rings, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would no longer fit the package."""
    told(capsys, "package", "hello", "--sign", "--key", "ada", "--keyring", str(rings.private))
    (place / "hello" / "more.txt").write_text("more")
    assert 0 == main(["package", "hello"])
    assert "hello-1.0.0.tgz.prov is of an earlier package" in capsys.readouterr().err
    said = told(capsys, "verify", "hello-1.0.0.tgz", "--keyring", str(rings.public), exits=1)
    assert "it is not the archive that was signed" in said


@pytest.mark.parametrize(
    ("path", "said"),
    [("hello", "a directory has no provenance"), ("none.tgz", "the archive cannot be read: No such file")],
)
def test_what_cannot_be_verified_is_told(
    rings: Rings, capsys: pytest.CaptureFixture[str], path: str, said: str
) -> None:
    """With exit code 1."""
    assert said in told(capsys, "verify", path, "--keyring", str(rings.public), exits=1)


def test_dependencies_are_updated_first(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an update puts into charts/ is in the package; the lock's time is SOURCE_DATE_EPOCH."""
    shutil.copytree(place / "plain", place / "redis")
    chart = place / "redis" / "Chart.yaml"
    chart.write_text(chart.read_text().replace("name: plain", "name: redis"))
    with (place / "hello" / "Chart.yaml").open("a") as file:
        file.write("dependencies: [{name: redis, version: '>=0', repository: 'file://../redis'}]\n")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    told(capsys, "package", "hello", "--dependency-update")
    packed = load_chart(place / "hello-1.0.0.tgz")
    assert ["redis"] == [each.metadata.name for each in packed.subcharts]
    assert packed.lock is not None
    assert packed.lock.generated.startswith("2023-11-14T22:13:20")


class Stdin(io.TextIOWrapper):
    """Standard input that is a pipe."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))


@keys.needs_gpg
@pytest.mark.parametrize("where", ["file", "stdin"])
def test_the_passphrase_is_read_once(
    locked: Rings, place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """From the first line of a file or of standard input, for all charts."""
    text = f"{keys.PASSPHRASE}\r\nanother line\n".encode()
    (place / "passphrase").write_bytes(text)
    monkeypatch.setattr(sys, "stdin", Stdin(text))
    source = {"file": "passphrase", "stdin": "-"}[where]
    words = ("--sign", "--key", "ada", "--keyring", str(locked.private), "--passphrase-file", source)
    told(capsys, "package", "hello", "plain", *words)
    for name in ("hello", "plain"):
        assert ADA in told(capsys, "verify", f"{name}-1.0.0.tgz", "--keyring", str(locked.public))


@keys.needs_gpg
def test_a_wrong_passphrase_writes_nothing_and_is_not_told(
    locked: Rings, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even with --debug."""
    (place / "passphrase").write_text("a wrong one\n")
    words = ("--sign", "--key", "ada", "--keyring", str(locked.private), "--passphrase-file", "passphrase", "--debug")
    said = told(capsys, "package", "hello", *words, exits=1)
    assert "is not unlocked by this passphrase" in said
    assert "a wrong one" not in said
    assert not (place / "hello-1.0.0.tgz").exists()


@keys.needs_gpg
def test_without_a_terminal_nobody_is_asked(
    locked: Rings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says which flag helps."""
    monkeypatch.setattr(sys, "stdin", Stdin(b""))
    said = told(capsys, "package", "hello", "--sign", "--key", "ada", "--keyring", str(locked.private), exits=2)
    assert "has a passphrase, and there is no terminal to ask for it" in said
    assert "--passphrase-file FILE" in said


@keys.needs_gpg
def test_on_a_terminal_the_passphrase_is_asked_for(locked: Rings, place: Path) -> None:
    """Once for all charts, with the key's user ID; what is typed is not shown."""
    ours, theirs = pty.openpty()
    words = ("package", "hello", "plain", "--sign", "--key", "ada", "--keyring", str(locked.private))
    with subprocess.Popen(
        [sys.executable, "-m", "helmlite", *words],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(CHARTS.parent)},
    ) as process:
        os.close(theirs)
        shown = b""
        while b": " not in shown:
            shown += os.read(ours, 1000)
        os.write(ours, f"{keys.PASSPHRASE}\n".encode())
        said, _ = process.communicate(timeout=60)
        with suppress(OSError):  # what a terminal says whose other end is closed
            while more := os.read(ours, 1000):
                shown += more
    os.close(ours)
    assert (0, 2) == (process.returncode, len(said.splitlines()))
    assert f"Passphrase of {ADA}: \r\n" == shown.decode()
    assert (place / "plain-1.0.0.tgz.prov").exists()


@pytest.mark.helm
def test_helm_takes_what_helmlite_packs(
    place: Path, capsys: pytest.CaptureFixture[str], helm: Callable[..., Any]
) -> None:
    """It shows, lints and renders it; packed subcharts and their order are as Helm wants them."""
    told(capsys, "package", "hello", "plain")
    assert "name: hello\n" in helm("show", "chart", "hello-1.0.0.tgz").stdout
    assert "1 chart(s) linted, 0 chart(s) failed" in helm("lint", "plain-1.0.0.tgz").stdout
    assert helm("template", "x", "plain").stdout == helm("template", "x", "plain-1.0.0.tgz").stdout


@pytest.mark.helm
def test_helmlite_packs_what_helm_packs(
    place: Path, capsys: pytest.CaptureFixture[str], helm: Callable[..., Any]
) -> None:
    """The same members with the same content, Chart.yaml's layout apart."""
    shutil.copytree(CHARTS / "prometheus", place / "prometheus")
    (place / "prometheus" / "charts" / "extra-1.0.0.tgz").write_bytes(archives.chart("extra"))
    helm("package", "prometheus", "--destination", "theirs")
    told(capsys, "package", "prometheus", "-d", "ours")

    def members(path: Path) -> dict[str, bytes | None]:
        with tarfile.open(path) as archive:
            named = {each.name: archive.extractfile(each) for each in archive}
            return {
                name: None if name.endswith("Chart.yaml") or file is None else file.read()
                for name, file in named.items()
            }

    theirs, ours = place / "theirs" / "prometheus-1.0.0.tgz", place / "ours" / "prometheus-1.0.0.tgz"
    assert members(theirs) == members(ours)
    assert helm("show", "chart", str(theirs)).stdout == helm("show", "chart", str(ours)).stdout
    assert load_chart(theirs).metadata == load_chart(ours).metadata
