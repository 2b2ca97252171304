"""Compiled templates are kept from process to process, and only what the user alone can have written is believed."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import CodeType

import pytest
from jinja2 import DictLoader, Environment

from helmlite.engine import compiled
from helmlite.engine.compiled import CompiledTemplates

TEXT = "Hello {{ name }}!"
RUN = """
import os, sys
file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def heard(event, facts):
    if event == "compile" and isinstance(facts[1], str) and facts[1].startswith("web/templates/"):
        os.write(file, facts[1].encode() + b"\\n")
sys.addaudithook(heard)
from helmlite.cli.main import main
sys.exit(main(["template", "x", "web"]))
"""
"""Runs ``helmlite template`` and lists the templates that Python compiles meanwhile, in its child process too."""


class Counting(Environment):
    """Plain Jinja2 that counts what it compiles."""

    def __init__(self, folder: Path, texts: dict[str, str]) -> None:
        super().__init__(loader=DictLoader(texts), bytecode_cache=CompiledTemplates(folder))
        self.compiled = 0

    def _compile(self, source: str, filename: str) -> CodeType:
        self.compiled += 1
        return super()._compile(source, filename)


Run = Callable[..., int]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder, which is not there yet."""
    return tmp_path / "cache" / "compiled"


@pytest.fixture
def run(folder: Path) -> Run:
    """Return a function that renders a template as a new process would, and tells how much it compiled."""

    def ran(text: str = TEXT, name: str = "web/templates/a.j2", expected: str = "Hello you!") -> int:
        environment = Counting(folder, {name: text})
        assert expected == environment.get_template(name).render(name="you")
        return environment.compiled

    return ran


def kept(folder: Path) -> list[Path]:
    """Return the files of the folder."""
    return sorted(folder.iterdir())


def test_what_is_kept_is_not_compiled_again(run: Run) -> None:
    """Nor does what comes from the folder render otherwise."""
    assert [1, 0, 0] == [run(), run(), run()]


def test_a_text_has_a_code_of_its_own_at_each_path(run: Run) -> None:
    """Errors name the path, which is in the code; and a template changed and changed back is still there."""
    assert [1, 1, 1] == [run(), run(name="web/templates/b.j2"), run("Bye {{ name }}", expected="Bye you")]
    assert [0, 0] == [run(), run(name="web/templates/b.j2")]


