"""Every planted fault is told at its file and line, with who included it and with the value that is at fault."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from helmlite import Configuration, explain, template
from helmlite.cli.main import main
from helmlite.errors import UsageError
from tests.faults import rejected, schema, syntax, types, undefined, yaml_text
from tests.faults.planting import CHARTS, Fault, lay_out, plant

RENDERED: Mapping[str, Fault] = {
    f"{kind.__name__.rpartition('.')[2]}: {name}": fault
    for kind in (syntax, undefined, types, yaml_text, schema)
    for name, fault in kind.FAULTS.items()
}
ALL: Mapping[str, Fault] = {**RENDERED, **rejected.FAULTS}

Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for compiled templates, with those of the charts in it.

    They are traced in this very process, so that those that it forks have all modules.
    """
    folder = tmp_path_factory.mktemp("kept")
    configuration = Configuration(guarded=False, cache_folder=folder)
    for chart in sorted({each.chart for each in ALL.values()}):
        template(configuration, "web", CHARTS / chart)
        with suppress(UsageError):
            explain(configuration, CHARTS / chart, "cm/none")
    return folder


@pytest.fixture
def run(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., tuple[int, str]]]:
    """Return a function that runs the command line in the test's folder, and returns exit code and standard error."""
    for name in os.environ:
        if name.startswith(("HELM", "KUBE")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HELMLITE_CACHE_HOME", str(kept))

    def ran(*words: str) -> tuple[int, str]:
        capfd.readouterr()
        code = main(list(words))
        return code, capfd.readouterr().err

    with ExitStack() as after:
        for each in (signal.SIGINT, signal.SIGTERM):
            after.callback(signal.signal, each, signal.getsignal(each))
        yield ran


def check(fault: Fault, folder: Path, run: Run, *words: str) -> str:
    """Plant a fault and assert what is told of it; return that."""
    planted = plant(fault, folder)
    code, told = run(*words, "web", fault.chart, *planted.flags)
    first, *rest = told.splitlines()
    assert (1, 1, False) == (code, len(re.findall("^Error: ", told, re.MULTILINE)), "Traceback" in told), told
    if planted.is_of_values:
        assert any(names(each, planted.place) for each in [first, *rest]), f"{planted.place} is not named:\n{told}"
    else:
        assert names(first, planted.place), f"{planted.place} is not named first:\n{told}"
    assert [*planted.chain] == re.findall(r"^  included from (\S+)$", told, re.MULTILINE), told
    assert fault.tells in told, told
    if fault.value:
        lines = [
            each for each in told.splitlines() if re.search(rf"(?<![\w.]){re.escape(fault.value)}(?![\w.\[])", each)
        ]
        assert [] == [each for each in planted.setters[:2] if not any(names(line, each) for line in lines)], (
            f"{fault.value}, set by {' over '.join(planted.setters[:2])}, is not told so:\n{told}"
        )
    for path in re.findall(r"^  (\S+) ?[:(] ?set by ", told, re.MULTILINE):
        last = re.split(r"[.\[]", path.rstrip("]"))[-1]
        assert path == fault.value or re.search(rf"\b{re.escape(last)}\b", planted.statement), (
            f"{path} has nothing to do with `{planted.statement}`:\n{told}"
        )
    return told


def names(line: str, place: str) -> bool:
    """Return whether a line of text names a place, and not one that only begins like it."""
    return re.search(rf"(?<![\w/]){re.escape(place)}(?![\w.])", line) is not None


@pytest.mark.parametrize("name", RENDERED)
def test_a_fault_of_templates_or_values_is_told_where_it_lies(name: str, tmp_path: Path, run: Run) -> None:
    """The error names template and line, or values file and line or flag, without a cluster."""
    lay_out(RENDERED[name], tmp_path)
    told = check(RENDERED[name], tmp_path, run, "template")
    assert name.partition(":")[0] != "syntax" or "set by" not in told


@pytest.mark.cluster
@pytest.mark.parametrize("name", rejected.FAULTS)
def test_what_the_server_refuses_is_told_where_it_lies(
    name: str, tmp_path: Path, run: Run, kubeconfig: str, namespace: str
) -> None:
    """The error names the line that wrote the field that the server refuses, and the value in it."""
    fault = rejected.FAULTS[name]
    where = ("--kubeconfig", kubeconfig, "--namespace", namespace)
    lay_out(fault, tmp_path)
    if fault.before is not None:
        assert (0, "") == run("install", *where, "web", fault.chart, *fault.before)
    check(fault, tmp_path, run, "install" if fault.before is None else "upgrade", *where)


@pytest.mark.parametrize("chart", sorted({each.chart for each in ALL.values()}))
def test_a_chart_without_a_fault_is_sound(chart: str, tmp_path: Path, run: Run) -> None:
    """What the faults are planted into renders."""
    lay_out(Fault(chart=chart), tmp_path)
    assert (0, "") == run("template", "web", chart)


def test_there_are_faults_of_all_kinds() -> None:
    """There are 60 or more; a third are in included files, macros or subcharts."""
    counts = [len(kind.FAULTS) for kind in (syntax, undefined, types, yaml_text, schema, rejected)]
    elsewhere = [each for each in ALL.values() if each.through or each.subcharts or each.is_in_subchart]
    assert (True, True, True) == (sum(counts) >= 60, min(counts) >= 10, 3 * len(elsewhere) >= len(ALL))
