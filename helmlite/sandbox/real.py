"""Run a real Kubernetes control plane on loopback: etcd, API server, controllers, scheduler, one node played by kwok.

    control-plane run -- COMMAND...     a fresh one for the length of a command, which sees it as KUBECONFIG and has
                                        the peers on PATH; exits as the command does
    control-plane start DIR             keep one going; its kubeconfig is DIR/kubeconfig, its logs DIR/*.log
    control-plane status DIR            what of it is running
    control-plane stop DIR
    control-plane start DIR --no-pods   API server and controllers only: no scheduler, no node, pods stay Pending

Programs come from `peers install` (or KUBEBUILDER_ASSETS). Ready in about 5 s. Authorisation is RBAC; the
kubeconfig's user is in system:masters. A default StorageClass provisions at once. Pods on the node become ready at
once, and fail as their annotation test.helmlite.dev/pod orders (stages.yaml beside this file tells how; --stages FILE
takes others). No container runs: every pod's log is the same 40 lines. etcd does not wait for the disk: this is for
tests.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import programs

STAGES = Path(__file__).with_name("stages.yaml")
CAPACITY = {"cpu": "64", "memory": "256Gi", "pods": "1000"}
STORAGE_CLASS: Mapping[str, Any] = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
    "provisioner": "kubernetes.io/host-path",
    "reclaimPolicy": "Delete",
    "volumeBindingMode": "Immediate",
}
NODE: Mapping[str, Any] = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {
        "name": "node-1",
        "labels": {
            "kubernetes.io/hostname": "node-1",
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64",
        },
        "annotations": {"kwok.x-k8s.io/node": "fake", "node.alpha.kubernetes.io/ttl": "0"},
    },
    "status": {"allocatable": CAPACITY, "capacity": CAPACITY},
}


def assets() -> Path:
    """Return the folder that holds the programs of the control plane."""
    found = Path(os.environ.get("KUBEBUILDER_ASSETS") or programs.folder())
    if not (found / "kube-apiserver").exists():
        sys.exit("control-plane: no kube-apiserver; run `peers install` first")
    return found


def free_ports(count: int) -> list[int]:
    """Return numbers of ports on loopback that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class Plane:
    """One control plane in one folder; process ids, logs, keys and kubeconfig all lie there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pids = folder / "pids"
        self.kubeconfig = folder / "kubeconfig"
        self.certificate = folder / "certs" / "apiserver.crt"
        self.key = folder / "certs" / "apiserver.key"
        self.url = ""
        self.token = ""
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *, with_pods: bool, stages: Path) -> None:
        """Start all programs and return once the control plane can be used; exits when it cannot."""
        if self.alive():
            sys.exit(f"control-plane: already running in {self.folder}")
        assets()
        self.clear()
        (self.folder / "certs").mkdir(parents=True)
        self.folder.chmod(0o700)
        self._start_server()
        self._write_kubeconfig()
        self._launch(
            "kube-controller-manager",
            f"--kubeconfig={self.kubeconfig}",
            f"--service-account-private-key-file={self.key}",
            f"--root-ca-file={self.certificate}",
            "--leader-elect=false",
            "--use-service-account-credentials=false",
            "--enable-hostpath-provisioner=true",
            "--secure-port=0",
        )
        self._ask("/apis/storage.k8s.io/v1/storageclasses", STORAGE_CLASS)
        if with_pods:
            self._start_node(stages)
        self._wait_for("/api/v1/namespaces/default/serviceaccounts/default")

    def _start_server(self) -> None:
        """Start etcd and the API server, which makes its own certificate and key."""
        store, peer, port = free_ports(3)
        self.url, self.token = f"https://127.0.0.1:{port}", secrets.token_hex(16)
        (self.folder / "tokens.csv").write_text(f'{self.token},admin,admin,"system:masters"\n')
        endpoint = f"http://127.0.0.1:{store}"
        issuer = "https://kubernetes.default.svc"
        self._launch(
            "etcd",
            "--data-dir=etcd",
            f"--listen-client-urls={endpoint}",
            f"--advertise-client-urls={endpoint}",
            f"--listen-peer-urls=http://127.0.0.1:{peer}",
            "--unsafe-no-fsync",
            "--log-level=warn",
            f"--quota-backend-bytes={4 << 30}",
        )
        self._launch(
            "kube-apiserver",
            f"--etcd-servers={endpoint}",
            "--bind-address=127.0.0.1",
            f"--secure-port={port}",
            "--cert-dir=certs",
            "--token-auth-file=tokens.csv",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.96.0.0/16",
            f"--service-account-key-file={self.key}",
            f"--service-account-signing-key-file={self.key}",
            f"--service-account-issuer={issuer}",
            f"--api-audiences={issuer}",
            "--allow-privileged=true",
            "--kubelet-preferred-address-types=InternalIP",
        )
        self._wait_for("/readyz")

    def _start_node(self, stages: Path) -> None:
        """Start the scheduler and kwok, and add the node whose kubelet kwok plays."""
        scheduler_port, kubelet_port = free_ports(2)
        said = "".join(
            f"2026-01-01T00:00:{line:02}Z stdout F line {line} of the container's log\n" for line in range(1, 41)
        )
        (self.folder / "containers.log").write_text(said)
        logs = {
            "apiVersion": "kwok.x-k8s.io/v1alpha1",
            "kind": "ClusterLogs",
            "metadata": {"name": "every-pod"},
            "spec": {"logs": [{"logsFile": str(self.folder / "containers.log")}]},
        }
        (self.folder / "logs.json").write_text(json.dumps(logs))
        self._launch(
            "kube-scheduler",
            f"--kubeconfig={self.kubeconfig}",
            f"--authentication-kubeconfig={self.kubeconfig}",
            f"--authorization-kubeconfig={self.kubeconfig}",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
            f"--secure-port={scheduler_port}",
        )
        self._launch(
            "kwok",
            f"--kubeconfig={self.kubeconfig}",
            "--manage-all-nodes=true",
            "--node-lease-duration-seconds=40",
            f"--config={stages.resolve()}",
            f"--config={self.folder / 'logs.json'}",
            f"--server-address=127.0.0.1:{kubelet_port}",
            f"--node-port={kubelet_port}",
            f"--tls-cert-file={self.certificate}",
            f"--tls-private-key-file={self.key}",
        )
        self._ask("/api/v1/nodes", NODE)

    def _launch(self, program: str, *arguments: str) -> None:
        with (self.folder / f"{program}.log").open("ab") as log:
            process = subprocess.Popen(
                [assets() / program, *arguments],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the command that runs on the plane
            )
        self._children[program] = process
        with self.pids.open("a") as out:
            out.write(f"{process.pid} {program}\n")

    def _write_kubeconfig(self) -> None:
        authority = base64.b64encode(self.certificate.read_bytes()).decode()
        name = "control-plane"
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [{"name": name, "cluster": {"server": self.url, "certificate-authority-data": authority}}],
            "users": [{"name": "admin", "user": {"token": self.token}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": "admin"}}],
        }
        self.kubeconfig.touch(mode=0o600)
        self.kubeconfig.write_text(json.dumps(content, indent=1))

    def _ask(self, path: str, body: Mapping[str, Any] | None = None) -> None:
        """Read a path of the API server, or create what ``body`` is; raises OSError when that fails."""
        content = json.dumps(body).encode() if body else None
        request = urllib.request.Request(self.url + path, method="POST" if body else "GET", data=content)
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Content-Type", "application/json")
        context = ssl.create_default_context(cafile=str(self.certificate))
        # The server is on loopback: a proxy that the environment names is none of its business.
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        with opener.open(request, timeout=10) as answer:
            answer.read()

    def _wait_for(self, path: str, seconds: float = 60) -> None:
        """Return when the server answers; exits with a log when it does not, or when a program has ended."""
        deadline = time.monotonic() + seconds
        fault: Exception | None = None
        while time.monotonic() < deadline:
            try:
                self._ask(path)
                return
            except OSError as error:
                fault = error
            for program, process in self._children.items():
                if process.poll() is not None:
                    sys.exit(f"control-plane: {program} ended\n{self._log(program)}")
            time.sleep(0.1)
        sys.exit(f"control-plane: no answer from {path} in {seconds:.0f} s ({fault})\n{self._log('kube-apiserver')}")

    def _log(self, program: str) -> str:
        return (self.folder / f"{program}.log").read_text(errors="replace")[-2000:]

    def processes(self) -> list[tuple[int, str]]:
        """Return process id and program of all that was started."""
        if not self.pids.exists():
            return []
        lines = [line.split() for line in self.pids.read_text().splitlines()]
        return [(int(pid), program) for pid, program in lines]

    def alive(self) -> list[str]:
        """Return the programs that still run: the id may have gone to another process, so its name is looked at."""

        def runs(pid: int, program: str) -> bool:
            if program in self._children and self._children[program].poll() is not None:
                return False
            try:
                return program.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                return False

        return [program for pid, program in self.processes() if runs(pid, program)]

    def stop(self) -> None:
        """End all programs, those that do not end by themselves by force, and remove the folder."""
        for final in (False, True):
            running = self.alive()
            for pid, program in reversed(self.processes()):
                if program in running:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL if final or program == "etcd" else signal.SIGTERM)
            deadline = time.monotonic() + 5
            while self.alive() and time.monotonic() < deadline:
                time.sleep(0.05)
        self.clear()

    def clear(self) -> None:
        """Remove the folder, but only one that a control plane made."""
        if self.folder.exists() and any(self.folder.iterdir()) and not self.pids.exists():
            sys.exit(f"control-plane: {self.folder} holds something else; name a new folder")
        shutil.rmtree(self.folder, ignore_errors=True)


def run(command: list[str], *, with_pods: bool, stages: Path) -> int:
    """Run a command on a fresh control plane and return its exit code."""
    if not command:
        sys.exit("control-plane: run what? `control-plane run -- COMMAND...`")
    with tempfile.TemporaryDirectory(prefix="control-plane-", ignore_cleanup_errors=True) as made:
        plane = Plane(Path(made) / "plane")
        try:
            plane.start(with_pods=with_pods, stages=stages)
            environment = {
                **os.environ,
                "KUBECONFIG": str(plane.kubeconfig),
                "KUBEBUILDER_ASSETS": str(assets()),
                "PATH": f"{assets()}:{os.environ['PATH']}",
            }
            return subprocess.run(command, env=environment, check=False).returncode
        except FileNotFoundError as error:
            sys.exit(f"control-plane: {error}")
        finally:
            if plane.folder.exists():
                plane.stop()


def main() -> int:
    """Do what the command line says and return the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(
        prog="control-plane", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("start", "stop", "status", "run"):
        each = verbs.add_parser(verb)
        if verb in ("start", "run"):
            each.add_argument("--no-pods", action="store_true", help="no scheduler and no node")
            each.add_argument(
                "--stages", type=Path, default=STAGES, help="kwok Stages; default: stages.yaml beside this"
            )
        if verb == "run":
            each.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND...")
        else:
            each.add_argument("dir", type=Path, metavar="DIR")
    chosen = parser.parse_args()
    if chosen.verb == "run":
        command = chosen.command[1:] if chosen.command[:1] == ["--"] else chosen.command
        return run(command, with_pods=not chosen.no_pods, stages=chosen.stages)
    plane = Plane(chosen.dir.resolve())
    if chosen.verb == "start":
        plane.start(with_pods=not chosen.no_pods, stages=chosen.stages)
        print(f"export KUBECONFIG={plane.kubeconfig}")
    elif chosen.verb == "stop":
        if not plane.pids.exists():
            sys.exit(f"control-plane: nothing was started in {plane.folder}")
        plane.stop()
    else:
        running = plane.alive()
        print(" ".join(running) or "not running")
        return 0 if running else 1
    return 0
