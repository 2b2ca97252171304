"""Explaining a chart of plain manifests: objects and fields named as people do, Secrets, what helmlite adds."""

from __future__ import annotations

from pathlib import Path

import pytest

from helmlite import Configuration, explain
from helmlite.errors import ManifestError, UsageError
from helmlite.kube.config import ClusterConfig

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop-web
  labels: {app.kubernetes.io/name: web}
spec:
  replicas: 2
  template:
    spec:
      containers:
        - name: web
          image: registry.example/web:1
        - name: log
          args: []
---
apiVersion: v1
kind: Service
metadata:
  name: shop-web
---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: other
"""
SECRET = """\
apiVersion: v1
kind: Secret
metadata:
  name: shop-keys
stringData:
  password: hunter2hunter2
"""
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.shop.example
"""


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """Return a chart of manifests that are no templates."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "crds").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 1.0.0\n")
    (tmp_path / "templates" / "web.yaml").write_text(WEB)
    (tmp_path / "templates" / "keys.yaml").write_text(SECRET)
    (tmp_path / "crds" / "things.yaml").write_text(CRD)
    return tmp_path


@pytest.fixture
def configuration() -> Configuration:
    """Return a configuration without a cluster, and without a process of its own."""
    return Configuration(cluster_config=ClusterConfig(namespace="prod"), guarded=False)


@pytest.mark.parametrize(
    "reference",
    [
        *("deploy/shop-web", "deploy/web", "Deployment/shop-web", "deployments/shop-web", "deployment.apps/shop-web"),
        *("deployments.v1.apps/shop-web", "DEPLOY/prod/shop-web"),
    ],
)
def test_objects_are_named_as_kubectl_does(configuration: Configuration, chart: Path, reference: str) -> None:
    """Kinds go by name, plural and short name, with group and version; the release's name may be left out."""
    found = explain(configuration, chart, reference, "spec.replicas", name="shop")
    assert "Deployment.apps prod/shop-web" == str(found.id)
    assert [("shop/templates/web.yaml", 7, "")] == [
        (each.path, each.line, each.expression) for each in found.fields[0].sources
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("spec.template.spec.containers[0].image", [12]),
        ("spec.template.spec.containers[name=log].args", [14]),
        (".spec.template.spec.containers[1]", [13, 14]),
        ("metadata.labels['app.kubernetes.io/name']", [5]),
        (r"metadata.labels.app\.kubernetes\.io/name", [5]),
        ("metadata.labels.app.kubernetes.io/name", [5]),
        ("", [1, 2, 4, 5, 7, 11, 12, 13, 14]),
    ],
)
def test_fields_are_named_as_kubectl_does(
    configuration: Configuration, chart: Path, path: str, expected: list[int]
) -> None:
    """A mapping or list tells all below it; no field is the whole object."""
    found = explain(configuration, chart, "deploy/web", path, name="shop")
    assert expected == [source.line for each in found.fields for source in each.sources]


def test_a_name_as_it_is_comes_before_one_without_the_release(configuration: Configuration, chart: Path) -> None:
    """Where both fit, the object of exactly that name is meant."""
    found = explain(configuration, chart, "svc/web", "kind", name="shop")
    assert ("other", "web") == (found.id.namespace, found.id.name)


def test_a_namespace_tells_objects_apart(configuration: Configuration, chart: Path) -> None:
    """What is in several namespaces is asked for with its own."""
    found = explain(configuration, chart, "svc/prod/web", "kind", name="shop")
    assert ("prod", "shop-web") == (found.id.namespace, found.id.name)
    with pytest.raises(UsageError, match="more than one object"):
        explain(configuration, chart, "shop-web", name="shop")


def test_secrets_show_no_values(configuration: Configuration, chart: Path) -> None:
    """Of a Secret, keys and lines are told."""
    found = explain(configuration, chart, "secret/keys", "stringData", name="shop")
    (field,) = found.fields
    assert ("stringData.password", "(hidden)", 6) == (field.text, field.value, field.sources[0].line)
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata.namespace", "prod"),
        ("metadata.labels['app.kubernetes.io/managed-by']", "Helm"),
        (r"metadata.annotations.meta\.helm\.sh/release-name", "shop"),
    ],
)
def test_what_helmlite_adds_is_told(configuration: Configuration, chart: Path, path: str, value: str) -> None:
    """The marks of a release come from no template."""
    (field,) = explain(configuration, chart, "deploy/web", path, name="shop").fields
    assert (value, [("", 0)]) == (field.value, [(each.path, each.line) for each in field.sources])


