"""Rendered text into documents: splitting, what is an object, and errors that say where without quoting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite import documents
from helmlite.errors import ManifestError
from helmlite.manifest.parse import objects, parse, parse_stored, sections_of, split, type_name
from tests.manifest.cases import PATH, parsed

SPLITS = {
    "nothing": ("", []),
    "blanks only": (" \n\t\n\n", []),
    "one document": ("a: 1\n", [("a: 1\n", 1)]),
    "a marker before": ("---\na: 1\n", [("a: 1\n", 2)]),
    "a marker after": ("a: 1\n---\n", [("a: 1\n", 1)]),
    "two documents": ("a: 1\n---\nb: 2\n", [("a: 1\n", 1), ("b: 2\n", 3)]),
    "no line end at the end": ("a: 1\n---\nb: 2", [("a: 1\n", 1), ("b: 2", 3)]),
    "blanks after the marker": ("a: 1\n---  \t\nb: 2\n", [("a: 1\n", 1), ("b: 2\n", 3)]),
    "text after the marker": ("a: 1\n--- b: 2\nc: 3\n", [("a: 1\n", 1), ("b: 2\nc: 3\n", 2)]),
    "text right at the marker": ("---a: 1\n", [("a: 1\n", 1)]),
    "a comment after the marker": ("--- # web\na: 1\n", [("# web\na: 1\n", 1)]),
    "four dashes": ("a: 1\n----\n", [("a: 1\n", 1), ("-\n", 2)]),
    "many markers": ("---\n---\n\n---\na: 1\n---\n---\n", [("a: 1\n", 5)]),
    "a marker that is indented": ("a: |\n  ---\n  b\n", [("a: |\n  ---\n  b\n", 1)]),
    "two dashes": ("a: |\n  x\n--\n", [("a: |\n  x\n--\n", 1)]),
    "blank lines before": ("\n\n  \na: 1\n", [("a: 1\n", 4)]),
    "an indented first line": ("\n  a: 1\n  b: 2\n", [("  a: 1\n  b: 2\n", 2)]),
    "blank lines at the end stay": ("a: |+\n  x\n\n\n---\nb: 2\n\n", [("a: |+\n  x\n\n\n", 1), ("b: 2\n\n", 6)]),
    "lines of Windows": ("a: 1\r\n---\r\nb: 2\r\n", [("a: 1\r\n", 1), ("b: 2\r\n", 3)]),
    "a comment only": ("# nothing\n---\na: 1\n", [("# nothing\n", 1), ("a: 1\n", 3)]),
}


@pytest.mark.parametrize("case", SPLITS)
def test_splits_where_helm_does(case: str) -> None:
    """A stream is split at every line that begins with three dashes; each part knows its first line."""
    text, expected = SPLITS[case]
    assert expected == split(text)


@given(st.lists(st.sampled_from(["a: 1", "---", "--- ", "---x: 1", "  - b", "", "# c", "\t", "----"]), max_size=12))
def test_parts_stand_where_they_say(lines: list[str]) -> None:
    """Every part is found in the text from the line that it names, and no part begins with a marker."""
    text = "\n".join(lines)
    for part, line in split(text):
        rest = "\n".join(text.split("\n")[line - 1 :])
        assert rest.startswith(part) or rest.removeprefix("---").lstrip(" \t").startswith(part)
        assert part.strip()


@given(st.lists(st.text(alphabet="ab: \n#-", max_size=20), max_size=5))
def test_nothing_but_blanks_and_markers_is_lost(parts: list[str]) -> None:
    """Whatever is neither blank nor a marker comes out again, in its order."""
    text = "\n---\n".join(parts)
    expected = "".join(line.removeprefix("---") for line in text.split("\n"))
    assert "".join(expected.split()) == "".join("".join(part.split()) for part, _ in split(text))


def test_goes_through_templates_by_path() -> None:
    """Documents come in the order of their paths, those of one template in its order."""
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {}\n"
    found = parse(
        {
            "shop/templates/b.yaml": text.format("w"),
            "shop/templates/a.yaml": f"{text.format('z')}---\n{text.format('x')}",
        }
    )
    assert ["z", "x", "w"] == [each.body["metadata"]["name"] for each in found]
    assert [
        "shop/templates/a.yaml, document 1",
        "shop/templates/a.yaml, document 2",
        "shop/templates/b.yaml, document 1",
    ] == [each.source for each in found]


def test_keeps_the_text_as_it_is() -> None:
    """A document's text is the template's, comments and blank lines too."""
    text = "# web\n\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}   # here\n\n\n"
    assert text == parsed(f"---\n{text}")[0].text


@pytest.mark.parametrize(
    "text", ["", "\n\n", "# licence\n", "---\n# a\n---\n# b\n", "null\n", "~", "---\n---\n"], ids=repr
)
def test_drops_what_holds_no_object(text: str) -> None:
    """Blank documents, those of comments only and nulls are nobody's."""
    assert [] == parsed(text)


