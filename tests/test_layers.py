"""Imports go down only, and what is outside is reached through few doors (docs/architecture.md)."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1] / "helmlite"
FILES = {str(path.relative_to(ROOT)): path for path in sorted(ROOT.rglob("*.py"))}

LAYERS = {
    **dict.fromkeys(("errors", "documents", "versions", "files", "private", "kept"), 0),
    **dict.fromkeys(("chart", "values", "manifest", "release"), 1),
    **dict.fromkeys(("engine", "plan"), 2),
    "kube": 3,
    **dict.fromkeys(("storage", "repo"), 4),
    **dict.fromkeys(("action", "sandbox", "server"), 5),
    "authoring": 6,
    **dict.fromkeys(("cli", "__main__", "__init__"), 7),
}
"""Room or module of the top: its layer. A module imports its own room, or a lower layer."""

BESIDE = {
    *(("files", "errors"), ("kept", "private")),
    *(("values", "chart"), ("release", "manifest"), ("release", "chart")),
    ("__main__", "cli"),
}
"""(importing, imported) within one layer."""

LIBRARIES = {
    "kubernetes": ("kube/",),
    "requests": ("repo/transport.py", "repo/http.py", "repo/oci.py"),
    "jinja2": ("engine/", "server/pages"),
    "urllib3": (
        "kube/",
        "repo/http.py",
        "repo/deadlines.py",
    ),  # what the kubernetes client, and requests, send requests with
    "markupsafe": ("engine/", "server/pages"),
    "yaml": ("documents/yaml_reader.py", "documents/yaml_events.py"),
    "semver": ("versions.py",),
    "jsonschema": ("values/schema.py", "sandbox/", "authoring/"),
    "referencing": ("values/schema.py", "sandbox/", "authoring/"),
    "bcrypt": ("engine/functions/",),
    "cryptography": ("engine/functions/", "sandbox/"),
    "pysequoia": ("repo/provenance.py", "repo/keyrings.py"),
    "tomllib": ("engine/functions/",),
    "tomli_w": ("engine/functions/",),
    "re2": ("engine/functions/", "values/schema.py", "sandbox/"),
    "keyring": ("repo/credentials.py",),
    "starlette": ("sandbox/", "server/"),
    "uvicorn": ("sandbox/", "server/"),
    "typer": ("cli/",),
    "rich": ("cli/",),
}
"""Library: where it may be imported. What is not in the standard library needs a row here."""

ENVIRONMENT = ("cli/", "kube/config.py", "action/configuration.py", "sandbox/", "server/")
IMPURE = ("action/configuration.py", "sandbox/", "server/")
STOPWATCH = (
    *IMPURE,
    "cli/progress.py",  # after how long a quiet command shows what it waits for
    "engine/bounds.py",  # the default of a clock that is handed on
    "engine/guard.py",  # when a child that renders is killed
    "kube/cluster.py",  # pauses between a request and its repetition
)
PRINTING = ("cli/",)

ENVIRONMENT_NAMES = {"os.environ", "os.getenv", "os.environb", "os.path.expanduser", "Path.home", "pathlib.Path.home"}
IMPURE_NAMES = {
    *("time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today"),
    *("os.urandom", "os.getpid", "os.getppid", "os.getlogin", "os.uname", "socket.gethostname", "platform.node"),
}
STOPWATCH_NAMES = {f"time.{name}" for name in ("monotonic", "monotonic_ns", "perf_counter", "sleep")}
IMPURE_MODULES = {"random", "secrets", "uuid", "getpass"}
PRINTING_NAMES = {"print", "sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"}


def room(file: str) -> str:
    """Return the room of a file, or the module's own name at the top."""
    return Path(file).parts[0].removesuffix(".py")


def is_in(file: str, places: tuple[str, ...]) -> bool:
    """Return whether a file is one of the places: files, or folders that end in a slash."""
    return any(file == place or (file.startswith(place) and not place.endswith(".py")) for place in places)


