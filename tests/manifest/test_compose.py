"""All that one rendering gives: text as Helm stores it, resources, hooks, CRDs; and manifests read again."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite import documents
from helmlite.errors import ManifestError
from helmlite.manifest.compose import build_manifest, read_crds, section, stored_manifest
from helmlite.manifest.identity import ReleaseId
from helmlite.manifest.manifest import Hook, Manifest
from helmlite.manifest.order import rank
from helmlite.storage.secrets import SecretsDriver
from tests.manifest.cases import CAPABILITIES, RELEASE, body, built

if TYPE_CHECKING:
    from helmlite.kube.cluster import Cluster

CHARTS = Path(__file__).parents[2] / "charts"
PLAIN = {
    f"plain/templates/{each.name}": each.read_bytes().decode()
    for each in (CHARTS / "plain" / "templates").glob("*.yaml")
}
GOLDEN = Path(__file__).with_name("golden")


def config_map(name: str, more: str = "") -> str:
    """Return the text of a ConfigMap, without a line end."""
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}{more}"


HOOK = config_map("before", '\n  annotations:\n    "helm.sh/hook": pre-install') + "\n"
TEXTS = {
    "one object": {"a.yaml": config_map("a") + "\n"},
    "no line end": {"a.yaml": config_map("a")},
    "blank lines at the end": {"a.yaml": config_map("a") + "\n\n  \n\n"},
    "blanks at the end": {"a.yaml": config_map("a") + "   "},
    "blank lines before": {"a.yaml": "\n \n\n" + config_map("a") + "\n"},
    "a marker before": {"a.yaml": "---\n" + config_map("a") + "\n"},
    "two objects": {"a.yaml": config_map("b") + "\n---\n" + config_map("a") + "\n"},
    "blank lines between": {"a.yaml": config_map("b") + "\n\n\n---\n\n\n" + config_map("a") + "\n"},
    "markers in a row": {"a.yaml": "---\n---\n\n---\n" + config_map("a") + "\n---\n---\n"},
    "text at the marker": {"a.yaml": "---" + config_map("a") + "\n--- # b\n" + config_map("b") + "\n"},
    "comments within": {"a.yaml": "# lead\n" + config_map("a") + "  # here\n# end\n"},
    "kept line ends": {"a.yaml": config_map("a", "\ndata:\n  x: |+\n    one\n\n\n") + "---\n" + config_map("b") + "\n"},
    "lines of Windows": {"a.yaml": (config_map("a") + "\n---\n" + config_map("b") + "\n").replace("\n", "\r\n")},
    "several templates": {
        "b.yaml": config_map("b") + "\n",
        "a.yaml": config_map("a") + "\n",
        "sub/c.yaml": config_map("c") + "\n",
    },
    "several kinds": {
        "a.yaml": "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n",
        "b.yaml": "apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: a\n---\n" + config_map("b") + "\n",
        "c.yaml": "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: a\n---\n" + config_map("a") + "\n",
        "d.yaml": "apiVersion: example.com/v1\nkind: Gadget\nmetadata:\n  name: a\n",
    },
    "a hook": {"a.yaml": config_map("a") + "\n---\n" + HOOK + "---\n" + config_map("b") + "\n"},
    "a blank template": {"a.yaml": config_map("a") + "\n", "b.yaml": "\n\n"},
    "nothing": {"a.yaml": "\n"},
    "other letters": {"a.yaml": config_map("a", "\ndata:\n  x: \u00fc\u4e2d\U0001f600") + "\n"},
}


def named(case: str) -> dict[str, str]:
    """Return the texts of a case under the paths of a chart."""
    return {f"chart/templates/{path}": text for path, text in TEXTS[case].items()}


@pytest.mark.parametrize("case", TEXTS)
def test_the_text_is_as_helm_stores_it(case: str) -> None:
    """The stored text is that of the golden file (HELMLITE_REWRITE_GOLDEN=1 rewrites it), byte for byte."""
    golden = GOLDEN / f"{case.replace(' ', '-')}.txt"
    actual = built(named(case)).text.encode()
    if os.environ.get("HELMLITE_REWRITE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_bytes(actual)
    assert golden.read_bytes() == actual


def by_helm(chart: Path, home: Path) -> str:
    """Return the manifest that the real helm makes of a chart, without hooks."""
    folders = {f"HELM_{each}_HOME": str(home / each.lower()) for each in ("CACHE", "CONFIG", "DATA")}
    words = ["helm", "template", "shop", str(chart), "--namespace", "prod", "--no-hooks"]
    done = subprocess.run(words, env={**os.environ, **folders}, capture_output=True, check=True, timeout=120)
    return done.stdout.decode()


def chart_of(case: str, folder: Path) -> Path:
    """Return a chart whose templates are a case's texts."""
    chart = folder / "chart"
    (chart / "templates" / "sub").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: chart\nversion: 1.0.0\n")
    for path, text in TEXTS[case].items():
        (chart / "templates" / path).write_bytes(text.encode())
    return chart