def test_counts_documents_that_are_dropped() -> None:
    """The number in the source is that among all documents that are not blank."""
    found = parsed("# first\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n")
    assert [f"{PATH}, document 2"] == [each.source for each in found]


def test_reads_with_the_line_end_that_the_record_adds() -> None:
    """A kept block at a document's end has one line end more, as in the record and with Helm."""
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata:\n  x: |+\n    one\n\n"
    assert "one\n\n\n" == parsed(text)[0].body["data"]["x"]


# Broken text: what is said of it, and where.

HEAD = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\n"
INVALID = {
    "a tab": ("a:\n\t- 1\n", 2, "while scanning for the next token: found character that cannot start any token"),
    "a bad indent": (f"{HEAD}data:\n    a: 1\n   b: 2\n", 7, "did not find expected key"),
    "a duplicate key": (f"{HEAD}data:\n  a: 1\n  a: 2\n", 7, "duplicate key 'a'"),
    "an unclosed quote": ("a: 'b\n", 1, "found unexpected end of stream"),
    "an unclosed list": ("a: [1, 2\n", 1, "did not find expected ',' or ']'"),
    "no colon": (f"{HEAD}data:\n  secretvalue\n  b: 2\n", 7, "mapping values are not allowed in this context"),
    "an alias of nothing": ("a: *secretvalue\n", 1, "an alias refers to no anchor"),
    "an alias of itself": ("a: &secretvalue [*secretvalue]\n", 1, "an alias refers to what it stands in"),
    "an unknown tag": ("a: !secretvalue 1\n", 1, "an unknown tag"),
    "an unknown tag of a list": ("a: !secretvalue [1]\n", 1, "an unknown tag"),
    "an unknown tag of a mapping": ("a: !secretvalue {b: 1}\n", 1, "an unknown tag"),
    "a list as key": ("[secretvalue]: 1\n", 1, "a list or mapping cannot be a key"),
    "an infinite number": ("a: .inf\n", 1, "infinite and undefined numbers cannot be kept"),
    "two values in a line": ("a: secretvalue: 1\n", 1, "mapping values are not allowed in this context"),
    "a stray quote": ('a: "secretvalue"x\n', 1, "did not find expected key"),
    "a bad escape": ('a: "secretvalue\\q"\n', 1, "found unknown escape character"),
    "a document that is ended": (f"{HEAD}...\nb: secretvalue\n", 6, "did not find expected <document start>"),
}


@pytest.mark.parametrize("case", INVALID)
def test_invalid_yaml_names_template_document_and_line(case: str) -> None:
    """What is no YAML says in which document and line of the template's output, and why."""
    text, line, why = INVALID[case]
    with pytest.raises(ManifestError) as caught:
        parsed(f"{HEAD}---\n{text}")
    at = f", line {line + 5} of what it rendered" if line else ""
    assert caught.value.message.startswith(f"{PATH}, document 2{at}: no valid YAML: ")
    assert why in caught.value.message


