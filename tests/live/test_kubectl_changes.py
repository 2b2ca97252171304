"""What the real kubectl changes: single objects, what runs of them, and kinds of one's own."""

from __future__ import annotations

import re
import subprocess
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

pytestmark = [pytest.mark.cluster, pytest.mark.kubectl]
Run = Callable[..., str]

MADE = "apply -f settings.yaml"
APPLIED = "apply --server-side -f settings.yaml"


@pytest.mark.parametrize(
    ("before", "line", "expected"),
    [
        pytest.param([], MADE, "configmap/settings created", id="apply-new"),
        pytest.param([MADE], MADE, "configmap/settings unchanged", id="apply-the-same"),
        pytest.param([MADE], "apply -f changed.yaml", "configmap/settings configured", id="apply-a-change"),
        pytest.param([MADE], f"{MADE} -o jsonpath={{.data}}", '{"greeting":"hello"}', id="apply-and-show"),
        pytest.param([], "apply -k .", "configmap/my-settings created", id="apply-a-kustomization"),
        pytest.param([], APPLIED, "configmap/settings serverside-applied", id="server-side"),
        pytest.param(
            [MADE],
            "apply --server-side -f changed.yaml -o jsonpath={.data.greeting}",
            "bye",
            id="server-side-after-client-side",
        ),
        pytest.param(
            [APPLIED],
            "apply --server-side --field-manager=other --force-conflicts -f changed.yaml -o jsonpath={.data.greeting}",
            "bye",
            id="server-side-by-force",
        ),
        pytest.param(
            [f"{MADE} -f more.yaml"],
            "apply --prune -l app=web --prune-allowlist=core/v1/ConfigMap -f settings.yaml",
            "configmap/settings unchanged\nconfigmap/more pruned",
            id="prune",
        ),
        pytest.param(
            [],
            "apply -f misspelt.yaml --validate=warn",
            'configmap/misspelt created\nWarning: unknown field "dada"',
            id="warn-of-a-field",
        ),
        pytest.param([], "apply -f misspelt.yaml --validate=false", "configmap/misspelt created", id="ignore-a-field"),
        pytest.param([], "create -f settings.yaml", "configmap/settings created", id="create"),
        pytest.param(
            [],
            "create -f settings.yaml --dry-run=server",
            "configmap/settings created (server dry run)",
            id="create-without-doing-it",
        ),
        pytest.param([MADE], "replace -f changed.yaml -o jsonpath={.data.greeting}", "bye", id="replace"),
        pytest.param(
            [MADE],
            "replace --force -f changed.yaml",
            'configmap "settings" deleted from NS namespace\nconfigmap/settings replaced',
            id="replace-anew",
        ),
        pytest.param(
            [MADE],
            "label configmap settings tier=front -o jsonpath={.metadata.labels}",
            '{"app":"web","tier":"front"}',
            id="label",
        ),
        pytest.param(
            [MADE],
            "label configmap settings app=shop --overwrite -o jsonpath={.metadata.labels.app}",
            "shop",
            id="label-anew",
        ),
        pytest.param([MADE], "label configmap settings app-", "configmap/settings unlabeled", id="label-no-longer"),
        pytest.param(
            ["create -f settings.yaml"],
            "annotate configmap -l app=web owner=me -o jsonpath={.metadata.annotations}",
            '{"owner":"me"}',
            id="annotate",
        ),
        *(
            pytest.param(
                [MADE],
                f"patch configmap settings --type={how} -p '{patch}' -o jsonpath={{.data}}",
                '{"greeting":"hello","parting":"bye"}',
                id=f"patch-{how}",
            )
            for how, patch in (
                ("strategic", '{"data": {"parting": "bye"}}'),
                ("merge", '{"data": {"parting": "bye"}}'),
                ("json", '[{"op": "add", "path": "/data/parting", "value": "bye"}]'),
            )
        ),
        pytest.param([MADE], "delete -f settings.yaml", 'configmap "settings" deleted from NS namespace', id="delete"),
        pytest.param([], "delete configmap settings --ignore-not-found", "", id="delete-nothing"),
        pytest.param(
            [f"{MADE} -f more.yaml"],
            "delete configmaps -l app=web",
            'configmap "more" deleted from NS namespace\nconfigmap "settings" deleted from NS namespace',
            id="delete-selected",
        ),
        pytest.param(
            [MADE],
            "delete configmap settings --dry-run=server",
            'configmap "settings" deleted from NS namespace (server dry run)',
            id="delete-without-doing-it",
        ),
    ],
)
def test_an_object_is_changed(kubectl: Run, namespace: str, before: Sequence[str], line: str, expected: str) -> None:
    """A line that changes objects prints what became of them."""
    for each in before:
        kubectl(each)
    where = f" from {namespace} namespace"  # which kubectl leaves out before 1.33
    assert expected.replace("NS", namespace).replace(where, "") == kubectl(line).replace(where, "")


