"""What the real kubectl asks and shows: of the server, of a Deployment that runs, of who may do what."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial

import pytest

pytestmark = [pytest.mark.cluster, pytest.mark.kubectl]
Run = Callable[..., str]


def until_two_are_ready(run: Run) -> None:
    """Return when the Service has two ready endpoints; `kubectl wait` fails at once while there is only one."""
    ends = time.monotonic() + 30
    while run("get endpointslices -l app=web -o jsonpath='{.items[*].endpoints[*].conditions.ready}'") != "true true":
        assert time.monotonic() < ends, "the Service web has no two ready endpoints after 30 s"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def web(kubectl_in: Run) -> Iterator[Run]:
    """Return a function that runs kubectl where a Deployment of two pods runs; its tests change nothing there."""
    namespace = f"web-{uuid.uuid4().hex[:8]}"
    run = partial(kubectl_in, namespace)
    run(f"create namespace {namespace}")
    run("apply -f settings.yaml -f web.yaml")
    run("rollout status deployment/web --timeout=20s")
    until_two_are_ready(run)
    yield run
    run(f"delete namespace {namespace} --wait=false")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("get deployment web", r"web +2/2 +2 +2 ", id="columns"),
        pytest.param("get pods -o wide", r"NOMINATED NODE.*\n(web-\S+ +1/1 +Running +0 .*\n?){2}", id="wide"),
        pytest.param(
            "get all", r"(?s)pod/web-.*service/web .*deployment.apps/web .*replicaset.apps/web-", id="category"
        ),
        pytest.param("get configmap settings -o yaml", r"\ndata:\n  greeting: hello\nkind: ConfigMap\n", id="yaml"),
        pytest.param("get configmap settings -o json", r'"kind": "ConfigMap"', id="json"),
        pytest.param("get deployment web -o jsonpath={.status.readyReplicas}", r"^2$", id="jsonpath"),
        pytest.param("get service web -o go-template='{{.metadata.name}}'", r"^web$", id="go-template"),
        pytest.param("get services -o custom-columns=P:.spec.ports[0].port", r"^P\n80$", id="custom columns"),
        pytest.param("get deployment --show-labels", r" app=web$", id="labels"),
        pytest.param("get deployment -L app", r" web$", id="label column"),
        pytest.param(
            "get configmap settings --show-managed-fields -o jsonpath={.metadata.managedFields[*].manager}",
            r"^kubectl-client-side-apply$",
            id="managed fields",
        ),
        pytest.param("get pods -l app=web -o name", r"^(pod/web-\S+\n?){2}$", id="label selector"),
        pytest.param("get pods -l app!=web", r"^No resources found in web-\w+ namespace.$", id="nothing selected"),
        pytest.param(
            "get pods --field-selector status.phase=Running -o name", r"^(pod/\S+\n?){2}$", id="field selector"
        ),
        pytest.param("get endpointslices", r"web-\S+ +IPv4 +80 +[\d.]+,[\d.]+ ", id="endpoints"),
        pytest.param("get deployment web --subresource=scale -o jsonpath={.status.selector}", r"^app=web$", id="scale"),
        pytest.param(
            "get deploy,svc --sort-by=.kind -o name", r"^deployment.apps/web\nservice/web$", id="several kinds"
        ),
        pytest.param("get configmaps -A --chunk-size=1 -o name", r"(?m)^configmap/settings$", id="chunks"),
        pytest.param("describe deployment web", r"2 desired \| 2 updated \| 2 total \| 2 available", id="deployment"),
        pytest.param("describe deployment web", r"Normal +ScalingReplicaSet .* from 0 to 2", id="deployment's events"),
        pytest.param("describe pods -l app=web", r"Controlled By: +ReplicaSet/web-", id="pods"),
        pytest.param("describe replicasets", r"Controlled By: +Deployment/web\n", id="replica set"),
        pytest.param("describe service web", r"Endpoints: +[\d.]+:80,[\d.]+:80\n", id="service"),
        pytest.param("describe configmap settings", r"greeting:\n----\nhello\n", id="config map"),
        pytest.param("logs deployment/web --tail=1", r"\S", id="logs"),
        pytest.param(
            "logs -l app=web --tail=1 --prefix", r"\[pod/web-\S+/web\] .*\n\[pod/web-\S+/web\] ", id="all logs"
        ),
        pytest.param("events --for deployment/web", r"ScalingReplicaSet +Deployment/web ", id="events"),
        pytest.param("get events --field-selector reason=ScalingReplicaSet -o name", r"^event/web\.\w+$", id="reason"),
        pytest.param("rollout history deployment/web", r"\n1 +<none>", id="history"),
        pytest.param(
            "rollout history deployment/web --revision=1", r"Image:\s+registry.example.com/web:1", id="revision"
        ),
        pytest.param("wait --for=condition=Available deployment/web", r"condition met", id="condition"),
        pytest.param(
            "wait --for=condition=Ready pod -l app=web", r"(pod/web-\S+ condition met\n?){2}", id="pods ready"
        ),
        pytest.param("wait --for=jsonpath={.status.readyReplicas}=2 deployment/web", r"condition met", id="a field"),
        pytest.param("wait --for=create service/web", r"condition met", id="existence"),
        pytest.param("diff -f settings.yaml -f web.yaml", r"^$", id="no difference"),
        pytest.param("scale deployment web --replicas=3 --dry-run=server", r"scaled \(server dry run\)", id="dry run"),
        pytest.param("create token default", r"^[\w-]+\.[\w-]+\.[\w-]+$", id="token"),
        pytest.param("auth can-i create deployments", r"^yes$", id="may"),
        pytest.param("auth can-i --list --as nobody", r"selfsubjectreviews.authentication.k8s.io ", id="rules"),
        pytest.param("auth whoami", r"Groups +\[system:masters", id="who"),
        pytest.param("version", r"Server Version: v1\.36\.", id="version"),
        pytest.param("cluster-info", r"control plane.* is running at .*https://", id="address"),
        pytest.param("get --raw /readyz", r"^ok$", id="raw"),
        pytest.param("api-versions", r"\napps/v1\n(.*\n)*v1$", id="versions"),
        pytest.param("api-resources", r"\ndeployments +deploy +apps/v1 +true +Deployment\n", id="kinds"),
        pytest.param(
            "api-resources --namespaced=false --verbs=watch -o name", r"\nnodes\n", id="kinds outside of namespaces"
        ),
        pytest.param("explain deployment.spec.strategy.type", r"FIELD: type <string>", id="field"),
        pytest.param("explain configmap --recursive", r"  binaryData\t<map\[string\]string>", id="fields"),
        pytest.param("explain cronjob --api-version=batch/v1", r"VERSION: +v1\n", id="version's fields"),
        pytest.param("get nodes", r" Ready +<none> ", id="node"),
        pytest.param("get storageclass", r"standard \(default\) ", id="storage class"),
        pytest.param(
            "get service kubernetes -n default", r"kubernetes +ClusterIP +10\.96\.0\.1 ", id="the API's service"
        ),
    ],
)
def test_it_shows(web: Run, line: str, expected: str) -> None:
    """A line that changes nothing succeeds and prints what it should."""
    assert re.search(expected, web(line))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("get nothing", r"the server doesn't have a resource type \"nothing\"", id="unknown kind"),
        pytest.param("get service nothing", r"\(NotFound\): services \"nothing\" not found", id="missing object"),
        pytest.param("get pods --as nobody", r"pods is forbidden: User \"nobody\" cannot list", id="forbidden"),
        pytest.param("auth can-i list pods --as nobody", r"^no$", id="may not"),
        pytest.param("create token nobody", r"serviceaccounts \"nobody\" not found", id="no service account"),
        pytest.param("diff -f changed.yaml", r"\n-  greeting: hello\n\+  greeting: bye\n", id="difference"),
        pytest.param("exec deployment/web -- ls", r"no exec", id="no container to run in"),
        pytest.param("top pods", r"Metrics API not available", id="no metrics"),
        pytest.param("logs deployment/web -c other", r"container other is not valid for pod web-", id="no container"),
        pytest.param("get pods --field-selector spec.x=y", r"field label not supported: spec.x", id="no selector"),
        pytest.param("wait --for=delete deployment/web --timeout=100ms", r"timed out waiting", id="nothing deleted"),
    ],
)
def test_it_fails(web: Run, line: str, expected: str) -> None:
    """A line that cannot succeed exits 1 and says why."""
    assert re.search(expected, web(line, exits=1))


def test_an_eviction_can_be_tried(web: Run) -> None:
    """Draining a node with --dry-run=server evicts pods without doing it."""
    node, *pods = web("get nodes,pods -o jsonpath={.items[*].metadata.name}").split()
    said = web(f"drain {node} --pod-selector=app=web --dry-run=server")
    assert 2 == len(pods)
    assert all(f"/{each} (server dry run)" in said for each in pods)


def test_a_service_account_may_what_its_role_grants(kubectl: Run, namespace: str) -> None:
    """A Role that is bound to a service account lets it do that and no more."""
    kubectl("create serviceaccount robot")
    kubectl("create role reader --verb=get --resource=pods")
    kubectl(f"create rolebinding reader --role=reader --serviceaccount={namespace}:robot")
    robot = f"--as system:serviceaccount:{namespace}:robot"
    assert ["yes", "no"] == [
        kubectl(f"auth can-i get pods {robot}"),
        kubectl(f"auth can-i delete pods {robot}", exits=1),
    ]