@pytest.mark.parametrize("case", INVALID)
def test_invalid_yaml_of_a_secret_is_never_quoted(case: str) -> None:
    """Where a template renders a Secret, the error holds nothing of its values, however it is broken."""
    text = INVALID[case][0].replace("secretvalue", "hunter2hunter2")
    with pytest.raises(ManifestError) as caught:
        parsed(f"# kind: Secret\n{HEAD}---\n{text}")
    said = f"{caught.value.message}{caught.value.hint}{caught.value.__cause__}"
    assert "hunter2" not in said
    assert caught.value.__suppress_context__


def test_invalid_yaml_shows_the_lines_around_it() -> None:
    """The lines of what was rendered, counted from the template's first, the faulty one marked."""
    with pytest.raises(ManifestError) as caught:
        parsed(f"{HEAD.replace('Secret', 'Pod')}---\na: 1\nb: c: d\ne: 2\nf: 3\ng: 4\n")
    assert caught.value.message.endswith("context\n    6 | a: 1\n  > 7 | b: c: d\n    8 | e: 2\n    9 | f: 3")


def test_takes_the_last_of_duplicate_keys_where_helm_wrote() -> None:
    """Without ``strict`` a duplicate key is no error, the last one counts."""
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: one}\ndata: {a: two}\n"
    assert {"a": "two"} == parse({PATH: text}, strict=False)[0].body["data"]


# What is no object.

NAMED = {"apiVersion": "v1", "kind": "ConfigMap"}
FAULTS = {
    "a list": ([], "a Kubernetes object is a mapping, this is a list", None),
    "text": ("web", "a Kubernetes object is a mapping, this is a text", None),
    "a number": (1.5, "a Kubernetes object is a mapping, this is a number", None),
    "a boolean": (True, "a Kubernetes object is a mapping, this is a boolean", None),
    "an empty mapping": ({}, "it has no apiVersion, so it is no Kubernetes object", None),
    "no apiVersion": ({"kind": "Pod"}, "it has no apiVersion, so it is no Kubernetes object", None),
    "a number as apiVersion": (
        {"apiVersion": 1, "kind": "Pod"},
        "apiVersion is a number, not text",
        None,
    ),
    "no kind": ({"apiVersion": "v1"}, "it has no kind, so it is no Kubernetes object", None),
    "a blank kind": ({"apiVersion": "v1", "kind": ""}, "it has no kind, so it is no Kubernetes object", None),
    "no metadata": (NAMED, "ConfigMap has no metadata", None),
    "null metadata": ({**NAMED, "metadata": None}, "ConfigMap has no metadata", None),
    "metadata as list": ({**NAMED, "metadata": []}, "ConfigMap has no metadata", None),
    "no name": ({**NAMED, "metadata": {}}, "ConfigMap has no metadata.name", None),
    "a null name": ({**NAMED, "metadata": {"name": None}}, "ConfigMap has no metadata.name", None),
    "a blank name": ({**NAMED, "metadata": {"name": ""}}, "metadata.name is blank", None),
    "a number as name": (
        {**NAMED, "metadata": {"name": 12}},
        "metadata.name is a number, not text",
        "put it into quotes",
    ),
    "a boolean as name": (
        {**NAMED, "metadata": {"name": True}},
        "metadata.name is a boolean, not text",
        "put it into quotes",
    ),
    "a list as name": ({**NAMED, "metadata": {"name": []}}, "metadata.name is a list, not text", None),
    "a mapping as name": ({**NAMED, "metadata": {"name": {}}}, "metadata.name is a mapping, not text", None),
    "a blank generateName": ({**NAMED, "metadata": {"generateName": ""}}, "metadata.generateName is blank", None),
    "a number as generateName": (
        {**NAMED, "metadata": {"generateName": 1}},
        "metadata.generateName is a number, not text",
        "put it into quotes",
    ),
    "a number as namespace": (
        {**NAMED, "metadata": {"name": "web", "namespace": 1}},
        "metadata.namespace is a number, not text",
        "put it into quotes",
    ),
    "labels as list": (
        {**NAMED, "metadata": {"name": "web", "labels": []}},
        "metadata.labels is a list, not a mapping",
        None,
    ),
    "annotations as text": (
        {**NAMED, "metadata": {"name": "web", "annotations": "x"}},
        "metadata.annotations is a text, not a mapping",
        None,
    ),
    "a number as label": (
        {**NAMED, "metadata": {"name": "web", "labels": {"tier": 1}}},
        "metadata.labels['tier'] is a number; labels and annotations are text",
        "put the value into quotes",
    ),
    "a boolean as annotation": (
        {**NAMED, "metadata": {"name": "web", "annotations": {"scrape": True}}},
        "metadata.annotations['scrape'] is a boolean; labels and annotations are text",
        "put the value into quotes",
    ),
    "a list as annotation": (
        {**NAMED, "metadata": {"name": "web", "annotations": {"hosts": ["a"]}}},
        "metadata.annotations['hosts'] is a list; labels and annotations are text",
        None,
    ),
    "items as mapping": (
        {"apiVersion": "v1", "kind": "List", "items": {"a": 1}},
        "items of a List is a mapping, not a list",
        None,
    ),
    "an item as text": (
        {"apiVersion": "v1", "kind": "List", "items": ["web"]},
        "item 1: a Kubernetes object is a mapping, this is a text",
        None,
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_is_no_object_is_refused(case: str) -> None:
    """Each wrong shape has its own message, which names template and document, and a hint where one helps."""
    data, message, hint = FAULTS[case]
    with pytest.raises(ManifestError) as caught:
        objects(data, "", PATH, f"{PATH}, document 1")
    parts = ", " if message.startswith("item ") else ": "
    assert f"{PATH}, document 1{parts}{message}" == caught.value.message
    assert hint == caught.value.hint


ALLOWED = {
    "null labels": {"name": "web", "labels": None},
    "a null label": {"name": "web", "labels": {"a": None}},
    "null annotations": {"name": "web", "annotations": None},
    "a null namespace": {"name": "web", "namespace": None},
    "a blank namespace": {"name": "web", "namespace": ""},
    "blank label": {"name": "web", "labels": {"a": ""}},
    "generateName alone": {"generateName": "web-"},
}


@pytest.mark.parametrize("case", ALLOWED)
def test_what_kubernetes_takes_is_taken(case: str) -> None:
    """Nulls and blanks that mean "not given" are no fault."""
    assert 1 == len(objects({**NAMED, "metadata": ALLOWED[case]}, "", PATH, PATH))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, "null"), ({}, "mapping"), ([], "list"), ("", "text"), (1, "number"), (1.5, "number"), (False, "boolean")],
)
def test_types_are_named_as_in_yaml(value: object, expected: str) -> None:
    """A type has the name that YAML's users know, not Python's."""
    assert expected == type_name(value)