@pytest.mark.parametrize(
    ("before", "line", "expected"),
    [
        pytest.param(
            [APPLIED],
            "apply --server-side --field-manager=other -f changed.yaml",
            'Apply failed with 1 conflict: conflict with "kubectl": .data.greeting',
            id="conflict",
        ),
        pytest.param([], "apply -f misspelt.yaml", 'strict decoding error: unknown field "dada"', id="unknown-field"),
        pytest.param([MADE], "create -f settings.yaml", 'configmaps "settings" already exists', id="already-there"),
        pytest.param([], "replace -f settings.yaml", 'configmaps "settings" not found', id="not-there"),
        pytest.param([MADE], "label configmap settings app=shop", "'app' already has a value (web)", id="has-a-label"),
        pytest.param(
            [MADE],
            """patch configmap settings -p '{"metadata": {"labels": {"app": "-"}}}'""",
            'metadata.labels: Invalid value: "-"',
            id="wrong-label",
        ),
        pytest.param([], "create deployment X --image=app:1", 'metadata.name: Invalid value: "X"', id="wrong-name"),
    ],
)
def test_a_change_is_refused(kubectl: Run, before: Sequence[str], line: str, expected: str) -> None:
    """A line that the server refuses exits 1 and says why."""
    for each in before:
        kubectl(each)
    assert expected in kubectl(line, exits=1)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("configmap made --from-literal=a=b", "configmap"),
        ("secret generic made --from-literal=a=b", "secret"),
        ("secret docker-registry made --docker-username=a --docker-password=b", "secret"),
        ("serviceaccount made", "serviceaccount"),
        ("deployment made --image=app:1 --replicas=0", "deployment.apps"),
        ("service clusterip made --tcp=80", "service"),
        ("service nodeport made --tcp=80", "service"),
        ("service externalname made --external-name=example.com", "service"),
        ("ingress made --rule=example.com/*=made:80", "ingress.networking.k8s.io"),
        ("job made --image=app:1", "job.batch"),
        ("cronjob made --image=app:1 --schedule='0 0 1 1 *'", "cronjob.batch"),
        ("quota made --hard=pods=5", "resourcequota"),
        ("poddisruptionbudget made --selector=app=web --min-available=1", "poddisruptionbudget.policy"),
        ("role made --verb=get --resource=pods", "role.rbac.authorization.k8s.io"),
        ("rolebinding made --clusterrole=view --user=me", "rolebinding.rbac.authorization.k8s.io"),
    ],
    ids=lambda each: each.partition(" made")[0].replace(" ", "-"),
)
def test_create_makes_it(kubectl: Run, words: str, kind: str) -> None:
    """Each kind that ``kubectl create`` knows is made, and there."""
    kubectl(f"create {words}")
    assert f"{kind}/made" == kubectl(f"get {kind} made -o name")


@pytest.fixture
def web(kubectl: Run) -> Run:
    """Return a function that runs kubectl where a Deployment of two pods runs."""
    kubectl("apply -f web.yaml")
    kubectl("rollout status deployment/web --timeout=20s")
    return kubectl


