"""The verbs' flags on a real API server, with charts made for each test."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from helmlite import documents

pytestmark = [pytest.mark.cluster, pytest.mark.kubectl]
Run = Callable[..., Any]


@pytest.fixture
def chart(tmp_path: Path) -> Callable[..., str]:
    """Return a function that writes a chart of templates (and other files) and returns its path."""

    def made(templates: Mapping[str, str], *, name: str = "demo", version: str = "1.0.0", **files: str) -> str:
        folder = tmp_path / f"{name}-{version}"
        folder.mkdir(exist_ok=True)
        (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: {version}\n")
        for path, text in {**{f"templates/{key}": text for key, text in templates.items()}, **files}.items():
            target = folder / path.replace("__", "/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        return str(folder)

    return made


def config_map(name: str, annotations: Mapping[str, str] | None = None, **data: str) -> str:
    """Return a ConfigMap's text."""
    metadata = {"name": name, **({"annotations": dict(annotations)} if annotations else {})}
    return documents.write({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


def names(kube: Run, kind: str = "configmaps") -> set[str]:
    """Return the names of the objects of a kind, without what every namespace has."""
    return {each["metadata"]["name"] for each in kube(kind)["items"]} - {"kube-root-ca.crt"}


def test_create_namespace(helmlite: Run, chart: Run, unique: str, kubeconfig: str) -> None:
    """--create-namespace makes the namespace; without it a missing one is a clear error and nothing is made."""
    made = chart({"a.yaml": config_map("a")})
    missing = helmlite("install", "demo", made, "-n", f"new-{unique}", check=False)
    assert (1, True) == (missing.returncode, f"namespace 'new-{unique}' does not exist" in missing.stderr)
    helmlite("install", "demo", made, "-n", f"new-{unique}", "--create-namespace")
    helmlite("uninstall", "demo", "-n", f"new-{unique}")


def test_an_upgrade_adds_changes_and_removes(helmlite: Run, chart: Run, kube: Run) -> None:
    """What is new is created, what differs changed, what is gone from the chart deleted."""
    helmlite("install", "demo", chart({"a.yaml": config_map("a", x="1"), "b.yaml": config_map("b")}))
    helmlite("upgrade", "demo", chart({"a.yaml": config_map("a", y="2"), "c.yaml": config_map("c")}, version="1.1.0"))
    assert {"a", "c"} == names(kube)
    assert {"y": "2"} == kube("configmap", "a")["data"]


def test_keep(helmlite: Run, chart: Run, kube: Run) -> None:
    """An object with the keep policy outlives upgrade and uninstall, and both say so or list it."""
    kept = config_map("kept", {"helm.sh/resource-policy": "keep"})
    made = chart({"a.yaml": config_map("a"), "kept.yaml": kept})
    helmlite("install", "demo", made)
    done = helmlite("uninstall", "demo")
    assert {"kept"} == names(kube)
    assert "ConfigMap" in done.stdout + done.stderr
    assert "kept" in done.stdout + done.stderr
    helmlite("install", "demo", made)
    assert {"a", "kept"} == names(kube)


def test_a_foreign_object_is_refused_and_taken(
    helmlite: Run, chart: Run, kube: Run, cluster: Any, namespace: str
) -> None:
    """Objects that exist stop an install before it writes anything; --take-ownership takes them."""
    for name in ("a", "b"):
        cluster.create(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": name, "namespace": namespace},
                "data": {"z": "0"},
            }
        )
    made = chart({"a.yaml": config_map("a", x="1"), "b.yaml": config_map("b"), "c.yaml": config_map("c")})
    refused = helmlite("install", "demo", made, check=False)
    assert 1 == refused.returncode
    assert all(f"ConfigMap {namespace}/{name} " in refused.stderr for name in ("a", "b"))
    assert ({"a", "b"}, set()) == (names(kube), names(kube, "secrets"))
    helmlite("install", "demo", made, "--take-ownership")
    assert "demo" == kube("configmap", "a")["metadata"]["annotations"]["meta.helm.sh/release-name"]


def test_conflicts_name_manager_and_field(helmlite: Run, chart: Run, kube: Run, cluster: Any, namespace: str) -> None:
    """A field that another manager owns is a conflict that names both; --force-conflicts takes it."""
    made = chart({"a.yaml": config_map("a", x="1")})
    helmlite("install", "demo", made)
    take_field(cluster, namespace)
    changed = chart({"a.yaml": config_map("a", x="2")}, version="1.1.0")
    tried = helmlite("upgrade", "demo", changed, "--dry-run=server", check=False)
    assert (1, True) == (tried.returncode, ".data.x" in tried.stderr)
    assert 0 == helmlite("upgrade", "demo", changed, "--dry-run=server", "--force-conflicts").returncode
    refused = helmlite("upgrade", "demo", changed, check=False)
    assert 1 == refused.returncode
    assert ".data.x" in refused.stderr
    assert "--force-conflicts" in refused.stderr
    assert "failed" == json.loads(helmlite("list", "-o", "json").stdout)[0]["status"]
    helmlite("upgrade", "demo", changed, "--force-conflicts")
    assert {"x": "2"} == kube("configmap", "a")["data"]


def take_field(cluster: Any, namespace: str) -> None:
    """Change a field as another field manager, by server-side apply."""
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": namespace},
        "data": {"x": "theirs"},
    }
    cluster._send(
        "PATCH",
        f"/api/v1/namespaces/{namespace}/configmaps/a",
        what="taking a field",
        query={"fieldManager": "someone", "force": "true"},
        body=body,
        content_type="application/apply-patch+yaml",
    )


CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.UNIQUE.example.com}
spec:
  group: UNIQUE.example.com
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties: {spec: {type: object, properties: {size: {type: integer}}}}
"""
WIDGET = """
apiVersion: UNIQUE.example.com/v1
kind: Widget
metadata: {name: one}
spec: {size: SIZE}
"""


def test_crds_come_first_and_stay(helmlite: Run, chart: Run, kube: Run, unique: str, cluster: Any) -> None:
    """A chart's CRD is there before its objects, is never overwritten, and outlives the release."""
    group = f"g{unique}"
    crd, widget = CRD.replace("UNIQUE", group), WIDGET.replace("UNIQUE", group)
    made = chart({"w.yaml": widget.replace("SIZE", "1")}, **{"crds/w.yaml": crd})
    assert "Widget" in helmlite("template", "demo", made).stdout
    assert "CustomResourceDefinition" in helmlite("template", "demo", made, "--include-crds").stdout
    assert "Widget" in helmlite("install", "demo", made, "--dry-run=server").stdout
    try:
        helmlite("install", "demo", made, "--wait")
        assert 1 == kube(f"widgets.{group}.example.com", "one")["spec"]["size"]
        changed = chart(
            {"w.yaml": widget.replace("SIZE", "2")},
            version="2.0.0",
            **{"crds/w.yaml": crd.replace("integer", "string")},
        )
        helmlite("upgrade", "demo", changed)
        assert 2 == kube(f"widgets.{group}.example.com", "one")["spec"]["size"]
        helmlite("uninstall", "demo")
        assert f"widgets.{group}.example.com" == kube("crd", f"widgets.{group}.example.com")["metadata"]["name"]
    finally:
        kind = cluster.capabilities().any_version("apiextensions.k8s.io", "CustomResourceDefinition")
        cluster.delete(kind, None, f"widgets.{group}.example.com")


def test_an_upgrade_brings_crds_that_are_not_there_yet(
    helmlite: Run, chart: Run, kube: Run, unique: str, cluster: Any
) -> None:
    """A chart may grow a CRD; --skip-crds leaves it, and then its objects cannot be made."""
    group = f"g{unique}"
    crd, widget = CRD.replace("UNIQUE", group), WIDGET.replace("UNIQUE", group).replace("SIZE", "1")
    helmlite("install", "demo", chart({"a.yaml": config_map("a")}))
    grown = chart({"w.yaml": widget}, version="2.0.0", **{"crds/w.yaml": crd})
    skipped = helmlite("upgrade", "demo", grown, "--skip-crds", check=False)
    assert (1, True) == (skipped.returncode, "does not serve" in skipped.stderr)
    try:
        helmlite("upgrade", "demo", grown)
        assert 1 == kube(f"widgets.{group}.example.com", "one")["spec"]["size"]
        assert "unchanged" in helmlite("upgrade", "demo", grown).stdout
    finally:
        kind = cluster.capabilities().any_version("apiextensions.k8s.io", "CustomResourceDefinition")
        cluster.delete(kind, None, f"widgets.{group}.example.com")