def test_another_helmlite_compiles_for_itself(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code of another version of Python, Jinja2 or helmlite is not used."""
    run()
    monkeypatch.setattr(compiled, "stamp", lambda: b"another")
    assert [1, 0] == [run(), run()]


@pytest.mark.parametrize("name", ["jinja2.__version__", "helmlite.engine.compiled.__version__"])
def test_versions_are_in_the_stamp(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stamp changes with them."""
    before = compiled.stamp.__wrapped__()
    monkeypatch.setattr(name, "0.0.0")
    assert before != compiled.stamp.__wrapped__()


def test_helmlites_own_files_are_in_the_stamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed line of the code generator is another stamp, whatever the version says."""
    file = tmp_path / "engine" / "codegen.py"
    file.parent.mkdir()
    monkeypatch.setattr(compiled, "__file__", str(tmp_path / "engine" / "compiled.py"))
    file.write_text("a = 1")
    before = compiled.stamp.__wrapped__()
    file.write_text("a = 2")
    assert before != compiled.stamp.__wrapped__()


def test_nothing_is_kept_where_helmlites_files_cannot_be_read(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without them code could be another helmlite's (installed as a zip, say)."""
    monkeypatch.setattr(compiled, "__file__", str(tmp_path / "none" / "engine" / "compiled.py"))
    monkeypatch.setattr(compiled, "stamp", compiled.stamp.__wrapped__)
    assert [1, 1] == [run(), run()]
    assert not folder.exists()


def test_the_folder_is_private(run: Run, folder: Path) -> None:
    """So is each file, whatever the user's umask."""
    before = os.umask(0)
    try:
        run()
    finally:
        os.umask(before)
    assert [0o700, 0o700] == [stat.S_IMODE(each.stat().st_mode) for each in (folder, folder.parent)]
    assert [0o600] == [stat.S_IMODE(each.stat().st_mode) for each in kept(folder)]


def damaged(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """Return a function that changes what is in a file."""

    def spoil(file: Path) -> None:
        file.write_bytes(change(file.read_bytes()))

    return spoil


def linked(file: Path) -> None:
    """Put a symbolic link in a file's place, to a copy of it."""
    other = file.rename(file.parent / "copy")
    file.symlink_to(other)


def piped(file: Path) -> None:
    """Put a pipe in a file's place that nobody ever writes to."""
    file.unlink()
    os.mkfifo(file, 0o600)


@pytest.mark.parametrize(
    "spoil",
    [
        Path.unlink,
        damaged(lambda content: b""),
        damaged(lambda content: content[:20]),
        damaged(lambda content: content[:-1]),
        damaged(lambda content: content + b"\0"),
        damaged(lambda content: content[:-5] + b"\xff" * 5),
        damaged(lambda content: b"x" + content[1:]),
        damaged(lambda content: content[:80] + bytes([content[80] ^ 1]) + content[81:]),
        damaged(lambda content: bytes(8 << 20)),
        linked,
        piped,
        lambda file: file.chmod(0o620),
        lambda file: file.chmod(0o602),
        lambda file: file.chmod(0o000),
    ],
    ids=[
        *("missing", "empty", "only a head", "cut", "longer", "another end", "foreign", "one bit", "huge"),
        *("a link", "a pipe", "the group may write", "others may write", "may not be read"),
    ],
)
def test_what_cannot_be_believed_is_compiled_again(spoil: Callable[[Path], None], run: Run, folder: Path) -> None:
    """Without an error; and it is kept anew."""
    run()
    (file,) = kept(folder)
    spoil(file)
    root_reads_all = os.geteuid() == 0 and file.exists() and stat.S_IMODE(file.lstat().st_mode) == 0
    assert [0 if root_reads_all else 1, 0] == [run(), run()]


def test_code_of_another_key_is_not_taken(run: Run, folder: Path) -> None:
    """A whole file under another's name is as good as damaged."""
    run()
    (file,) = kept(folder)
    run("Bye {{ name }}", expected="Bye you")
    (other,) = set(kept(folder)) - {file}
    other.write_bytes(file.read_bytes())
    assert 1 == run("Bye {{ name }}", expected="Bye you")


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777])
def test_a_folder_that_others_may_write_to_is_not_used(mode: int, run: Run, folder: Path) -> None:
    """Neither read nor written."""
    run()
    folder.chmod(mode)
    assert [1, 1] == [run(), run()]
    run("new {{ name }}", expected="new you")
    assert 1 == len(kept(folder))


def test_a_link_to_a_folder_is_not_used(run: Run, folder: Path) -> None:
    """It may lead anywhere."""
    run()
    folder.rename(folder.parent / "other")
    folder.symlink_to(folder.parent / "other")
    assert [1, 1] == [run(), run()]


