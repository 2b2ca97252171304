"""The public face: one sorted list of names."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path

import pytest

import helmlite


def names_for_type_checkers() -> dict[str, str]:
    """Return the names that type checkers see, and the modules that they see them in."""
    tree = ast.parse(Path(helmlite.__file__).read_text())
    blocks = [node for node in tree.body if isinstance(node, ast.If)]
    found = [node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom)]
    return {each.name: node.module or "" for node in found for each in node.names}


def test_names_are_sorted() -> None:
    """The list is sorted, so that a new name has one place in it."""
    assert sorted(set(helmlite.__all__)) == helmlite.__all__


def test_dir_shows_the_names() -> None:
    """``dir()`` shows the public names, loaded or not."""
    assert helmlite.__all__ == dir(helmlite)


def test_type_checkers_see_the_same_names() -> None:
    """What is imported for type checkers is what there is."""
    assert helmlite.__all__ == sorted(names_for_type_checkers())


@pytest.mark.parametrize("name", helmlite.__all__)
def test_name_is_importable(name: str) -> None:
    """Each name is the object of that name in the module that type checkers are told."""
    home = importlib.import_module(names_for_type_checkers()[name])
    assert getattr(home, name) is getattr(helmlite, name)


@pytest.mark.parametrize("name", helmlite.__all__)
def test_name_is_documented(name: str) -> None:
    """Each public class and function has a docstring of its own, and hints for all that it takes and gives."""
    public = getattr(helmlite, name)
    assert public.__doc__
    if inspect.isfunction(public):
        assert {*inspect.signature(public).parameters, "return"} == set(public.__annotations__)


def test_unknown_name_is_an_attribute_error() -> None:
    """A name that does not exist fails as it does in any module."""
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        helmlite.nothing  # noqa: B018  # the look-up is what is tested