def test_a_deployment_is_scaled(web: Run) -> None:
    """Its pods become as many as were asked for."""
    web("scale deployment web --replicas=3")
    web("wait --for=jsonpath={.status.readyReplicas}=3 deployment/web --timeout=20s")
    assert 3 == len(web("get pods -o name").splitlines())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("set image deployment/web web=registry.example.com/web:2", "registry.example.com/web:2"),
        ("set env deployment/web GREETING=hello", "hello"),
        ("set resources deployment/web --limits=cpu=0.5", '"cpu":"500m"'),
        ("set serviceaccount deployment/web default", '"serviceAccountName":"default"'),
        ("rollout restart deployment/web", "kubectl.kubernetes.io/restartedAt"),
    ],
    ids=["image", "environment", "resources", "service-account", "restart"],
)
def test_a_change_of_its_pods_is_rolled_out(web: Run, line: str, expected: str) -> None:
    """A Deployment's pods are replaced by such as are wanted now."""
    web(line)
    assert "successfully rolled out" in web("rollout status deployment/web --timeout=20s")
    assert expected in web("get replicasets -o jsonpath='{.items[?(@.spec.replicas==2)].spec.template}'")


def test_a_rollout_is_undone(web: Run) -> None:
    """The pods of the revision before return, as a new revision."""
    web("set image deployment/web web=registry.example.com/web:2")
    web("rollout status deployment/web --timeout=20s")
    web("rollout undo deployment/web")
    web("rollout status deployment/web --timeout=20s")
    assert "registry.example.com/web:1" in web("rollout history deployment/web --revision=3")


def test_a_paused_rollout_waits(web: Run) -> None:
    """Nothing is replaced until it is resumed."""
    web("rollout pause deployment/web")
    web("set image deployment/web web=registry.example.com/web:2")
    assert 1 == len(web("get replicasets -o name").splitlines())
    web("rollout resume deployment/web")
    assert "successfully rolled out" in web("rollout status deployment/web --timeout=20s")


@pytest.mark.pods
def test_a_rollout_that_fails_is_waited_for(web: Run) -> None:
    """The status of a rollout whose pods crash exits 1 when its time is over."""
    order = '{"spec": {"template": {"metadata": {"annotations": {"test.helmlite.dev/pod": "crash-loop"}}}}}'
    web(f"patch deployment web -p '{order}'")
    assert "timed out waiting for the condition" in web("rollout status deployment/web --timeout=1s", exits=1)


def test_what_is_deleted_is_waited_for(web: Run) -> None:
    """Deleting a Deployment takes its pods along."""
    web("delete deployment web")
    web("wait --for=delete pods -l app=web --timeout=20s")
    assert "No resources found" in web("get pods,replicasets")


def test_pods_outlive_an_owner_that_orphans_them(web: Run) -> None:
    """With --cascade=orphan what a Deployment made stays."""
    web("delete deployment web --cascade=orphan")
    assert 2 == len(web("get pods -o name").splitlines())


@pytest.mark.parametrize("kind", ["statefulset/database", "daemonset/collector"])
def test_other_workloads_are_rolled_out(kubectl: Run, kind: str) -> None:
    """StatefulSets and DaemonSets are restarted and waited for as well, and remember their revisions."""
    kubectl(f"apply -f {kind.partition('/')[2]}.yaml")
    kubectl(f"rollout status {kind} --timeout=20s")
    kubectl(f"rollout restart {kind}")
    kubectl(f"rollout status {kind} --timeout=20s")
    assert re.search(r"\n1 +<none>\n2 +<none>$", kubectl(f"rollout history {kind}"))


def test_claims_outlive_a_stateful_set(kubectl: Run) -> None:
    """What a StatefulSet's pods keep is bound, and stays when the set goes."""
    kubectl("apply -f database.yaml")
    kubectl("rollout status statefulset/database --timeout=20s")
    kubectl("delete statefulset database")
    assert "Bound Bound" == kubectl("get persistentvolumeclaims -o jsonpath={.items[*].status.phase}")


