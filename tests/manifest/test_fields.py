"""Fields in words: read, found in objects, written, and recognised in what servers say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite.manifest.fields import Found, Step, field_text, fields_in, fields_of, find, narrowed, parse_field

BODY = {
    "metadata": {"labels": {"app.kubernetes.io/name": "x", "tier": "y z"}},
    "spec": {"containers": [{"name": "web", "ports": [{"containerPort": 80, "protocol": "TCP"}]}, {"name": "log"}]},
}

READ: dict[str, tuple[Step, ...]] = {
    "": (),
    ".": (),
    "$.spec": ("spec",),
    "{.spec.a}": ("spec", "a"),
    "spec.containers[0].image": ("spec", "containers", 0, "image"),
    "metadata.labels['app.kubernetes.io/name']": ("metadata", "labels", "app.kubernetes.io/name"),
    'metadata.labels["it\'s"]': ("metadata", "labels", "it's"),
    r"metadata.labels.app\.kubernetes\.io/name": ("metadata", "labels", "app.kubernetes.io/name"),
    "c[name=web].image": ("c", (("name", "web"),), "image"),
    'c[containerPort=80,protocol="TCP"]': ("c", (("containerPort", "80"), ("protocol", "TCP"))),
    'c[?(@.name=="web")].image': ("c", (("name", "web"),), "image"),
    'finalizers[="a/b"]': ("finalizers", (("", "a/b"),)),
    "data[a.key]": ("data", "a.key"),
}


@pytest.mark.parametrize("text", READ)
def test_reads_fields(text: str) -> None:
    """What kubectl, JSONPath and servers write is understood."""
    assert READ[text] == parse_field(text)


@pytest.mark.parametrize("text", ["a..b", "a[", "a]b", "a[]", "a.[0]."])
def test_says_what_is_no_field(text: str) -> None:
    """What cannot be read is refused."""
    with pytest.raises(ValueError, match="no step"):
        parse_field(text)


@given(st.lists(st.one_of(st.text(min_size=1), st.integers(0, 99)), max_size=5))
def test_reads_what_it_writes(path: list[str | int]) -> None:
    """Any path's words lead back to the path."""
    assert tuple(path) == parse_field(field_text(path))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("metadata.labels.app.kubernetes.io/name", Found(path=("metadata", "labels", "app.kubernetes.io/name"))),
        ("metadata.labels[app.kubernetes.io/name]", Found(path=("metadata", "labels", "app.kubernetes.io/name"))),
        ("spec.containers[name=log].name", Found(path=("spec", "containers", 1, "name"))),
        (
            "spec.containers[0].ports[containerPort=80,protocol=TCP]",
            Found(path=("spec", "containers", 0, "ports", 0)),
        ),
        ("spec.containers[name=log,filled=in]", Found(path=("spec", "containers", 1))),
        ("spec.containers[filled=in]", Found(path=("spec", "containers"), missing=((("filled", "in"),),))),
        ("spec.containers[2]", Found(path=("spec", "containers"), missing=(2,))),
        ("spec.replicas.x", Found(path=("spec",), missing=("replicas", "x"))),
    ],
)
def test_finds_fields(text: str, expected: Found) -> None:
    """A field leads as far as the object has it."""
    assert expected == find(BODY, parse_field(text))


def test_narrows_to_what_is_quoted() -> None:
    """Of a mapping that is at fault as a whole, the entry that the server quotes is."""
    assert ("metadata", "labels", "tier") == narrowed(BODY, ("metadata", "labels"), "y z")
    assert ("metadata", "labels") == narrowed(BODY, ("metadata", "labels"), "z")


def test_recognises_fields_of_the_object() -> None:
    """In free words only what the object has counts."""
    said = "denied: see docs.example/a.b: spec.containers[0].name is reserved, spec.foo.bar too"
    assert ("spec.containers[0].name",) == fields_of(BODY, said)
    assert () == fields_in(said)