# Lists.

LIST = """\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: a}
- apiVersion: v1
  kind: List
  items:
  - apiVersion: v1
    kind: Secret
    metadata: {name: b}
"""


def test_lists_are_taken_apart() -> None:
    """The items of a List, and of a List within, are documents of their own that name their place."""
    assert [("a", f"{PATH}, document 1, item 1"), ("b", f"{PATH}, document 1, item 2, item 1")] == [
        (each.body["metadata"]["name"], each.source) for each in parsed(LIST)
    ]


def test_items_of_lists_have_texts_of_their_own() -> None:
    """Each item's text is YAML of that item alone."""
    assert [each.body for each in parsed(LIST)] == [documents.read(each.text).data for each in parsed(LIST)]


@pytest.mark.parametrize("items", ["", "items:", "items: []", "items: null"])
def test_empty_lists_hold_nothing(items: str) -> None:
    """A List without items is no fault."""
    assert [] == parsed(f"apiVersion: v1\nkind: List\n{items}\n")


def test_lists_of_other_groups_are_objects() -> None:
    """``kind: List`` of another API version is somebody's own kind."""
    assert "List" == parsed("apiVersion: example.com/v1\nkind: List\nmetadata: {name: a}\n")[0].body["kind"]


# Stored manifests.

STORED = """\
---
# Source: shop/templates/a.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: a

---
# Source: shop/templates/b.yaml
# lead
apiVersion: v1
kind: ConfigMap
metadata:
  name: b

---
# Source: shop/templates/b.yaml
# nothing but a comment

---
# Source: shop/templates/b.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: c
"""