def test_a_cron_job_is_run_by_hand(kubectl: Run) -> None:
    """A Job made of a CronJob completes, and its pod has a log."""
    kubectl("apply -f report.yaml")
    kubectl("create job now --from=cronjob/report")
    kubectl("wait --for=condition=complete job/now --timeout=20s")
    assert kubectl("logs job/now --tail=1")


@pytest.fixture(scope="module")
def gadgets(kubectl_in: Run) -> Iterator[Run]:
    """Return a function that runs kubectl where a kind Gadget and one of it are; tests change nothing there.

    ``GROUP`` in a line is the kind's group.
    """
    made = f"gadgets-{uuid.uuid4().hex[:8]}"
    group = f"{made}.example.com"
    gadget = (Path(__file__).parent / "kubectl" / "gadget.yaml").read_text(encoding="utf-8").replace("GROUP", group)

    def run(line: str, *, exits: int = 0) -> str:
        return kubectl_in(made, line.replace("GROUP", group), exits=exits, stdin=gadget)

    run(f"create namespace {made}")
    assert "ensure CRDs are installed first" in run("apply -f -", exits=1)
    run("wait --for=condition=Established crd/gadgets.GROUP --timeout=20s")
    run("apply -f -")
    yield run
    run("delete crd gadgets.GROUP")
    run(f"delete namespace {made} --wait=false")


@pytest.mark.parametrize(
    ("line", "exits", "expected"),
    [
        pytest.param("get gadgets.GROUP", 0, r"^NAME +SIZE\nsmall +1$", id="columns"),
        pytest.param("explain gadgets.GROUP.spec.size", 0, r"FIELD: size <integer>\n\n\n.*\n +how big", id="explained"),
        pytest.param(
            "api-resources --api-group=GROUP", 0, r"\ngadgets +gdt +gadgets-\w+.example.com/v1 +true", id="served"
        ),
        pytest.param(
            """patch gadgets.GROUP small --type=merge -p '{"spec":{"size":2}}' --dry-run=server -o jsonpath={.spec}""",
            0,
            r'^{"size":2}$',
            id="patched",
        ),
        pytest.param("scale gadgets.GROUP small --replicas=2", 1, r"\(NotFound\)", id="no scale"),
        pytest.param(
            """patch gadgets.GROUP small --type=merge -p '{"spec": {"size": "x"}}'""",
            1,
            'spec.size in body must be of type integer: "string"',
            id="checked",
        ),
        pytest.param(
            "patch gadgets.GROUP small -p '{}'",
            1,
            r"strategic-merge-patch\+json is not supported",
            id="no strategic patch",
        ),
        pytest.param("delete gadgets.GROUP --all --dry-run=server", 0, '"small" deleted', id="deleted"),
    ],
)
def test_a_kind_of_one_s_own_is_known(gadgets: Run, line: str, exits: int, expected: str) -> None:
    """A CustomResourceDefinition and an object of its kind, applied from one file, work as other kinds do."""
    assert re.search(expected, gadgets(line, exits=exits))


def test_changes_are_watched(kubectl: Run, kubeconfig: str, namespace: str) -> None:
    """``get --watch`` prints each change as it happens."""
    kubectl("create configmap watched")
    shown = "jsonpath={.type} {.object.data}{'\\n'}"
    words = ["get", "configmap", "watched", "--watch", "--output-watch-events", "-o", shown, "--request-timeout=20s"]
    with subprocess.Popen(
        ["kubectl", "--kubeconfig", kubeconfig, "--namespace", namespace, *words], stdout=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stdout is not None
        seen = [watching.stdout.readline()]
        kubectl("""patch configmap watched -p '{"data": {"a": "b"}}'""")
        seen.append(watching.stdout.readline())
        kubectl("delete configmap watched")
        seen.append(watching.stdout.readline())
        watching.kill()
    assert ["ADDED \n", 'MODIFIED {"a":"b"}\n', 'DELETED {"a":"b"}\n'] == seen