def test_a_reordered_list_is_deployed(helmlite: Run, chart: Run, kube: Run) -> None:
    """The order of init containers, and of variables, is what the chart says."""

    def pod(*names: str) -> str:
        containers = [{"name": each, "image": "x:1", "env": [{"name": "A", "value": "1"}]} for each in names]
        spec = {"initContainers": containers, "containers": [{"name": "web", "image": "x:1"}]}
        template = {"metadata": {"labels": {"app": "web"}}, "spec": spec}
        body = {"selector": {"matchLabels": {"app": "web"}}, "replicas": 0, "template": template}
        return documents.write(
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": body}
        )

    def live() -> list[str]:
        spec = kube("deployment", "web")["spec"]["template"]["spec"]
        return [each["name"] for each in spec["initContainers"]]

    helmlite("install", "demo", chart({"d.yaml": pod("one", "two")}))
    assert ["one", "two"] == live()
    helmlite("upgrade", "demo", chart({"d.yaml": pod("two", "one")}, version="2.0.0"))
    assert ["two", "one"] == live()


def test_an_old_version_of_a_kind_is_no_change(helmlite: Run, chart: Run) -> None:
    """Objects are compared at the version that the chart writes, whatever the server likes better."""
    body = {
        "apiVersion": "autoscaling/v1",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "maxReplicas": 3,
            "targetCPUUtilizationPercentage": 50,
        },
    }
    made = chart({"h.yaml": documents.write(body)})
    helmlite("install", "demo", made)
    assert "unchanged" in helmlite("upgrade", "demo", made).stdout


def test_a_description_is_kept(helmlite: Run, chart: Run) -> None:
    """Though nothing else changes."""
    made = chart({"a.yaml": config_map("a")})
    helmlite("install", "demo", made)
    helmlite("upgrade", "demo", made, "--description", "CHG-1234")
    history = json.loads(helmlite("history", "demo", "-o", "json").stdout)
    assert ["Install complete", "CHG-1234"] == [each["description"] for each in history]


def test_a_dry_run_of_the_client_says_what_it_cannot_know(helmlite: Run, chart: Run) -> None:
    """It asks no cluster, and so knows of no release."""
    made = chart({"a.yaml": config_map("a")})
    done = helmlite("upgrade", "demo", made, "--dry-run=client")
    assert "no cluster is asked" in done.stderr
    refused = helmlite("upgrade", "demo", made, "--dry-run=client", "--reuse-values", check=False)
    assert (2, True) == (refused.returncode, "--dry-run=server" in refused.stderr)


def test_dry_runs_write_nothing(helmlite: Run, chart: Run, kube: Run) -> None:
    """Neither dry run writes anything; the server's one shows what it would do and what the server objects to."""
    made = chart({"a.yaml": config_map("a")})
    for kind in ("client", "server"):
        done = helmlite("install", "demo", made, f"--dry-run={kind}")
        assert "create ConfigMap" in done.stdout
        assert "STATUS: pending-install" in done.stdout
    bad = chart({"a.yaml": config_map("a") + "nonsense: true\n"}, version="2.0.0")
    refused = helmlite("install", "demo", bad, "--dry-run=server", check=False)
    assert (1, True) == (refused.returncode, "nonsense" in refused.stderr)
    tried = json.loads(helmlite("install", "demo", made, "--dry-run=server", "-o", "json").stdout)
    assert ("pending-install", "Dry run complete") == (tried["info"]["status"], tried["info"]["description"])
    assert (set(), set(), set()) == (names(kube), names(kube, "secrets"), names(kube, "leases"))


def test_values_are_reused_as_the_flags_say(helmlite: Run, chart: Run) -> None:
    """The four ways of reusing values give what Helm's table says."""
    made = chart({"a.yaml": config_map("a")}, **{"values.yaml": "d: 1\n"})

    def config(*flags: str) -> Any:
        helmlite("upgrade", "demo", made, "--force-revision", *flags)
        return json.loads(helmlite("get", "values", "demo", "-o", "json").stdout)

    helmlite("install", "demo", made, "--set", "x=1")
    assert {"x": 1} == config()
    assert {"y": 2} == config("--set", "y=2")
    assert {"y": 2, "z": 3} == config("--reuse-values", "--set", "z=3")
    assert {"y": 2, "z": 3, "w": 4} == config("--reset-then-reuse-values", "--set", "w=4")
    assert config("--reset-values") is None


def test_history_is_limited(helmlite: Run, chart: Run) -> None:
    """--history-max keeps so many revisions, the deployed one always."""
    made = chart(
        {"a.yaml.j2": config_map("a", n="REVISION").replace("REVISION", "{{ values.n | quote }}").replace("'", "")}
    )
    helmlite("install", "demo", made, "--set", "n=0")
    for number in range(1, 5):
        helmlite("upgrade", "demo", made, "--set", f"n={number}", "--history-max", "3")
    found = json.loads(helmlite("history", "demo", "-o", "json").stdout)
    assert [(3, "superseded"), (4, "superseded"), (5, "deployed")] == [
        (each["revision"], each["status"]) for each in found
    ]