def test_definitions_are_explained(configuration: Configuration, chart: Path) -> None:
    """The files of crds/ are their own text."""
    found = explain(configuration, chart, "crd/things.shop.example", "metadata.name")
    assert ("shop/crds/things.yaml", 4) == (found.fields[0].sources[0].path, found.fields[0].sources[0].line)


@pytest.mark.parametrize(
    ("reference", "path", "said", "hint"),
    [
        ("deploy/wob", "", "the chart renders no deploy/wob", "Deployment.apps/shop-web"),
        ("thing/web", "", "the chart renders no thing/web", "Service/web"),
        ("deploy/", "", "explain deploy/: give KIND/NAME", None),
        ("deploy/web", "spec.replica", "has no field spec.replica", "did you mean spec.replicas?"),
        ("deploy/web", "spec.template.spec.containers[7].image", "has no field", "containers is a list of 2"),
        ("deploy/web", "spec.replicas.x", "has no field", "spec.replicas holds no other fields"),
        ("deploy/web", "spec..replicas", "'..replicas' is no step of a field's path", None),
    ],
)
def test_what_is_not_there_has_near_names(
    configuration: Configuration, chart: Path, reference: str, path: str, said: str, hint: str | None
) -> None:
    """An object or field that is not there is an error with the nearest ones."""
    with pytest.raises(UsageError) as caught:
        explain(configuration, chart, reference, path, name="shop")
    assert said in caught.value.message
    assert hint is None or hint in (caught.value.hint or "")


def test_a_chart_that_makes_no_objects_is_told_as_ever(configuration: Configuration, chart: Path) -> None:
    """What hinders rendering is told at its line."""
    (chart / "templates" / "web.yaml").write_text(WEB.replace("  replicas: 2", "  replicas: [2"))
    with pytest.raises(ManifestError, match=r"^shop/templates/web\.yaml:7: no valid YAML"):
        explain(configuration, chart, "secret/keys", name="shop")


def test_a_method_of_a_mapping_is_no_value(configuration: Configuration, chart: Path) -> None:
    """`.get` is not told as a value that nothing set; what it gives is."""
    (chart / "values.yaml").write_text("page: {title: Shop}\n")
    (chart / "templates" / "page.yaml.j2").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: page\ndata:\n  title: {{ values.page.get('title') }}\n"
    )
    found = explain(configuration, chart, "cm/page", "data.title", name="shop")
    assert [("page", "title")] == [each.path for each in found.fields[0].sources[0].values]


def test_a_secret_shows_no_text_of_a_macro(configuration: Configuration, tmp_path: Path) -> None:
    """What a Secret's field is made of in another file is told without the texts that stand there."""
    folder = tmp_path / "q"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: q\nversion: 1.0.0\n")
    (folder / "values.yaml").write_text('none: ""\n')
    (folder / "templates" / "_n.j2").write_text("{% macro pw() %}{{ values.none or 'hunter2' }}{% endmacro %}\n")
    (folder / "templates" / "s.yaml.j2").write_text(
        "{% import '_n.j2' as n with context %}\n"
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  a: {{ n.pw() }}\n"
    )
    found = explain(configuration, folder, "secret/s", "stringData")
    assert ("values.none or (hidden)", False) == (found.fields[0].sources[0].expression, "hunter2" in repr(found))


def test_a_cluster_scoped_object_has_no_namespace(configuration: Configuration, tmp_path: Path) -> None:
    """What helmlite puts into namespaced objects is not told of others."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: q\nversion: 1.0.0\n")
    (tmp_path / "templates" / "role.yaml").write_text(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: r\nrules: []\n"
    )
    with pytest.raises(UsageError, match=r"has no field metadata\.namespace"):
        explain(configuration, tmp_path, "clusterrole/r", "metadata.namespace")
