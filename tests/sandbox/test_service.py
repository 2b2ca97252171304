"""The sandbox in the background: start, stop, state, reset, and one for the length of a command."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from helmlite.errors import SandboxError
from helmlite.sandbox import Sandbox, service
from helmlite.sandbox.home import Home
from helmlite.sandbox.real import PROGRAMS, command_line
from helmlite.sandbox.service import Service
from tests.contract.api import Api

SETTINGS = "/api/v1/namespaces/default/configmaps"
CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}


def quiet(text: str) -> None:
    """Say nothing of the progress."""


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Service]:
    """Return a sandbox that was never started; it is stopped afterwards."""
    made = Service(tmp_path / "sandbox")
    yield made
    made.stop()


@pytest.fixture
def running(sandbox: Service) -> Service:
    """Return a sandbox that runs."""
    sandbox.start(quiet)
    return sandbox


def api_of(sandbox: Service) -> Api:
    """Return a connection to a sandbox."""
    return Api.of(str(sandbox.kubeconfig()))


def pid_of(sandbox: Service) -> int:
    """Return the process of a sandbox that runs."""
    found = sandbox.state().pid
    assert found is not None
    return found


def kill(sandbox: Service) -> None:
    """End a sandbox's process as `kill -9` does, and wait until it is gone."""
    os.kill(pid_of(sandbox), signal.SIGKILL)
    deadline = time.monotonic() + 5
    while sandbox.state().is_running:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_started_it_answers(sandbox: Service) -> None:
    """Once a start returns, clients can use it."""
    assert True is sandbox.start(quiet)
    api_of(sandbox).get("/version").expect(200)


def test_a_second_start_finds_it_running(running: Service) -> None:
    """The process stays the same."""
    before = pid_of(running)
    assert False is running.start(quiet)
    assert before == pid_of(running)


def test_starts_at_once_start_one(sandbox: Service) -> None:
    """Of several starts at the same time one starts it, and the others find it running."""
    with ThreadPoolExecutor(3) as pool:
        assert [False, False, True] == sorted(pool.map(lambda _: sandbox.start(quiet), range(3)))


def test_its_process_is_not_ours(running: Service) -> None:
    """It is in a session of its own, so that Ctrl-C and a closed terminal do not end it."""
    assert os.getsid(pid_of(running)) == pid_of(running)


def test_stopped_it_is_gone(running: Service) -> None:
    """A stop ends the process."""
    assert True is running.stop()
    assert False is running.state().is_running
    with socket.socket() as asked:
        assert 0 != asked.connect_ex(("127.0.0.1", int(running.state().url.rpartition(":")[2])))


def test_a_second_stop_does_nothing(running: Service) -> None:
    """There is nothing to end, which is no error."""
    running.stop()
    assert False is running.stop()


def test_stopping_what_was_never_started_makes_no_folder(sandbox: Service) -> None:
    """Neither a stop nor a reset leaves anything behind."""
    assert (False, False) == (sandbox.stop(), sandbox.reset(quiet))
    assert not sandbox.state().folder.exists()


def test_a_restart_keeps_objects_and_kubeconfig(running: Service) -> None:
    """A kubeconfig once handed out stays valid."""
    before = running.kubeconfig().read_text()
    api_of(running).post(SETTINGS, CONFIG_MAP).expect(201)
    running.stop()
    running.start(quiet)
    assert before == running.kubeconfig().read_text()
    api_of(running).get(f"{SETTINGS}/settings").expect(200)


def test_what_was_answered_outlives_a_kill(running: Service) -> None:
    """After `kill -9` it starts again, with all that was answered."""
    api_of(running).post(SETTINGS, CONFIG_MAP).expect(201)
    kill(running)
    assert True is running.start(quiet)
    api_of(running).get(f"{SETTINGS}/settings").expect(200)


