"""A real Kubernetes control plane on loopback: etcd, API server, controllers, scheduler, one node played by kwok.

Ready in about 5 s. Authorisation is RBAC; the kubeconfig's user is in system:masters. A default StorageClass provisions
at once. Pods on the node become ready at once, and fail as their annotation test.helmlite.dev/pod orders (stages.yaml
beside this file tells how). No container runs: every pod's log is the same 40 lines. etcd does not wait for the disk:
this is for tests.

Needs nothing but the standard library, since tests start it before anything is installed.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helmlite.errors import SandboxError

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")
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


def free_ports(count: int) -> list[int]:
    """Return numbers of ports on loopback that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def command_line(pid: int) -> str:
    """Return the words that a process was started with, empty where there is none."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    ps = shutil.which("ps") or "ps"
    asked = [ps, "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # noqa: S603  # the system's own


class Plane:
    """One control plane in one folder; process ids, logs, keys, kubeconfig and etcd's store all lie there.

    ``programs`` is the folder of its programs.
    """

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self._programs = programs
        self.pids = folder / "pids"
        self.kubeconfig = folder / "kubeconfig"
        self.certificate = folder / "certs" / "apiserver.crt"
        self.key = folder / "certs" / "apiserver.key"
        self.url = ""
        self.token = ""
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *, port: int = 0, token: str = "", with_pods: bool = True, stages: Path = STAGES) -> None:
        """Start all programs and return once the control plane can be used; raises SandboxError when it cannot.

        What the folder holds from before is there again. Without port and token it finds its own.
        """
        missing = [each for each in PROGRAMS if not (self._programs / each).exists()]
        if missing:
            raise SandboxError(
                f"a real control plane needs {', '.join(missing)}, which {self._programs} does not hold",
                hint=f"set KUBEBUILDER_ASSETS to a folder that holds {', '.join(PROGRAMS)}",
            )
        if self.alive():
            raise SandboxError(f"a control plane already runs in {self.folder}")
        (self.folder / "certs").mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.pids.unlink(missing_ok=True)
        self._start_server(port, token or secrets.token_hex(16))
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
            # every test has a namespace of its own, whose end takes some 60 requests
            "--kube-api-qps=1000",
            "--kube-api-burst=2000",
            "--concurrent-namespace-syncs=20",
        )
        self._ask("/apis/storage.k8s.io/v1/storageclasses", STORAGE_CLASS)
        if with_pods:
            self._start_node(stages)
        self._wait_for("/api/v1/namespaces/default/serviceaccounts/default")

    def _start_server(self, port: int, token: str) -> None:
        """Start etcd and the API server, which makes its own certificate and key."""
        store, peer, free = free_ports(3)
        port = port or free
        self.url, self.token = f"https://127.0.0.1:{port}", token
        tokens = self.folder / "tokens.csv"
        tokens.touch(mode=0o600)
        tokens.write_text(f'{self.token},admin,admin,"system:masters"\n')
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
            "--kube-api-qps=1000",
            "--kube-api-burst=2000",
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
            process = subprocess.Popen(  # noqa: S603  # the programs are the user's own
                [self._programs / program, *arguments],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the command that runs on the plane
            )
        self._children[program] = process
        # it may outlive us; should it end sooner, somebody has to take note
        threading.Thread(target=process.wait, daemon=True).start()
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
        """Read a path of the API server, or create what ``body`` is where it is missing; raises OSError."""
        content = json.dumps(body).encode() if body else None
        request = urllib.request.Request(  # noqa: S310  # the URL is our own
            self.url + path, method="POST" if body else "GET", data=content
        )
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Content-Type", "application/json")
        context = ssl.create_default_context(cafile=str(self.certificate))
        # The server is on loopback: a proxy that the environment names is none of its business.
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        try:
            opener.open(request, timeout=10).close()
        except urllib.error.HTTPError as error:
            error.close()
            if error.code != 409:
                raise

    def _wait_for(self, path: str, seconds: float = 60) -> None:
        """Return when the server answers; raises SandboxError with a log when it does not, or a program has ended."""
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
                    raise SandboxError(f"{program} ended\n{self._log(program)}")
            time.sleep(0.1)
        raise SandboxError(f"no answer from {path} in {seconds:.0f} s ({fault})\n{self._log('kube-apiserver')}")

    def _log(self, program: str) -> str:
        return (self.folder / f"{program}.log").read_text(errors="replace")[-2000:]

    def processes(self) -> list[tuple[int, str]]:
        """Return process id and program of all that was started."""
        if not self.pids.exists():
            return []
        found = re.findall(r"^([1-9][0-9]{0,8}) (\S+)$", self.pids.read_text(errors="replace"), re.MULTILINE | re.ASCII)
        return [(int(pid), program) for pid, program in found if program in PROGRAMS]

    def alive(self) -> list[str]:
        """Return the programs that still run: the id may have gone to another process, so its name is looked at."""

        def runs(pid: int, program: str) -> bool:
            if program in self._children and self._children[program].poll() is not None:
                return False
            return program in command_line(pid)

        return [program for pid, program in self.processes() if runs(pid, program)]

    def stop(self) -> None:
        """End all programs, by force, since without etcd the API server takes its time; what is stored stays."""
        running = self.alive()
        for pid, program in self.processes():
            if program in running:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 5
        while self.alive() and time.monotonic() < deadline:
            time.sleep(0.02)

    def empty(self) -> None:
        """Remove what is stored; keys and certificates stay."""
        shutil.rmtree(self.folder / "etcd", ignore_errors=True)

    def clear(self) -> None:
        """Remove the folder, but only one that a control plane made; raises SandboxError."""
        if self.folder.exists() and any(self.folder.iterdir()) and not self.pids.exists():
            raise SandboxError(f"{self.folder} holds something else", hint="name a new folder")
        shutil.rmtree(self.folder, ignore_errors=True)