def trimmed(text: str) -> str:
    """Return a manifest as `helm template` prints it."""
    return f"{text.strip()}\n" if text else "\n"


@pytest.mark.helm
@pytest.mark.parametrize("case", TEXTS)
def test_the_text_is_that_of_the_real_helm(case: str, tmp_path: Path) -> None:
    """Of the same templates, the real helm prints the same manifest, trimmed at its ends."""
    assert by_helm(chart_of(case, tmp_path), tmp_path) == trimmed(built(named(case)).text)


@pytest.mark.helm
def test_the_plain_chart_is_that_of_the_real_helm(tmp_path: Path) -> None:
    """Of the example chart that both take, the real helm prints the same manifest, trimmed at its ends."""
    assert by_helm(CHARTS / "plain", tmp_path) == trimmed(built(PLAIN).text)


@pytest.mark.helm
@pytest.mark.cluster
@pytest.mark.parametrize("case", ["plain", "kept line ends", "no line end", "blanks at the end", "lines of Windows"])
def test_the_real_helm_stores_the_same_text(
    case: str, cluster: Cluster, namespace: str, helm: Callable[..., Any], tmp_path: Path
) -> None:
    """What the real helm puts into its record is the text, byte for byte, and what it sends is what the text says."""
    chart = CHARTS / "plain" if case == "plain" else chart_of(case, tmp_path)
    helm("install", "shop", str(chart), "--namespace", namespace)
    stored = SecretsDriver(cluster).release(ReleaseId(namespace=namespace, name="shop")).revisions[0].manifest
    made = built(PLAIN if case == "plain" else named(case))
    assert made.text == stored
    for each in made.resources:
        if each.gvk.kind == "ConfigMap":
            kind = CAPABILITIES.kinds[each.gvk]
            live = cluster.get(kind, namespace, each.id.name)
            assert live is not None
            assert each.body.get("data") == live.get("data")


def test_comments_alone_are_left_out() -> None:
    """Unlike Helm's, the manifest has no sections that hold nothing but comments."""
    assert (
        built({"a/b.yaml": config_map("a") + "\n"}).text == built({"a/b.yaml": config_map("a") + "\n---\n# c\n"}).text
    )


def test_lists_are_stored_apart() -> None:
    """Unlike Helm's, the manifest holds the items of a List one by one, each in its kind's place."""
    items = [body("Service", "s"), body("Secret", "t")]
    made = built({"a/b.yaml": documents.write({"apiVersion": "v1", "kind": "List", "items": items})})
    assert ["Secret", "Service"] == [each.gvk.kind for each in made.resources]
    assert 2 == made.text.count("# Source: a/b.yaml\n")


# What is sent, and what the record says.


def sent(manifest: Manifest) -> list[tuple[str, object]]:
    """Return id and body of each resource."""
    return [(str(each.id), each.body) for each in manifest.resources]


@pytest.mark.parametrize("case", TEXTS)
def test_the_record_says_what_was_sent(case: str) -> None:
    """Read again, the stored text gives the same objects in the same order: a rollback sends what the install sent."""
    made = built(named(case))
    assert sent(made) == sent(stored_manifest(made.text, made.hooks, made.notes, RELEASE, CAPABILITIES))