def test_kept_history_can_be_installed_anew(helmlite: Run, chart: Run) -> None:
    """--keep-history leaves the records; a new upgrade --install goes on counting."""
    made = chart({"a.yaml": config_map("a")})
    helmlite("install", "demo", made)
    helmlite("uninstall", "demo", "--keep-history")
    assert "uninstalled" == json.loads(helmlite("history", "demo", "-o", "json").stdout)[0]["status"]
    helmlite("upgrade", "--install", "demo", made)
    found = json.loads(helmlite("history", "demo", "-o", "json").stdout)
    assert [(1, "uninstalled"), (2, "deployed")] == [(each["revision"], each["status"]) for each in found]


def test_a_failed_install_is_recorded_and_replaced(helmlite: Run, chart: Run, kube: Run) -> None:
    """A failed install stays as failed with its reason; the next one prunes what it had made."""
    bad = documents.write(
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": [{"port": 99999}]}}
    )
    failed = helmlite("install", "demo", chart({"a.yaml": config_map("a"), "s.yaml": bad}), check=False)
    assert 1 == failed.returncode
    assert "demo/templates/s.yaml" in failed.stderr
    assert "spec.ports[0].port" in failed.stderr
    status = json.loads(helmlite("status", "demo", "-o", "json").stdout)["info"]
    assert ("failed", True) == (status["status"], status["description"].startswith('Release "demo" failed'))
    helmlite("upgrade", "--install", "demo", chart({"b.yaml": config_map("b")}, version="1.1.0"))
    assert {"b"} == names(kube)


def test_a_failed_upgrade_goes_back(helmlite: Run, chart: Run, kube: Run) -> None:
    """--rollback-on-failure returns to the last good revision and says so."""
    helmlite("install", "demo", chart({"a.yaml": config_map("a", x="1")}))
    bad = documents.write(
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": [{"port": 0}]}}
    )
    made = chart({"a.yaml": config_map("a", x="2"), "b.yaml": config_map("b"), "s.yaml": bad}, version="1.1.0")
    failed = helmlite("upgrade", "demo", made, "--rollback-on-failure", "--timeout", "30s", check=False)
    assert (1, True) == (failed.returncode, "was returned to revision 1" in failed.stderr)
    assert ({"a"}, {"x": "1"}) == (names(kube), kube("configmap", "a")["data"])
    found = json.loads(helmlite("history", "demo", "-o", "json").stdout)
    assert ["superseded", "failed", "deployed"] == [each["status"] for each in found]


def test_a_failed_install_can_be_removed(helmlite: Run, chart: Run, kube: Run) -> None:
    """--rollback-on-failure of an install leaves nothing behind."""
    bad = documents.write(
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": [{"port": 0}]}}
    )
    made = chart({"a.yaml": config_map("a"), "s.yaml": bad})
    failed = helmlite("install", "demo", made, "--rollback-on-failure", "--timeout", "30s", check=False)
    assert (1, True) == (failed.returncode, "was uninstalled" in failed.stderr)
    assert (set(), set()) == (names(kube), names(kube, "secrets"))


def test_hooks_are_named_and_stored(helmlite: Run, chart: Run) -> None:
    """Hooks are not run; the install says so and the record keeps them."""
    hook = config_map("h", {"helm.sh/hook": "pre-install"})
    done = helmlite("install", "demo", chart({"a.yaml": config_map("a"), "h.yaml": hook}))
    assert "not run" in done.stderr
    assert "helm.sh/hook" in helmlite("get", "hooks", "demo").stdout
    quiet = helmlite(
        "upgrade", "demo", chart({"a.yaml": config_map("a"), "h.yaml": hook}), "--no-hooks", "--force-revision"
    )
    assert "not run" not in quiet.stderr


def test_labels_go_to_the_record(helmlite: Run, chart: Run, kube: Run) -> None:
    """--labels are on the record's Secret, survive an upgrade, and null removes one."""
    made = chart({"a.yaml": config_map("a")})
    helmlite("install", "demo", made, "--labels", "team=web,tier=1")
    helmlite("upgrade", "demo", made, "--labels", "tier=null")
    labels = kube("secret", "sh.helm.release.v1.demo.v2")["metadata"]["labels"]
    assert ("web", False) == (labels["team"], "tier" in labels)
    assert "demo" in helmlite("list", "-q", "--selector", "team=web").stdout
    assert "demo" not in helmlite("list", "-q", "--selector", "team=api").stdout