def test_stored_manifests_tell_their_templates() -> None:
    """Documents of a record come from the template that its comment names, counted for each template."""
    assert [
        ("a", "shop/templates/a.yaml", "shop/templates/a.yaml, document 1"),
        ("b", "shop/templates/b.yaml", "shop/templates/b.yaml, document 1"),
        ("c", "shop/templates/b.yaml", "shop/templates/b.yaml, document 3"),
    ] == [(each.body["metadata"]["name"], each.path, each.source) for each in parse_stored(STORED)[0]]


def test_stored_texts_are_without_their_source() -> None:
    """The comment that names the template is not part of the document's text."""
    assert "# lead\napiVersion: v1\n" == parse_stored(STORED)[0][1].text[:22]


def test_stored_manifests_without_comments_are_read() -> None:
    """A manifest that nothing is known of still gives its objects."""
    found, _ = parse_stored("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
    assert [("stored manifest", "stored manifest, document 1")] == [(each.path, each.source) for each in found]


def test_stored_duplicate_keys_are_no_fault() -> None:
    """In what Helm wrote the last of duplicate keys counts."""
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, name: b}\n"
    assert "b" == parse_stored(text)[0][0].body["metadata"]["name"]


def test_a_damaged_stored_manifest_says_so() -> None:
    """What is no YAML in a record names the record's manifest, document and reason."""
    with pytest.raises(ManifestError) as caught:
        parse_stored("---\n# Source: shop/templates/a.yaml\na: [hunter2\n")
    assert caught.value.message.startswith("stored manifest: shop/templates/a.yaml, document 1: no valid YAML: ")
    assert "hunter2" not in caught.value.message


def test_what_no_server_took_does_not_hide_the_rest() -> None:
    """Of a stored object, labels that are no text are passed over; what is no object at all is a warning."""
    text = (
        "---\n# Source: shop/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\n"
        "metadata: {name: a, labels: {port: 8080, app: web}, annotations: [x]}\n"
        "---\n# Source: shop/templates/b.yaml\nkind: ConfigMap\n"
        "---\n# Source: shop/templates/c.yaml\n- 1\n"
    )
    found, warnings = parse_stored(text)
    assert [{"name": "a", "labels": {"app": "web"}}] == [each.body["metadata"] for each in found]
    assert 2 == len(warnings)
    assert warnings[0].startswith("shop/templates/b.yaml, document 1: it has no apiVersion")


def test_sections_are_path_and_text() -> None:
    """A manifest gives each section's path and its text, of whatever it consists."""
    assert [
        "shop/templates/a.yaml",
        "shop/templates/b.yaml",
        "shop/templates/b.yaml",
        "shop/templates/b.yaml",
    ] == [path for path, _ in sections_of(STORED)]
    assert "# nothing but a comment\n\n" == sections_of(STORED)[2][1]


def test_sections_without_comments_have_no_path() -> None:
    """A section whose template is unknown has an empty path."""
    assert [("", "a: 1\n")] == sections_of("a: 1\n")


@pytest.mark.parametrize(
    "head",
    ['{"kind": "Secret",', '"kind": Secret', "kind : 'Secret'", "kind: Secret # one"],
    ids=["JSON", "key", "blank", "plain"],
)
def test_a_secret_is_known_however_it_is_written(head: str) -> None:
    """Where a Secret may be in a template's output, no line of it is quoted but for its keys."""
    pod = HEAD.replace("Secret", "Pod")
    text = f"# {head}\n{pod}---\na: hunter2hunter2\nb: {{{{hunter2hunter2}}}}\nc: d: e\n"
    with pytest.raises(ManifestError) as caught:
        parsed(text)
    assert "hunter2" not in caught.value.message
    assert "(hidden)" in caught.value.message