VALUES = st.text(max_size=20) | st.integers() | st.booleans() | st.none()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ConfigMap", "Secret", "Service", "Deployment", "Namespace"]),
            st.dictionaries(st.from_regex(r"[a-z]{1,4}", fullmatch=True), VALUES, max_size=3),
            st.sampled_from(["", "\n", "\n\n\n", "# end", "   "]),
        ),
        max_size=6,
    )
)
def test_any_object_comes_out_of_the_record_again(objects: list[tuple[str, dict[str, object], str]]) -> None:
    """Whatever objects hold and however their texts end, the record gives them back."""
    texts = {}
    for number, (kind, fields, end) in enumerate(objects):
        api = "apps/v1" if kind == "Deployment" else "v1"
        texts[f"shop/templates/{number}.yaml"] = documents.write(body(kind, f"n{number}", api=api, spec=fields)) + end
    made = built(texts)
    assert sorted(made.resources, key=lambda each: rank(each.gvk.kind)) == list(made.resources)
    assert sent(made) == sent(stored_manifest(made.text, (), "", RELEASE, CAPABILITIES))


def test_everything_of_a_rendering_is_in_the_manifest() -> None:
    """Notes and CRDs are handed on; hooks stand apart, resources bear the release's marks."""
    crds = read_crds([("shop/crds/a.yaml", CRD.encode())])
    made = built({"shop/templates/a.yaml": f"{config_map('a')}\n---\n{HOOK}"}, notes="Enjoy.", crds=crds)
    assert ("Enjoy.", crds, ["before"]) == (made.notes, made.crds, [each.name for each in made.hooks])
    assert ["Helm"] == [each.body["metadata"]["labels"]["app.kubernetes.io/managed-by"] for each in made.resources]


def test_a_hook_is_not_in_the_text() -> None:
    """Hooks are stored beside the manifest."""
    assert "before" not in built({"shop/templates/a.yaml": HOOK}).text


def test_the_manifest_is_shown_without_its_text() -> None:
    """A manifest may hold Secrets: its ``repr`` shows nothing of them."""
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: hunter2}\n"
    assert "hunter2" not in repr(built({"a/b.yaml": text}))


def test_unknown_kinds_are_errors_unless_asked_otherwise() -> None:
    """A kind that nobody serves stops what goes to a cluster, and is a warning where nothing does."""
    texts = {"a/b.yaml": "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\n"}
    assert ["a/b.yaml, document 1: the cluster does not serve example.com/v1 Widget"] == built(texts).warnings
    with pytest.raises(ManifestError):
        build_manifest(texts, notes="", crds=(), capabilities=CAPABILITIES, release=RELEASE)


def test_a_section_is_source_and_text() -> None:
    """A section is the marker, its template's path, and the text with one line end more."""
    assert "---\n# Source: a/b.yaml\nx: 1\n\n" == section("a/b.yaml", "x: 1\n")


# Stored manifests.


def test_a_stored_manifest_keeps_hooks_and_notes() -> None:
    """What the record says beside the text is handed on, the text kept as it is."""
    hooks = [Hook(name="a", kind="Job", path="b", text="", events=("test",))]
    made = stored_manifest("", hooks, "Enjoy.", RELEASE, CAPABILITIES)
    assert (hooks, "Enjoy.", "", [], []) == (made.hooks, made.notes, made.text, made.resources, made.warnings)


def test_what_helm_let_through_is_a_warning() -> None:
    """Kinds that are gone, objects without a name and objects given twice do not keep a release from being read."""
    text = "".join(
        section("a/b.yaml", each)
        for each in (
            "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: a}\n",
            "apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\n",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: one}\n",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: two}\n",
        )
    )
    made = stored_manifest(text, (), "", RELEASE, CAPABILITIES)
    assert [{"x": "two"}] == [each.body["data"] for each in made.resources]
    assert [
        "a/b.yaml, document 2: Pod has generateName, which server-side apply cannot take",
        "a/b.yaml, document 4: ConfigMap prod/a is in a/b.yaml, document 3 already",
        "a/b.yaml, document 1: the cluster does not serve policy/v1beta1 PodSecurityPolicy",
    ] == made.warnings


# CRDs.

CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
"""


def test_crds_are_read_in_their_order() -> None:
    """Files count in the order given, documents in theirs; blank and comment documents do not."""
    second = CRD.replace("widgets", "gadgets")
    made = read_crds([("a/crds/b.yaml", f"# two\n---\n{second}---\n{CRD}".encode()), ("a/crds/c.yaml", b"\n# c\n")])
    assert [
        ("gadgets.example.com", "a/crds/b.yaml, document 2"),
        ("widgets.example.com", "a/crds/b.yaml, document 3"),
    ] == [(each.id.name, each.source) for each in made]


def test_crds_are_cluster_scoped_and_as_they_are() -> None:
    """A CRD has no namespace and no marks; its body is what the file says."""
    made = read_crds([("a/crds/b.yaml", CRD.encode())])[0]
    assert (None, documents.read(CRD).data, CRD) == (made.id.namespace, made.body, made.text)


def test_the_first_crd_of_a_name_counts() -> None:
    """A CRD that a subchart brings again is taken once."""
    made = read_crds([("a/crds/b.yaml", CRD.encode()), ("a/charts/c/crds/b.yaml", CRD.encode())])
    assert ["a/crds/b.yaml"] == [each.path for each in made]


def test_crds_may_begin_with_a_byte_order_mark() -> None:
    """A byte order mark is no part of the text."""
    assert 1 == len(read_crds([("a/crds/b.yaml", b"\xef\xbb\xbf" + CRD.encode())]))


def test_crds_may_stand_in_a_list() -> None:
    """A List of CRDs is taken apart."""
    listed = {"apiVersion": "v1", "kind": "List", "items": [documents.read(CRD).data]}
    assert ["widgets.example.com"] == [each.id.name for each in read_crds([("a/b", json.dumps(listed).encode())])]


ONLY = "crds/ holds CustomResourceDefinitions only, each with a name"
BAD_CRDS = {
    "no UTF-8": (b"\xff\xfe", "a/crds/b.yaml: no UTF-8 text"),
    "no YAML": (CRD.encode() + b"  a: [\n", "a/crds/b.yaml:7: no valid YAML: "),
    "no YAML in a later document": (CRD.encode() + b"---\na: b: c\n", "a/crds/b.yaml:8: no valid YAML: "),
    "a list": (b"- a\n", "a/crds/b.yaml, document 1: a Kubernetes object is a mapping, this is a list"),
    "another kind": (config_map("a").encode(), f"a/crds/b.yaml, document 1: {ONLY}"),
    "another group": (
        CRD.replace("apiextensions.k8s.io", "example.com").encode(),
        f"a/crds/b.yaml, document 1: {ONLY}",
    ),
    "a generated name": (CRD.replace("  name:", "  generateName:").encode(), f"a/crds/b.yaml, document 1: {ONLY}"),
    "no metadata": (b"apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n", "document 1: "),
    "metadata as list": (
        b"apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: [a]\n",
        "a/crds/b.yaml, document 1: CustomResourceDefinition has no metadata",
    ),
    "no apiVersion": (
        b"kind: CustomResourceDefinition\nmetadata: {name: a}\n",
        "a/crds/b.yaml, document 1: it has no apiVersion, so it is no Kubernetes object",
    ),
    "a number as name": (CRD.replace("widgets.example.com", "12").encode(), "metadata.name is a number, not text"),
    "annotations as list": (
        CRD.replace("  name:", "  annotations: []\n  name:").encode(),
        "metadata.annotations is a list, not a mapping",
    ),
}


@pytest.mark.parametrize("case", BAD_CRDS)
def test_what_is_no_crd_is_refused(case: str) -> None:
    """Whatever else stands in crds/ is an error that names file, and document or line."""
    data, message = BAD_CRDS[case]
    with pytest.raises(ManifestError) as caught:
        read_crds([("a/crds/b.yaml", data)])
    assert message in caught.value.message
    assert "a/crds/b.yaml" in caught.value.message


def test_duplicate_keys_of_crds_follow_the_reader() -> None:
    """A duplicate key is an error in a chart directory; in an archive the last one counts."""
    twice = CRD + "spec:\n  group: other.example.com\n"
    with pytest.raises(ManifestError, match="duplicate key 'spec'"):
        read_crds([("a/crds/b.yaml", twice.encode())])
    assert "other.example.com" == read_crds([("a/b", twice.encode())], strict=False)[0].body["spec"]["group"]