def test_a_stale_pid_file_is_no_running_sandbox(running: Service) -> None:
    """A number that has become another process's is not taken for ours, and that is not ended."""
    kill(running)
    (running.state().folder / "pid").write_text(f"{os.getpid()}\n")
    assert (False, None) == (running.state().is_running, running.state().pid)
    assert False is running.stop()


def test_another_process_is_not_ended_for_a_damaged_pid_file(running: Service) -> None:
    """While a sandbox runs, a number that is not its process's is an error, which says how to end it."""
    file = running.state().folder / "pid"
    before = file.read_text()
    with subprocess.Popen(["sleep", "60"]) as other:
        file.write_text(f"{other.pid}\n")
        with pytest.raises(SandboxError, match="pid is damaged") as caught:
            running.stop()
        assert None is other.poll()
        other.kill()
    file.write_text(before)
    assert f"helmlite.sandbox.serve {running.state().folder}" in str(caught.value.hint)


def test_a_port_that_another_program_has_is_an_error(running: Service) -> None:
    """The port is kept; where it is taken meanwhile, that is said, with the option that changes it."""
    port = int(running.state().url.rpartition(":")[2])
    running.stop()
    with socket.create_server(("127.0.0.1", port)), pytest.raises(SandboxError, match=f"port {port} ") as caught:
        running.start(quiet)
    assert "--port" in str(caught.value.hint)


def test_another_port_can_be_chosen(running: Service) -> None:
    """The kubeconfig then names that."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running.stop()
    running.start(quiet, port=port)
    assert f"https://127.0.0.1:{port}" == api_of(running).url
    api_of(running).get("/version").expect(200)


def test_another_port_needs_a_stop_first(running: Service) -> None:
    """What is asked for is not silently left out."""
    with pytest.raises(SandboxError, match=r"runs at port \d+ already"):
        running.start(quiet, port=1)


def test_another_pace_needs_a_stop_first(running: Service) -> None:
    """Without one, it is started and found at a pace of 1."""
    with pytest.raises(SandboxError, match="runs at a pace of 1 already"):
        running.start(quiet, pace=0)
    assert False is running.start(quiet, pace=1)


def test_damaged_settings_do_not_keep_it_from_being_stopped(running: Service) -> None:
    """The way out that the error of damaged settings names works, and keeps the objects."""
    api_of(running).post(SETTINGS, CONFIG_MAP).expect(201)
    settings = running.state().folder / "settings.json"
    settings.write_text("damaged")
    assert [True, False] == [running.stop(), running.stop()]
    settings.unlink()
    running.start(quiet)
    api_of(running).get(f"{SETTINGS}/settings").expect(200)


def test_a_reset_empties_what_runs(running: Service) -> None:
    """It goes on running, at the same address."""
    before = running.kubeconfig().read_text()
    api_of(running).post(SETTINGS, CONFIG_MAP).expect(201)
    assert True is running.reset(quiet)
    assert before == running.kubeconfig().read_text()
    api_of(running).get(f"{SETTINGS}/settings").expect(404)


def test_it_ends_with_its_folder(running: Service) -> None:
    """No process is left that none of the verbs would find."""
    pid = pid_of(running)
    shutil.rmtree(running.state().folder)
    deadline = time.monotonic() + 10
    while "helmlite.sandbox.serve" in command_line(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_reset_leaves_it_stopped(running: Service) -> None:
    """What does not run is emptied, and still does not run."""
    api_of(running).post(SETTINGS, CONFIG_MAP).expect(201)
    running.stop()
    assert False is running.reset(quiet)
    assert False is running.state().is_running
    running.start(quiet)
    api_of(running).get(f"{SETTINGS}/settings").expect(404)


def test_a_reset_mends_a_damaged_store(running: Service) -> None:
    """The way out that the error of such a start names works."""
    running.stop()
    (running.state().folder / "state.db").write_bytes(b"damaged" * 100)
    with pytest.raises(
        SandboxError, match=r"ended at its start .*state\.db cannot be used.*helmlite sandbox reset"
    ) as caught:
        running.start(quiet)
    assert "\n" not in str(caught.value)
    assert str(running.state().folder / "log") in str(caught.value.hint)
    running.reset(quiet)
    assert True is running.start(quiet)


def test_the_kubeconfig_s_path_is_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It can be handed to programs that work elsewhere."""
    monkeypatch.chdir(tmp_path)
    with Sandbox(Path("here")):
        assert tmp_path / "here" / "kubeconfig" == Service(Path("here")).kubeconfig()