def imported(file: str) -> Iterator[tuple[int, str]]:
    """Return line and full name of everything that a file imports: in functions and for type checkers too."""
    package = ("helmlite", *Path(file).parent.parts)
    for node in ast.walk(ast.parse(FILES[file].read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            whole = ".".join((*base, node.module) if node.module else base)
            yield from ((node.lineno, f"{whole}.{each.name}") for each in node.names)


def named(file: str) -> Iterator[tuple[int, str]]:
    """Return line and dotted name of every name that a file uses (``os.environ``), and what it imports by name."""
    for node in ast.walk(ast.parse(FILES[file].read_text())):
        if isinstance(node, ast.Attribute) or (isinstance(node, ast.Name) and node.id == "print"):
            yield node.lineno, ast.unparse(node)
    yield from imported(file)


def used(file: str, names: set[str]) -> list[str]:
    """Return where a file uses one of the names."""
    return sorted({f"{file}:{line}: {name}" for line, name in named(file) if name in names})


def test_every_room_has_a_layer() -> None:
    """A new room or module at the top takes its place in the table of layers."""
    assert set() == {room(file) for file in FILES} - set(LAYERS)


@pytest.mark.parametrize("file", FILES)
def test_imports_go_down(file: str) -> None:
    """A module imports its own room, a lower layer, or a room that the order within its layer allows."""
    mine = room(file)

    def allowed(other: str) -> bool:
        return other == mine or LAYERS[other] < LAYERS[mine] or (mine, other) in BESIDE or mine == "__init__"

    ours = [(line, name.split(".")) for line, name in imported(file) if name.split(".")[0] == "helmlite"]
    # the package itself is for its version only: each module names the room that it takes from
    ours = [(line, parts) for line, parts in ours if parts != ["helmlite", "__version__"]]
    found = [(line, parts[1] if parts[1] in LAYERS else "__init__") for line, parts in ours if len(parts) > 1]
    assert [] == [f"{file}:{line}: imports {other}" for line, other in found if not allowed(other)]


def test_the_public_names_are_loaded_lazily() -> None:
    """``helmlite/__init__.py`` imports rooms for type checkers only."""
    tree = ast.parse(FILES["__init__.py"].read_text())
    at_once = [ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [] == [each for each in at_once if "helmlite" in each]


@pytest.mark.parametrize("file", FILES)
def test_libraries_come_through_their_doors(file: str) -> None:
    """A library from outside is imported where the table of doors says, and nowhere else."""
    names = {(line, name.split(".")[0]) for line, name in imported(file)}
    outside = {
        (line, name)
        for line, name in names
        if name in LIBRARIES or (name not in sys.stdlib_module_names and name != "helmlite")
    }
    assert [] == [
        f"{file}:{line}: {name}" for line, name in sorted(outside) if not is_in(file, LIBRARIES.get(name, ()))
    ]


@pytest.mark.parametrize("file", [file for file in FILES if not is_in(file, ENVIRONMENT)])
def test_environment_is_read_at_its_doors(file: str) -> None:
    """Environment variables and the user's folders are read by the outermost rooms only."""
    assert [] == used(file, ENVIRONMENT_NAMES)
    assert [] == [f"{file}:{line}: {name}" for line, name in named(file) if name.endswith(".expanduser")]


@pytest.mark.parametrize("file", [file for file in FILES if not is_in(file, IMPURE)])
def test_clock_and_chance_are_handed_on(file: str) -> None:
    """Clock, randomness and process identity are made in one place, so that tests can fix them."""
    assert [] == used(file, IMPURE_NAMES)
    modules = [(line, name) for line, name in imported(file) if name.split(".")[0] in IMPURE_MODULES]
    # The type of a source of randomness that was handed on; what makes one is looked for below.
    assert [] == [f"{file}:{line}: {name}" for line, name in modules if name != "random.Random"]
    tree = ast.parse(FILES[file].read_text())
    calls = [(node.lineno, ast.unparse(node.func)) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert [] == [f"{file}:{line}: {name}()" for line, name in calls if name in ("Random", "SystemRandom")]


@pytest.mark.parametrize("file", [file for file in FILES if not is_in(file, STOPWATCH)])
def test_durations_are_measured_at_few_places(file: str) -> None:
    """A stopwatch or a pause stands only where a bound or a repetition needs real time."""
    assert [] == used(file, STOPWATCH_NAMES)


@pytest.mark.parametrize("file", [file for file in FILES if not is_in(file, PRINTING)])
def test_only_the_command_line_prints(file: str) -> None:
    """Nothing below the command line writes to the terminal."""
    assert [] == used(file, PRINTING_NAMES)