def test_a_folder_of_another_user_is_not_used(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it may be read."""
    run()
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    assert [1, 1] == [run(), run()]


def test_root_makes_no_folder_in_the_home_of_another_user(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else, after one ``sudo helmlite``, that user could keep nothing there."""
    if os.geteuid() == 0:
        os.chown(folder.parents[1], 1234, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert [1, 1] == [run(), run()]
    assert not folder.parent.exists()


@pytest.mark.parametrize("home", ["/dev/null/x", "/proc/nowhere", "FILE"])
def test_where_nothing_can_be_written_all_works(home: str, run: Run, folder: Path) -> None:
    """The template is compiled each time."""
    folder.parent.mkdir()
    if home == "FILE":
        folder.write_text("not a folder")
    else:
        folder.symlink_to(home)
    assert [1, 1] == [run(), run()]


def test_a_full_disk_leaves_nothing_behind(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that could not be put in place is taken away."""

    def refused(self: Path, target: Path) -> Path:
        raise OSError(28, f"no space for {self} as {target}")

    monkeypatch.setattr(Path, "replace", refused)
    assert 1 == run()
    assert [] == kept(folder)


def test_what_was_used_last_is_kept(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the bound a quarter goes, the longest unused first; what is not ours stays."""
    monkeypatch.setattr(compiled, "MAX_FILES", 8)
    texts = [f"{{{{ name }}}} {number}" for number in range(10)]
    for number, text in enumerate(texts[:8]):
        run(text, expected=f"you {number}")
        newest = max(kept(folder), key=lambda each: each.stat().st_mtime_ns)
        os.utime(newest, (number, number))
    (folder / "README").write_text("mine")
    run(texts[0], expected="you 0")
    run(texts[8], expected="you 8")
    assert [0, 0, 1, 1] == [run(texts[number], expected=f"you {number}") for number in (0, 3, 1, 2)]
    assert (folder / "README").exists()


def test_the_folder_has_a_bound_in_bytes(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the number of files."""
    monkeypatch.setattr(compiled, "MAX_BYTES", 20_000)
    for number in range(60):
        run(f"{{{{ name }}}} {number}", expected=f"you {number}")
    assert 10_000 < sum(each.stat().st_size for each in kept(folder)) <= 20_000


def test_large_code_is_not_kept(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One chart does not push out all others."""
    monkeypatch.setattr(compiled, "MAX_FILE_BYTES", 200)
    assert [1, 1] == [run(), run()]
    assert not folder.exists()


def test_many_at_once_do_not_meet(folder: Path) -> None:
    """Who reads while others write finds a whole file or none."""

    def work(_number: int) -> str:
        environment = Counting(folder, {str(each): f"{{{{ name }}}} {each}" for each in range(20)})
        return " ".join(environment.get_template(str(each)).render(name="x") for each in range(20))

    with ThreadPoolExecutor(8) as pool:
        assert {" ".join(f"x {each}" for each in range(20))} == set(pool.map(work, range(24)))
    assert 20 == len(kept(folder))


@pytest.fixture
def template(tmp_path: Path) -> Callable[[], list[str]]:
    """Return a function that runs ``helmlite template`` on a chart and tells which templates were compiled."""
    for name, text in {
        "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
        "templates/_names.j2": "{% macro name() %}{{ release.name }}-web{% endmacro %}",
        "templates/a.yaml.j2": '{% import "_names.j2" as names with context %}\n'
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ names.name() }}\n",
        "templates/b.yaml.j2": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n",
        "templates/NOTES.txt.j2": "Hello {{ release.name }}",
    }.items():
        path = tmp_path / "web" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    printed: list[bytes] = []

    def ran() -> list[str]:
        heard = tmp_path / "heard"
        heard.write_bytes(b"")
        words = [sys.executable, "-c", RUN, str(heard)]
        environment = {**os.environ, "HELMLITE_CACHE_HOME": str(tmp_path / "home")}
        printed.append(subprocess.run(words, cwd=tmp_path, env=environment, check=True, capture_output=True).stdout)
        assert b"x-web" in printed[-1]
        assert printed[-1] == printed[0]
        return sorted(line.removeprefix("web/templates/") for line in heard.read_text().split())

    return ran


def test_the_second_template_of_a_chart_compiles_nothing(template: Callable[[], list[str]], tmp_path: Path) -> None:
    """Each run is a process of its own; of a chart with a changed file only that one is compiled."""
    assert ["NOTES.txt.j2", "_names.j2", "a.yaml.j2", "b.yaml.j2"] == template()
    assert [] == template()
    changed = tmp_path / "web" / "templates" / "_names.j2"
    changed.write_text(changed.read_text().replace("release.name", "(release.name)"))
    assert [["_names.j2"], []] == [template(), template()]