def test_without_a_start_there_is_no_kubeconfig(sandbox: Service) -> None:
    """The error says how to get one."""
    with pytest.raises(SandboxError, match="no sandbox was started") as caught:
        sandbox.kubeconfig()
    assert f"helmlite sandbox start --dir {sandbox.state().folder}" == caught.value.hint


def test_a_start_writes_a_kubeconfig_that_was_removed(running: Service) -> None:
    """The error's way out works while it runs, too."""
    before = running.kubeconfig().read_text()
    running.kubeconfig().unlink()
    with pytest.raises(SandboxError, match="kubeconfig is missing"):
        running.kubeconfig()
    running.start(quiet)
    assert before == running.kubeconfig().read_text()


def test_one_inside_a_program_is_not_ended(tmp_path: Path) -> None:
    """A sandbox that a test runs in its own process is shown as running, but only that process may end it."""
    with Sandbox(tmp_path / "here"):
        assert os.getpid() == Service(tmp_path / "here").state().pid
        with pytest.raises(SandboxError, match="does other things too"):
            Service(tmp_path / "here").stop()


def test_no_file_can_be_read_by_others(running: Service) -> None:
    """The folder keeps everybody else out, and what holds secrets is 0600 besides."""
    folder = running.state().folder
    stores = ("state.db", "state.db-wal", "state.db-shm")
    secret = ("kubeconfig", "settings.json", "server.key", "log", "pid", *stores)
    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)
    assert {0o600} == {stat.S_IMODE((folder / name).stat().st_mode) for name in secret}


def test_its_process_s_words_hold_no_token(running: Service) -> None:
    """Other users of the machine can see how a process was started."""
    shown = subprocess.run(["ps", "-ww", "-p", str(pid_of(running)), "-o", "args="], capture_output=True, check=True)
    assert api_of(running).token.encode() not in shown.stdout


