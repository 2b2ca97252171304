"""The error tree: as drawn, with its exit codes, and how an error's text grows."""

from __future__ import annotations

import re
import sys

import pytest

from helmlite import errors
from helmlite.errors import (
    ClusterError,
    ConflictError,
    HelmliteError,
    HookError,
    Interrupted,
    RenderError,
    UsageError,
    public_url,
)

CLASSES = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]


def made(kind: type[Exception], message: str) -> HelmliteError:
    """Return an error of a class, with what it must have."""
    error = kind(message, path="shop/templates/web.yaml.j2") if kind is RenderError else kind(message)
    assert isinstance(error, HelmliteError)
    return error


def tree(kind: type[Exception], indent: str = "") -> list[str]:
    """Return the class tree below a class, drawn as the module's docstring draws it."""
    below = [each for each in CLASSES if each.__base__ is kind]
    drawn = [] if indent else [kind.__name__]
    for each in below:
        last = each is below[-1]
        drawn.append(f"{indent}{'└── ' if last else '├── '}{each.__name__}")
        drawn += tree(each, indent + ("    " if last else "│   "))
    return drawn


def test_the_drawn_tree_is_the_class_tree() -> None:
    """The docstring draws every class where it stands, in the order of the file."""
    lines = (errors.__doc__ or "").splitlines()
    drawn = [found[0] for line in lines if (found := re.match(r"    ([│├└─ ]*)[A-Z]\w+", line))]
    assert tree(HelmliteError) == [each[4:] for each in drawn]


def test_every_error_is_a_helmlite_error() -> None:
    """Every error that the house raises on purpose has the same root."""
    assert [] == [each for each in CLASSES if not issubclass(each, HelmliteError)]


@pytest.mark.parametrize("kind", CLASSES)
def test_exit_code(kind: type[HelmliteError]) -> None:
    """Usage errors exit with 2, an interruption with 130, all else with 1."""
    assert {UsageError: 2, Interrupted: 130}.get(kind, 1) == kind.exit_code


@pytest.mark.parametrize("kind", CLASSES)
def test_location_is_put_before_the_message(kind: type[HelmliteError]) -> None:
    """An error stays of its class while its location grows."""
    error = made(kind, "is at fault")
    said = str(error)
    assert error is error.located("chart shop").located("install")
    assert f"install: chart shop: {said}" == str(error)
    assert (str(error),) == error.args


@pytest.mark.parametrize("kind", CLASSES)
def test_consequences_follow_the_message(kind: type[HelmliteError]) -> None:
    """What went wrong because of it is put on a line of its own."""
    error = made(kind, "is at fault")
    said = str(error)
    assert f"{said}\nand so it ended" == str(error.followed_by("and so it ended"))


@pytest.mark.parametrize("kind", CLASSES)
def test_rewording_reaches_all_text(kind: type[HelmliteError]) -> None:
    """A word that must not be seen is taken out of message, hint and arguments."""
    error = made(kind, "password hunter2 is wrong")
    error.hint = "try another than hunter2"
    error.reworded(lambda text: text.replace("hunter2", "[hidden]"))
    assert "hunter2" not in f"{error} {error.args} {error.hint} {error!r}"
    assert "try another than [hidden]" == error.hint


@pytest.mark.parametrize("link", ["__cause__", "__context__"])
def test_rewording_reaches_what_caused_it(link: str) -> None:
    """A word that must not be seen is taken out of the errors behind an error, which a traceback would show."""
    cause = HelmliteError("hunter2 was refused")
    error = HelmliteError("no way in")
    setattr(error, link, cause)
    error.reworded(lambda text: text.replace("hunter2", "[hidden]"))
    assert "[hidden] was refused" == str(cause)


def test_render_error_shows_place_chain_and_lines() -> None:
    """A template's error has path and line, who included it, and the lines around it with a mark."""
    error = RenderError(
        "no name 'imag' here",
        path="shop/templates/_pod.j2",
        line=10,
        excerpt=[(9, "containers:"), (10, "- image: {{ imag }}")],
        chain=["shop/templates/all.yaml.j2:1", "shop/templates/web.yaml.j2:4"],
        hint="is it `image`?",
    )
    assert (
        "shop/templates/_pod.j2:10: no name 'imag' here\n"
        "  included from shop/templates/web.yaml.j2:4\n"
        "  included from shop/templates/all.yaml.j2:1\n"
        "     9 | containers:\n"
        "  > 10 | - image: {{ imag }}"
    ) == str(error)


def test_render_error_without_a_line_shows_the_path() -> None:
    """Where no line is known the path stands alone."""
    assert "shop/templates/web.yaml.j2: too large" == str(RenderError("too large", path="shop/templates/web.yaml.j2"))


def test_what_errors_carry() -> None:
    """A cluster's error carries status and reason, a conflict its fields, a hook its logs."""
    cluster = ClusterError("no", status=403, reason="Forbidden")
    conflict = ConflictError("taken", conflicts=[".spec.replicas"])
    assert (403, "Forbidden") == (cluster.status, cluster.reason)
    assert (409, (".spec.replicas",)) == (conflict.status, conflict.conflicts)
    assert "line 1" == HookError("job failed", logs="line 1").logs


def test_the_tree_needs_nothing() -> None:
    """The module imports nothing of ours, so that every room can import it."""
    ours = [name for name, each in vars(errors).items() if isinstance(each, type(sys)) and "helmlite" in each.__name__]
    assert [] == ours


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ada:hunter2@example.org/charts?token=x", "https://example.org/charts"),
        ("http:/ada:hunter2@example.org/charts", "example.org/charts"),
        ("ada:hunter2@example.org/charts", "example.org/charts"),
        ("//ada:hunter2@example.org/x.tgz", "//example.org/x.tgz"),
        ("http://ada:hun/ter2@example.org/x", "http://example.org/x"),
        ("https://example.org:8443/@scope/x", "https://example.org:8443/@scope/x"),
        ("https://example.org:8443/@a/@b", "https://example.org:8443/@a/@b"),
        ("https://ada:123/hunter2@example.org/x", "https://example.org/x"),
        ("https://ada:hunter2#w@example.org/x", "https://example.org/x"),
        ("https://ada:hunter2?w@example.org/x", "https://example.org/x"),
        ("/srv/a@b/charts", "/srv/a@b/charts"),
    ],
)
def test_urls_are_shown_without_passwords(url: str, shown: str) -> None:
    """However they were mistyped."""
    assert shown == public_url(url)