def test_drift_is_put_right(helmlite: Run, chart: Run, kube: Run, cluster: Any, namespace: str) -> None:
    """An upgrade with the same chart and values mends what somebody deleted."""
    made = chart({"a.yaml": config_map("a", x="1"), "b.yaml": config_map("b")})
    helmlite("install", "demo", made)
    cluster.delete(cluster.capabilities().any_version("", "ConfigMap"), namespace, "b")
    done = helmlite("upgrade", "demo", made)
    assert "unchanged" not in done.stdout
    assert {"a", "b"} == names(kube)
    assert "unchanged" in helmlite("upgrade", "demo", made).stdout


def test_a_terminating_object_is_waited_for(helmlite: Run, chart: Run, kube: Run, cluster: Any, namespace: str) -> None:
    """An install right after an uninstall waits for what is still going, instead of losing it."""
    import threading

    held = documents.write(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "a", "finalizers": ["example.com/hold"]},
            "data": {"x": "1"},
        }
    )
    made = chart({"a.yaml": held})
    helmlite("install", "demo", made)
    helmlite("uninstall", "demo")
    kind = cluster.capabilities().any_version("", "ConfigMap")
    old = cluster.get(kind, namespace, "a")
    assert old is not None

    def release() -> None:
        cluster.patch(
            kind, namespace, "a", {"metadata": {"finalizers": None}}, content_type="application/merge-patch+json"
        )

    timer = threading.Timer(2.0, release)
    timer.start()
    helmlite("install", "demo", made, "--timeout", "30s")
    timer.join()
    new = cluster.get(kind, namespace, "a")
    assert new is not None
    assert old["metadata"]["uid"] != new["metadata"]["uid"]
    release()


def test_uninstall_waits_until_all_is_gone(helmlite: Run, chart: Run, cluster: Any, namespace: str) -> None:
    """--wait of an uninstall ends in an error that names what does not go, and the record stays."""
    held = documents.write(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "finalizers": ["example.com/hold"]}}
    )
    helmlite("install", "demo", chart({"a.yaml": held}))
    stuck = helmlite("uninstall", "demo", "--wait", "--timeout", "2s", check=False)
    assert 1 == stuck.returncode
    assert "held by finalizers example.com/hold" in stuck.stderr
    kind = cluster.capabilities().any_version("", "ConfigMap")
    cluster.patch(kind, namespace, "a", {"metadata": {"finalizers": None}}, content_type="application/merge-patch+json")
    helmlite("uninstall", "demo", "--wait", "--timeout", "30s")


def test_null_values_and_string_data_do_not_trap(helmlite: Run, chart: Run, kube: Run) -> None:
    """Nulls add nothing at each apply; a key dropped from stringData is gone; generateName is refused."""
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s", "labels": None},
        "spec": {"ports": [{"port": 80, "protocol": None, "name": None}], "selector": None},
    }
    secret: dict[str, Any] = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "pw"}}
    secret["stringData"] = {"one": "1", "two": "2"}
    files = {"s.yaml": documents.write(service), "pw.yaml": documents.write(secret)}
    helmlite("install", "demo", chart(files))
    assert "unchanged" in helmlite("upgrade", "demo", chart(files)).stdout
    helmlite("upgrade", "demo", chart(files), "--force-revision")
    assert 1 == len(kube("service", "s")["spec"]["ports"])
    del secret["stringData"]["two"]
    helmlite("upgrade", "demo", chart({**files, "pw.yaml": documents.write(secret)}, version="1.1.0"))
    assert {"one"} == set(kube("secret", "pw")["data"])
    named = documents.write({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "x-"}})
    refused = helmlite("install", "other", chart({"x.yaml": named}, version="1.2.0"), check=False)
    assert (1, True) == (refused.returncode, "generateName" in refused.stderr)


def test_an_equal_spelling_is_unchanged(helmlite: Run, chart: Run) -> None:
    """Quantities and empty values that the server rewrites do not make an upgrade of nothing."""
    claim = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "q"},
        "spec": {"hard": {"requests.cpu": "1000m", "requests.memory": "1024Mi", "pods": "10"}},
    }
    pod = {
        "apiVersion": "v1",
        "kind": "PodTemplate",
        "metadata": {"name": "t"},
        "template": {"spec": {"containers": [{"name": "a", "image": "a:1", "env": [{"name": "E", "value": ""}]}]}},
    }
    made = chart({"q.yaml": documents.write(claim), "p.yaml": documents.write(pod)})
    helmlite("install", "demo", made)
    assert "unchanged" in helmlite("upgrade", "demo", made).stdout