def test_a_slow_start_is_told_of(sandbox: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while it says what it waits for."""
    said: list[str] = []
    monkeypatch.setattr(service, "QUIET_SECONDS", 0.0)
    sandbox.start(said.append)
    assert ["Waiting for the sandbox to answer ..."] == said


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("exit 7", 7, id="its-own"),
        pytest.param("kill -KILL $$", 137, id="ended-by-a-signal"),
    ],
)
def test_a_command_s_exit_code_is_handed_on(words: str, expected: int) -> None:
    """A run ends as its command does."""
    assert expected == service.run(["sh", "-c", words], quiet)


def test_a_command_sees_a_sandbox_that_answers(tmp_path: Path) -> None:
    """KUBECONFIG names it."""
    script = (
        "import json, os, ssl, sys, urllib.request;"
        "cluster = json.load(open(os.environ['KUBECONFIG']))['clusters'][0]['cluster'];"
        "open(sys.argv[1], 'w').write(os.environ['KUBECONFIG']);"
        "urllib.request.urlopen(cluster['server'] + '/readyz', context=ssl._create_unverified_context())"
    )
    assert 0 == service.run([sys.executable, "-c", script, str(tmp_path / "kubeconfig")], quiet)
    assert not Path((tmp_path / "kubeconfig").read_text()).parent.exists()


def test_a_command_that_is_none_is_an_error() -> None:
    """The error names it."""
    with pytest.raises(SandboxError, match=r"no-such-program cannot be run: No such file"):
        service.run(["no-such-program"], quiet)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_signals_are_passed_on(number: signal.Signals) -> None:
    """The command decides what a signal means, and the run ends with it."""
    timer = threading.Timer(1.0, os.kill, (os.getpid(), number))
    timer.start()
    script = f"trap 'exit 9' {number.name[3:]}; while :; do sleep 0.02; done"
    assert 9 == service.run(["sh", "-c", script], quiet)


def test_what_is_ignored_stays_so_for_the_command() -> None:
    """Under nohup a closed terminal ends neither the run nor its command."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert 0 == service.run(["sh", "-c", "kill -HUP $$"], quiet)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_signals_mean_what_they_did_before() -> None:
    """A run puts everything back."""
    before = signal.getsignal(signal.SIGTERM)
    service.run(["true"], quiet)
    assert before is signal.getsignal(signal.SIGTERM)


def test_a_real_one_needs_its_programs(sandbox: Service, tmp_path: Path) -> None:
    """The error names those that are missing, and where they were looked for."""
    (tmp_path / "programs").mkdir()
    (tmp_path / "programs" / "etcd").touch()
    with pytest.raises(SandboxError, match=r"kube-apiserver, .*, kwok, which .*programs does not hold") as caught:
        sandbox.start(quiet, programs=tmp_path / "programs")
    assert "KUBEBUILDER_ASSETS" in str(caught.value.hint)


def test_a_real_one_has_its_own_pace(sandbox: Service, tmp_path: Path) -> None:
    """What is asked for is not silently left out."""
    with pytest.raises(SandboxError, match="has its own pace"):
        sandbox.start(quiet, pace=0, programs=tmp_path)


def test_damaged_process_ids_of_a_real_one_are_none(running: Service) -> None:
    """What is no process id and one of its programs is nothing to look at, nor to end."""
    running.stop()
    (running.state().folder / "real").mkdir()
    (running.state().folder / "real" / "pids").write_text(f"damaged\n-1 etcd\n{os.getpid()} python\n{10**20} kwok\n")
    assert (False, False) == (running.state().is_running, running.stop())


def test_a_real_one_needs_its_variable() -> None:
    """Without KUBEBUILDER_ASSETS there is nothing to run."""
    with pytest.raises(SandboxError, match="KUBEBUILDER_ASSETS is not set"):
        service.programs_of(None)


def test_one_kind_runs_at_a_time(running: Service, tmp_path: Path) -> None:
    """A real one is not started beside the embedded one, nor taken for it."""
    with pytest.raises(SandboxError, match="the embedded sandbox runs"):
        running.start(quiet, programs=tmp_path)


@pytest.mark.skipif(
    not all((Path(os.environ.get("KUBEBUILDER_ASSETS", "/nowhere")) / each).exists() for each in PROGRAMS),
    reason="no programs of a real control plane in KUBEBUILDER_ASSETS",
)
def test_a_real_one_has_the_same_verbs(sandbox: Service) -> None:
    """Start, state, stop, restart and reset, at one address."""
    programs = Path(os.environ["KUBEBUILDER_ASSETS"])
    sandbox.start(quiet, programs=programs)
    before = sandbox.kubeconfig().read_text()
    assert not api_of(sandbox).is_sandbox
    api_of(sandbox).post(SETTINGS, CONFIG_MAP).expect(201)
    assert ("real", True, False) == (sandbox.state().kind, sandbox.stop(), sandbox.state().is_running)
    sandbox.start(quiet, programs=programs)
    assert before == sandbox.kubeconfig().read_text()
    api_of(sandbox).get(f"{SETTINGS}/settings").expect(200)
    sandbox.reset(quiet)
    api_of(sandbox).get(f"{SETTINGS}/settings").expect(404)
    assert json.loads(before)["users"] == json.loads(Home(sandbox.state().folder).kubeconfig.read_text())["users"]
