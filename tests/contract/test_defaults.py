"""What an API server adds to objects by itself, and how it writes values."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.api import Api

pytestmark = pytest.mark.cluster

CONTAINER = {"name": "c", "image": "nginx:1"}
FILLED_CONTAINER = {
    **CONTAINER,
    "imagePullPolicy": "IfNotPresent",
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
FILLED_POD = {
    "containers": [FILLED_CONTAINER],
    "dnsPolicy": "ClusterFirst",
    "restartPolicy": "Always",
    "schedulerName": "default-scheduler",
    "securityContext": {},
    "terminationGracePeriodSeconds": 30,
}
LABELS = {"app": "web"}
TEMPLATE: dict[str, Any] = {"metadata": {"labels": LABELS}, "spec": {"containers": [CONTAINER]}}
FILLED_TEMPLATE = {"metadata": {"labels": LABELS}, "spec": FILLED_POD}
SELECTED = {"selector": {"matchLabels": LABELS}, "template": TEMPLATE}
FILLED = {"selector": {"matchLabels": LABELS}, "template": FILLED_TEMPLATE}
ROLLING = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}
JOB = {"template": {"spec": {"containers": [CONTAINER], "restartPolicy": "Never"}}}
FILLED_JOB = {"template": {"metadata": {}, "spec": {**FILLED_POD, "restartPolicy": "Never"}}}
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
RBAC = "rbac.authorization.k8s.io/v1"
CLUSTER_SCOPED = {
    "namespaces",
    "storageclasses",
    "priorityclasses",
    "ingressclasses",
    "persistentvolumes",
    "csidrivers",
}


def made(api: Api, api_version: str, plural: str, body: Mapping[str, Any], **query: Any) -> Any:
    """Return what a create answers, of an object that is not kept unless the query says so."""
    scope = {"namespace": ""} if plural in CLUSTER_SCOPED or plural.endswith("configurations") else {}
    named = {**body, "metadata": {"name": f"a-{uuid.uuid4().hex[:8]}", **body.get("metadata", {})}}
    return api.post(api.path(api_version, plural, **scope), named, **{"dryRun": "All", **query}).expect(201)


def pod_spec(api: Api, spec: Mapping[str, Any], **container: Any) -> Any:
    """Return the spec of a pod template after a create."""
    body = {"containers": [{**CONTAINER, **container}], **spec}
    return made(api, "v1", "podtemplates", {"template": {"spec": body}})["template"]["spec"]


WORKLOADS = {
    "deployment": (
        "apps/v1",
        "deployments",
        SELECTED,
        {**FILLED, "replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600, "strategy": ROLLING},
    ),
    "replica set": ("apps/v1", "replicasets", SELECTED, {**FILLED, "replicas": 1}),
    "stateful set": (
        "apps/v1",
        "statefulsets",
        SELECTED,
        {
            **FILLED,
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
            "podManagementPolicy": "OrderedReady",
            "replicas": 1,
            "revisionHistoryLimit": 10,
            "serviceName": "",
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        },
    ),
    "daemon set": (
        "apps/v1",
        "daemonsets",
        SELECTED,
        {
            **FILLED,
            "revisionHistoryLimit": 10,
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}},
        },
    ),
    "replication controller": (
        "v1",
        "replicationcontrollers",
        {"template": TEMPLATE},
        {"replicas": 1, "selector": LABELS, "template": FILLED_TEMPLATE},
    ),
    "cron job": (
        "batch/v1",
        "cronjobs",
        {"schedule": "0 0 * * *", "jobTemplate": {"spec": JOB}},
        {
            "concurrencyPolicy": "Allow",
            "failedJobsHistoryLimit": 1,
            "jobTemplate": {"metadata": {}, "spec": FILLED_JOB},
            "schedule": "0 0 * * *",
            "successfulJobsHistoryLimit": 3,
            "suspend": False,
        },
    ),
    "autoscaler": (
        "autoscaling/v2",
        "horizontalpodautoscalers",
        {"scaleTargetRef": TARGET, "maxReplicas": 3},
        {
            "maxReplicas": 3,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
                }
            ],
            "minReplicas": 1,
            "scaleTargetRef": TARGET,
        },
    ),
    "claim": (
        "v1",
        "persistentvolumeclaims",
        {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1024Mi"}}, "storageClassName": ""},
        {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
            "storageClassName": "",
            "volumeMode": "Filesystem",
        },
    ),
    "volume": (
        "v1",
        "persistentvolumes",
        {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1G"}, "hostPath": {"path": "/a"}},
        {
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": "1G"},
            "hostPath": {"path": "/a", "type": ""},
            "persistentVolumeReclaimPolicy": "Retain",
            "volumeMode": "Filesystem",
        },
    ),
    "network policy": (
        "networking.k8s.io/v1",
        "networkpolicies",
        {"podSelector": {}, "egress": [{"ports": [{"port": 53}]}]},
        {
            "egress": [{"ports": [{"port": 53, "protocol": "TCP"}]}],
            "podSelector": {},
            "policyTypes": ["Ingress", "Egress"],
        },
    ),
    "ingress class": (
        "networking.k8s.io/v1",
        "ingressclasses",
        {"controller": "example.com/a", "parameters": {"kind": "Parameters", "name": "a"}},
        {"controller": "example.com/a", "parameters": {"kind": "Parameters", "name": "a", "scope": "Cluster"}},
    ),
    "storage driver": (
        "storage.k8s.io/v1",
        "csidrivers",
        {},
        {
            "attachRequired": True,
            "fsGroupPolicy": "ReadWriteOnceWithFSType",
            "podInfoOnMount": False,
            "requiresRepublish": False,
            "seLinuxMount": False,
            "storageCapacity": False,
            "volumeLifecycleModes": ["Persistent"],
        },
    ),
    "limit range": (
        "v1",
        "limitranges",
        {"limits": [{"type": "Container", "max": {"cpu": "2", "memory": "1Gi"}, "default": {"cpu": "1000m"}}]},
        {
            "limits": [
                {
                    "type": "Container",
                    "max": {"cpu": "2", "memory": "1Gi"},
                    "default": {"cpu": "1", "memory": "1Gi"},
                    "defaultRequest": {"cpu": "1", "memory": "1Gi"},
                }
            ]
        },
    ),
}


@pytest.mark.parametrize(("api_version", "plural", "given", "filled"), WORKLOADS.values(), ids=WORKLOADS)
def test_a_spec_gets_its_defaults(api: Api, api_version: str, plural: str, given: Any, filled: Any) -> None:
    """A spec with what is required alone gets exactly the defaults of its kind."""
    assert filled == made(api, api_version, plural, {"spec": given})["spec"]


def test_a_pod_gets_its_defaults(api: Api) -> None:
    """A pod gets the defaults of a pod template, and enableServiceLinks."""
    spec = made(api, "v1", "pods", {"spec": {"containers": [CONTAINER], "automountServiceAccountToken": False}})["spec"]
    wanted = {**FILLED_POD, "enableServiceLinks": True, "automountServiceAccountToken": False}
    assert wanted == {key: spec[key] for key in wanted}


def test_requests_of_a_pod_come_from_its_limits(api: Api) -> None:
    """A container of a pod requests what it is limited to where it does not say."""
    resources = {"limits": {"cpu": "1000m", "memory": "1Gi"}, "requests": {"cpu": "0.5"}}
    found = made(api, "v1", "pods", {"spec": {"containers": [{**CONTAINER, "resources": resources}]}})
    wanted = {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m", "memory": "1Gi"}}
    assert wanted == found["spec"]["containers"][0]["resources"]


def test_requests_of_a_template_stay_as_they_are(api: Api) -> None:
    """A pod template's container requests nothing by itself."""
    resources = {"limits": {"cpu": "1"}}
    assert resources == pod_spec(api, {}, resources=resources)["containers"][0]["resources"]


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("nginx", "Always"),
        ("nginx:latest", "Always"),
        ("nginx:1.25", "IfNotPresent"),
        ("registry.example.com:5000/nginx", "Always"),
        ("registry.example.com:5000/nginx:1", "IfNotPresent"),
        (f"nginx@sha256:{'a' * 64}", "IfNotPresent"),
    ],
)
def test_an_image_is_pulled_by_its_tag(api: Api, image: str, policy: str) -> None:
    """Images of no tag, or of ``latest``, are always pulled."""
    assert policy == pod_spec(api, {}, image=image)["containers"][0]["imagePullPolicy"]


PARTS = {
    "http probe": (
        {"livenessProbe": {"httpGet": {"port": 80}}},
        {
            "livenessProbe": {
                "failureThreshold": 3,
                "httpGet": {"path": "/", "port": 80, "scheme": "HTTP"},
                "periodSeconds": 10,
                "successThreshold": 1,
                "timeoutSeconds": 1,
            }
        },
    ),
    "grpc probe": (
        {"readinessProbe": {"grpc": {"port": 80}, "periodSeconds": 5}},
        {
            "readinessProbe": {
                "failureThreshold": 3,
                "grpc": {"port": 80, "service": ""},
                "periodSeconds": 5,
                "successThreshold": 1,
                "timeoutSeconds": 1,
            }
        },
    ),
    "port": ({"ports": [{"containerPort": 80}]}, {"ports": [{"containerPort": 80, "protocol": "TCP"}]}),
    "field reference": (
        {"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]},
        {"env": [{"name": "A", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}}]},
    ),
    "resource reference": (
        {"env": [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}}]},
        {"env": [{"name": "A", "valueFrom": {"resourceFieldRef": {"divisor": "0", "resource": "limits.cpu"}}}]},
    ),
    "empty value of a variable": ({"env": [{"name": "A", "value": ""}]}, {"env": [{"name": "A"}]}),
    "empty lists and maps": ({"args": [], "envFrom": [], "resources": {"limits": {}}}, {"resources": {}}),
    "false where it says nothing": ({"stdin": False, "tty": False}, {}),
    "false where it is a value": (
        {"securityContext": {"privileged": False, "runAsUser": 0}},
        {"securityContext": {"privileged": False, "runAsUser": 0}},
    ),
    "null": ({"command": None, "livenessProbe": None}, {}),
}


@pytest.mark.parametrize(("given", "filled"), PARTS.values(), ids=PARTS)
def test_a_container_gets_its_defaults(api: Api, given: Any, filled: Any) -> None:
    """A part of a container gets its defaults, and what says nothing is dropped."""
    assert {**FILLED_CONTAINER, **filled} == pod_spec(api, {}, **given)["containers"][0]


VOLUMES = {
    "none": ({}, {"emptyDir": {}}),
    "empty directory": ({"emptyDir": {"sizeLimit": "1024Mi"}}, {"emptyDir": {"sizeLimit": "1Gi"}}),
    "secret": ({"secret": {"secretName": "a"}}, {"secret": {"secretName": "a", "defaultMode": 420}}),
    "config map": ({"configMap": {"name": "a"}}, {"configMap": {"name": "a", "defaultMode": 420}}),
    "mode 0": (
        {"configMap": {"name": "a", "defaultMode": 0, "optional": False}},
        {"configMap": {"name": "a", "defaultMode": 0, "optional": False}},
    ),
    "token": (
        {"projected": {"sources": [{"serviceAccountToken": {"path": "a"}}]}},
        {
            "projected": {
                "defaultMode": 420,
                "sources": [{"serviceAccountToken": {"expirationSeconds": 3600, "path": "a"}}],
            }
        },
    ),
    "downward API": (
        {"downwardAPI": {"items": [{"path": "a", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
        {
            "downwardAPI": {
                "defaultMode": 420,
                "items": [{"path": "a", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.labels"}}],
            }
        },
    ),
    "host path": ({"hostPath": {"path": "/a"}}, {"hostPath": {"path": "/a", "type": ""}}),
    "claim": (
        {"persistentVolumeClaim": {"claimName": "a", "readOnly": False}},
        {"persistentVolumeClaim": {"claimName": "a"}},
    ),
}


@pytest.mark.parametrize(("given", "filled"), VOLUMES.values(), ids=VOLUMES)
def test_a_volume_gets_its_defaults(api: Api, given: Any, filled: Any) -> None:
    """A volume gets the defaults of its source."""
    assert [{"name": "v", **filled}] == pod_spec(api, {"volumes": [{"name": "v", **given}]})["volumes"]


def test_a_service_account_stands_twice(api: Api) -> None:
    """The deprecated ``serviceAccount`` follows ``serviceAccountName``."""
    assert "a" == pod_spec(api, {"serviceAccountName": "a"})["serviceAccount"]


def test_a_recreated_deployment_has_no_numbers(api: Api) -> None:
    """The strategy ``Recreate`` gets no ``rollingUpdate``."""
    spec = {**SELECTED, "strategy": {"type": "Recreate"}}
    assert {"type": "Recreate"} == made(api, "apps/v1", "deployments", {"spec": spec})["spec"]["strategy"]


def test_no_replicas_are_a_number(api: Api) -> None:
    """``replicas: 0`` stays."""
    assert 0 == made(api, "apps/v1", "deployments", {"spec": {**SELECTED, "replicas": 0}})["spec"]["replicas"]


def test_a_claim_template_is_an_object(api: Api) -> None:
    """A stateful set's claim templates get a kind and a status."""
    wish = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": 1}}}
    claim = {"metadata": {"name": "a"}, "spec": wish}
    spec = {**SELECTED, "volumeClaimTemplates": [claim]}
    found = made(api, "apps/v1", "statefulsets", {"spec": spec})["spec"]["volumeClaimTemplates"][0]
    filled = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1"}}, "volumeMode": "Filesystem"}
    wanted = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "a"}, "spec": filled}
    assert {**wanted, "status": {"phase": "Pending"}} == found


JOBS = {
    "nothing said": (
        {},
        {
            "backoffLimit": 6,
            "completionMode": "NonIndexed",
            "completions": 1,
            "manualSelector": False,
            "parallelism": 1,
            "podReplacementPolicy": "TerminatingOrFailed",
            "suspend": False,
        },
    ),
    "parallelism": ({"parallelism": 3}, {"parallelism": 3, "completions": None}),
    "completions": ({"completions": 3}, {"parallelism": 1, "completions": 3}),
    "limit per index": (
        {"backoffLimitPerIndex": 1, "completionMode": "Indexed", "completions": 2},
        {"backoffLimit": 2147483647},
    ),
}


@pytest.mark.parametrize(("given", "filled"), JOBS.values(), ids=JOBS)
def test_a_job_gets_its_defaults(api: Api, given: Any, filled: Any) -> None:
    """What a job does not say follows from what it says."""
    spec = made(api, "batch/v1", "jobs", {"spec": {**JOB, **given}})["spec"]
    assert filled == {key: spec.get(key) for key in filled}


def test_a_job_is_selected_by_its_uid(api: Api) -> None:
    """A job gets a selector of its uid, and its pods labels of its uid and name."""
    found = made(api, "batch/v1", "jobs", {"spec": JOB})
    uid, name = found["metadata"]["uid"], found["metadata"]["name"]
    own = {"batch.kubernetes.io/controller-uid": uid}
    labels = {**own, "batch.kubernetes.io/job-name": name, "controller-uid": uid, "job-name": name}
    assert ({"matchLabels": own}, labels) == (
        found["spec"]["selector"],
        found["spec"]["template"]["metadata"]["labels"],
    )


@pytest.mark.parametrize(
    ("given", "filled"),
    [
        ({}, {"type": "ClusterIP", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster"}),
        ({}, {"externalTrafficPolicy": None, "allocateLoadBalancerNodePorts": None}),
        ({}, {"ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}]}),
        (
            {"ports": [{"port": 80, "targetPort": "http"}]},
            {"ports": [{"port": 80, "protocol": "TCP", "targetPort": "http"}]},
        ),
        ({"type": "NodePort"}, {"externalTrafficPolicy": "Cluster", "allocateLoadBalancerNodePorts": None}),
        ({"type": "LoadBalancer"}, {"externalTrafficPolicy": "Cluster", "allocateLoadBalancerNodePorts": True}),
        ({"type": "ExternalName", "externalName": "a.example.com"}, {"internalTrafficPolicy": None, "clusterIP": None}),
        ({"sessionAffinity": "ClientIP"}, {"sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 10800}}}),
    ],
    ids=[
        "plain",
        "not outside",
        "port",
        "named port",
        "node port",
        "load balancer",
        "external name",
        "affinity",
    ],
)
def test_a_service_gets_its_defaults(api: Api, given: Any, filled: Any) -> None:
    """What a service does not say follows from its type."""
    spec = made(api, "v1", "services", {"spec": {"ports": [{"port": 80}], **given}}, dryRun=[])["spec"]
    assert filled == {key: spec.get(key) for key in filled}


TOPS = {
    "secret": ("v1", "secrets", {}, {"type": "Opaque"}),
    "storage class": (
        "storage.k8s.io/v1",
        "storageclasses",
        {"provisioner": "a"},
        {"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"},
    ),
    "priority class": (
        "scheduling.k8s.io/v1",
        "priorityclasses",
        {"value": 0, "globalDefault": False},
        {"value": 0, "globalDefault": None, "preemptionPolicy": "PreemptLowerPriority"},
    ),
    "role binding": (
        RBAC,
        "rolebindings",
        {"roleRef": {"kind": "Role", "name": "a"}, "subjects": [{"kind": "User", "name": "u"}]},
        {
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "a"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "u"}],
        },
    ),
    "service account's binding": (
        RBAC,
        "rolebindings",
        {"roleRef": {"kind": "Role", "name": "a"}, "subjects": [{"kind": "ServiceAccount", "name": "u"}]},
        {"subjects": [{"kind": "ServiceAccount", "name": "u"}]},
    ),
    "role without rules": (RBAC, "roles", {}, {"rules": None}),
    "role of an empty list": (RBAC, "roles", {"rules": []}, {"rules": None}),
    "config map": ("v1", "configmaps", {"data": {"a": ""}, "binaryData": {}}, {"data": {"a": ""}, "binaryData": None}),
    "empty config map": ("v1", "configmaps", {"data": {}}, {"data": None}),
    "changeable config map": ("v1", "configmaps", {"immutable": False}, {"immutable": False}),
    "endpoints": (
        "v1",
        "endpoints",
        {"subsets": [{"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 80}]}]},
        {"subsets": [{"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 80, "protocol": "TCP"}]}]},
    ),
    "endpoint slice": (
        "discovery.k8s.io/v1",
        "endpointslices",
        {"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"]}], "ports": [{"port": 80}]},
        {
            "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {}}],
            "ports": [{"name": "", "port": 80, "protocol": "TCP"}],
        },
    ),
    "event": (
        "v1",
        "events",
        {"type": "Normal"},
        {"firstTimestamp": None, "source": {}, "reportingComponent": "", "involvedObject": None},
    ),
    "webhook": (
        "admissionregistration.k8s.io/v1",
        "validatingwebhookconfigurations",
        {
            "webhooks": [
                {
                    "admissionReviewVersions": ["v1"],
                    "clientConfig": {"service": {"name": "a", "namespace": "b"}},
                    "name": "a.example.com",
                    "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["a"]}],
                    "sideEffects": "None",
                }
            ]
        },
        {
            "webhooks": [
                {
                    "admissionReviewVersions": ["v1"],
                    "clientConfig": {"service": {"name": "a", "namespace": "b", "port": 443}},
                    "failurePolicy": "Fail",
                    "matchPolicy": "Equivalent",
                    "name": "a.example.com",
                    "namespaceSelector": {},
                    "objectSelector": {},
                    "rules": [
                        {
                            "apiGroups": [""],
                            "apiVersions": ["v1"],
                            "operations": ["*"],
                            "resources": ["a"],
                            "scope": "*",
                        }
                    ],
                    "sideEffects": "None",
                    "timeoutSeconds": 10,
                }
            ]
        },
    ),
}


@pytest.mark.parametrize(("api_version", "plural", "given", "filled"), TOPS.values(), ids=TOPS)
def test_an_object_gets_its_defaults(api: Api, api_version: str, plural: str, given: Any, filled: Any) -> None:
    """An object whose fields stand at its top gets the defaults of its kind."""
    if plural == "events":
        given, filled = {**given, "involvedObject": {"namespace": api.namespace}}, {**filled}
        filled["involvedObject"] = given["involvedObject"]
    found = made(api, api_version, plural, given)
    assert filled == {key: found.get(key) for key in filled}


def test_a_behavior_of_an_autoscaler_gets_policies(api: Api) -> None:
    """Both directions of an autoscaler get policies once one of them has a word."""
    spec = {"scaleTargetRef": TARGET, "maxReplicas": 3, "behavior": {"scaleDown": {"stabilizationWindowSeconds": 5}}}
    found = made(api, "autoscaling/v2", "horizontalpodautoscalers", {"spec": spec})["spec"]["behavior"]
    percent = {"type": "Percent", "value": 100, "periodSeconds": 15}
    pods = {"type": "Pods", "value": 4, "periodSeconds": 15}
    up = {"policies": [pods, percent], "selectPolicy": "Max", "stabilizationWindowSeconds": 0}
    down = {"policies": [percent], "selectPolicy": "Max", "stabilizationWindowSeconds": 5}
    assert {"scaleUp": up, "scaleDown": down} == found


def test_a_namespace_bears_its_name_as_a_label(api: Api) -> None:
    """A namespace gets a label, a finalizer and a phase."""
    found = made(api, "v1", "namespaces", {"metadata": {"labels": {"a": "b"}}})
    labels = {"a": "b", "kubernetes.io/metadata.name": found["metadata"]["name"]}
    assert (labels, {"finalizers": ["kubernetes"]}, {"phase": "Active"}) == (
        found["metadata"]["labels"],
        found["spec"],
        found["status"],
    )


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("1000m", "1"),
        ("1500m", "1500m"),
        ("0.5", "500m"),
        ("1.0", "1"),
        (1, "1"),
        (0.25, "250m"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("1536Mi", "1536Mi"),
        ("0.5Ki", "512"),
        ("1000Ki", "1000Ki"),
        ("1000", "1k"),
        ("1024", "1024"),
        ("1000000", "1M"),
        ("1e3", "1e3"),
        ("1e10", "10e9"),
        ("1.2Mi", "1258291200m"),
        ("0", "0"),
        ("0Gi", "0"),
        ("100000000000000000000", "100E"),
    ],
)
def test_a_quantity_is_canonical(api: Api, given: Any, kept: str) -> None:
    """Quantities are kept in the form of the largest suffix that leaves a whole number."""
    volumes = [{"name": "v", "emptyDir": {"sizeLimit": given}}]
    assert kept == pod_spec(api, {"volumes": volumes})["volumes"][0]["emptyDir"]["sizeLimit"]


def test_what_is_less_than_a_thousandth_is_rounded_up(api: Api) -> None:
    """Amounts of resources are rounded up to thousandths."""
    resources = {"limits": {"cpu": "0.0001"}}
    assert {"limits": {"cpu": "1m"}} == pod_spec(api, {}, resources=resources)["containers"][0]["resources"]


def test_metadata_without_content_is_dropped(api: Api) -> None:
    """Empty labels, annotations, finalizers and owners are no fields."""
    given = {"labels": {}, "annotations": {}, "finalizers": [], "ownerReferences": [], "generateName": ""}
    found = made(api, "v1", "configmaps", {"metadata": given})["metadata"]
    assert not found.keys() & given.keys()


def test_secret_text_is_moved_into_data(api: Api) -> None:
    """``stringData`` is encoded into ``data``, over what is there, and never answered."""
    found = made(api, "v1", "secrets", {"data": {"a": "eA==", "b": "eA=="}, "stringData": {"a": "y", "c": ""}})
    assert ({"a": "eQ==", "b": "eA==", "c": ""}, False) == (found["data"], "stringData" in found)


STATUSES = {
    "deployment": ("apps/v1", "deployments", {"spec": SELECTED}, {"replicas": 5}, {}),
    "replica set": ("apps/v1", "replicasets", {"spec": SELECTED}, {"replicas": 5}, {"replicas": 0}),
    "stateful set": (
        "apps/v1",
        "statefulsets",
        {"spec": SELECTED},
        {"replicas": 5},
        {"availableReplicas": 0, "replicas": 0},
    ),
    "pod": (
        "v1",
        "pods",
        {"spec": {"containers": [CONTAINER]}},
        {"phase": "Running"},
        {"phase": "Pending", "qosClass": "BestEffort"},
    ),
    "job": ("batch/v1", "jobs", {"spec": JOB}, {"active": 5}, {}),
    "budget": (
        "policy/v1",
        "poddisruptionbudgets",
        {"spec": {"minAvailable": 1}},
        {"disruptionsAllowed": 5},
        {"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0},
    ),
    "autoscaler": (
        "autoscaling/v2",
        "horizontalpodautoscalers",
        {"spec": {"scaleTargetRef": TARGET, "maxReplicas": 3}},
        {"desiredReplicas": 5},
        {"currentMetrics": None, "desiredReplicas": 0},
    ),
}


@pytest.mark.parametrize(("api_version", "plural", "body", "given", "fresh"), STATUSES.values(), ids=STATUSES)
def test_a_new_object_has_a_fresh_status(
    api: Api, api_version: str, plural: str, body: Any, given: Any, fresh: Any
) -> None:
    """The status that a client gives to a new object counts for nothing."""
    assert fresh == made(api, api_version, plural, {**body, "status": given})["status"]


@pytest.mark.parametrize(
    ("resources", "quality"),
    [
        ({"limits": {"cpu": "1", "memory": "1Gi"}}, "Guaranteed"),
        ({"limits": {"cpu": "1"}}, "Burstable"),
        ({"requests": {"memory": "1Gi"}}, "Burstable"),
        ({}, "BestEffort"),
    ],
    ids=["all limits", "one limit", "request", "none"],
)
def test_a_pod_has_a_class_of_service(api: Api, resources: Any, quality: str) -> None:
    """A pod's class follows from its containers' resources."""
    found = made(api, "v1", "pods", {"spec": {"containers": [{**CONTAINER, "resources": resources}]}})
    assert quality == found["status"]["qosClass"]


def deployment(api: Api) -> tuple[str, Any]:
    """Return the path and the content of a new deployment that is paused, so that no controller changes it."""
    found = made(api, "apps/v1", "deployments", {"spec": {**SELECTED, "replicas": 0, "paused": True}}, dryRun=[])
    return api.path("apps/v1", "deployments", found["metadata"]["name"]), found


@pytest.mark.parametrize(
    ("change", "generation"),
    [
        ({"metadata": {"labels": {"a": "b"}}}, 1),
        ({"metadata": {"annotations": {"a": "b"}}}, 2),
        ({"spec": {"minReadySeconds": 5}}, 2),
        ({"spec": {"replicas": 0}}, 1),
        ({"spec": {"revisionHistoryLimit": None}}, 1),
        ({"status": {"replicas": 3}}, 1),
        ({"metadata": {"generation": 9}}, 1),
    ],
    ids=["label", "annotation", "spec", "no change", "default again", "status", "generation itself"],
)
def test_a_generation_counts_what_is_wanted(api: Api, change: Any, generation: int) -> None:
    """A deployment's generation grows with its spec and its annotations alone."""
    path, _ = deployment(api)
    assert generation == api.patch(path, change).expect(200)["metadata"]["generation"]


def test_a_put_of_what_was_posted_changes_nothing(api: Api) -> None:
    """Defaults that a PUT does not name are no change of the spec."""
    path, found = deployment(api)
    bare = {"metadata": {"name": found["metadata"]["name"]}, "spec": {**SELECTED, "replicas": 0, "paused": True}}
    assert 1 == api.put(path, bare).expect(200)["metadata"]["generation"]


@pytest.mark.parametrize(
    ("api_version", "plural", "body"),
    [
        ("v1", "configmaps", {"data": {"a": "b"}}),
        ("v1", "services", {"spec": {"ports": [{"port": 80}]}}),
        (RBAC, "roles", {}),
        ("v1", "serviceaccounts", {}),
    ],
    ids=["config map", "service", "role", "service account"],
)
def test_some_kinds_have_no_generation(api: Api, api_version: str, plural: str, body: Any) -> None:
    """Kinds that nothing has to follow up have no generation."""
    assert "generation" not in made(api, api_version, plural, body, dryRun=[])["metadata"]


@pytest.mark.parametrize(
    ("api_version", "plural", "body"),
    [
        ("v1", "pods", {"spec": {"containers": [CONTAINER]}}),
        ("batch/v1", "jobs", {"spec": JOB}),
        ("networking.k8s.io/v1", "networkpolicies", {"spec": {"podSelector": {}}}),
        ("networking.k8s.io/v1", "ingresses", {"spec": {"defaultBackend": {"resource": {"kind": "a", "name": "a"}}}}),
    ],
    ids=["pod", "job", "network policy", "ingress"],
)
def test_some_kinds_begin_at_one(api: Api, api_version: str, plural: str, body: Any) -> None:
    """A generation that a client gives is not taken: the first is 1."""
    given = {**body, "metadata": {"generation": 7}}
    assert 1 == made(api, api_version, plural, given)["metadata"]["generation"]


def test_status_is_written_by_its_own_path(api: Api) -> None:
    """The status subresource changes the status, and nothing of the spec."""
    path = api.path("v1", "persistentvolumeclaims")
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": ""}
    made_claim = api.post(path, {"metadata": {"name": "a"}, "spec": spec}).expect(201)
    change = {"spec": {"accessModes": ["ReadWriteMany"]}, "status": {"phase": "Lost"}}
    found = api.patch(f"{path}/a/status", change).expect(200)
    assert (made_claim["spec"], "Lost") == (found["spec"], found["status"]["phase"])


@pytest.mark.parametrize(
    ("key", "value", "changes"),
    [("labels", {"a": "b"}, False), ("annotations", {"a": "b"}, True), ("finalizers", ["example.com/a"], True)],
    ids=["labels", "annotations", "finalizers"],
)
def test_status_of_a_deployment_and_metadata(api: Api, key: str, value: Any, changes: bool) -> None:
    """The status subresource of a deployment changes metadata but labels, and is no new generation."""
    path, _ = deployment(api)
    metadata = api.patch(f"{path}/status", {"metadata": {key: value}}).expect(200)["metadata"]
    if key == "finalizers":
        api.patch(path, {"metadata": {"finalizers": None}})
    assert (changes, 1) == (metadata.get(key) == value, metadata["generation"])


def test_a_daemon_set_counts_its_templates(api: Api) -> None:
    """A daemon set bears an annotation of how often its template changed."""
    template = {**TEMPLATE, "spec": {**TEMPLATE["spec"], "nodeSelector": {"no": "where"}}}
    found = made(api, "apps/v1", "daemonsets", {"spec": {**SELECTED, "template": template}}, dryRun=[])
    path = api.path("apps/v1", "daemonsets", found["metadata"]["name"])
    change = {"spec": {"template": {"metadata": {"annotations": {"a": "b"}}}}}
    after = api.patch(path, change).expect(200)
    key = "deprecated.daemonset.template.generation"
    assert ("1", "2") == tuple(each["metadata"]["annotations"][key] for each in (found, after))


def test_times_and_uids_stay(api: Api) -> None:
    """A PUT without uid and creationTimestamp keeps those that there are."""
    path = api.path("v1", "configmaps")
    before = api.post(path, {"metadata": {"name": "a"}}).expect(201)["metadata"]
    after = api.put(f"{path}/a", {"metadata": {"name": "a", "creationTimestamp": "2020-01-01T00:00:00Z"}}).expect(200)
    keys = ("uid", "creationTimestamp")
    assert [before[key] for key in keys] == [after["metadata"][key] for key in keys]


def test_a_volume_notes_when_its_phase_changed(api: Api) -> None:
    """A new volume has the time of its first phase."""
    spec = {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1G"}, "hostPath": {"path": "/a"}}
    assert {"phase", "lastPhaseTransitionTime"} == made(api, "v1", "persistentvolumes", {"spec": spec})["status"].keys()


def test_a_null_label_is_an_empty_text(api: Api) -> None:
    """A label, annotation or other text of a mapping that is null is kept as ""."""
    found = made(api, "v1", "configmaps", {"metadata": {"annotations": {"a": None}}, "data": {"b": None}})
    assert ({"a": ""}, {"b": ""}) == (found["metadata"]["annotations"], found["data"])


def service(api: Api, **spec: Any) -> tuple[str, Any]:
    """Return the path and the spec of a new service of one port."""
    found = made(api, "v1", "services", {"spec": {"ports": [{"port": 80}], **spec}}, dryRun=[])
    return api.path("v1", "services", found["metadata"]["name"]), found["spec"]


def test_a_service_keeps_what_was_chosen_for_it(api: Api) -> None:
    """A PUT without cluster and node addresses keeps those that there are."""
    path, before = service(api, type="NodePort")
    after = api.put(
        path, {"metadata": {"name": path.rpartition("/")[2]}, "spec": {"type": "NodePort", "ports": [{"port": 81}]}}
    )
    spec = after.expect(200)["spec"]
    assert (before["clusterIP"], before["ports"][0]["nodePort"]) == (spec["clusterIP"], spec["ports"][0]["nodePort"])


def test_a_service_loses_what_its_type_has_not(api: Api) -> None:
    """A service that becomes ClusterIP again has no node port and no policy for traffic from outside."""
    path, _ = service(api, type="LoadBalancer")
    spec = api.patch(path, {"spec": {"type": "ClusterIP"}}).expect(200)["spec"]
    gone = {"externalTrafficPolicy", "allocateLoadBalancerNodePorts"} & spec.keys()
    assert (set(), {"port", "protocol", "targetPort"}) == (gone, spec["ports"][0].keys())


def test_a_service_that_is_a_name_has_no_address(api: Api) -> None:
    """A service that becomes ExternalName loses its addresses."""
    path, _ = service(api)
    spec = api.patch(path, {"spec": {"type": "ExternalName", "externalName": "a.example.com"}}).expect(200)["spec"]
    assert {"externalName", "ports", "sessionAffinity", "type"} == spec.keys()


def test_what_is_being_deleted_stays_so(api: Api) -> None:
    """A PUT without deletionTimestamp keeps it, and no finalizer is needed for that."""
    path = api.path("v1", "configmaps")
    api.post(path, {"metadata": {"name": "a", "finalizers": ["example.com/a"]}}).expect(201)
    before = api.delete(f"{path}/a").expect(200)["metadata"]["deletionTimestamp"]
    after = api.put(f"{path}/a", {"metadata": {"name": "a", "finalizers": ["example.com/a"]}, "data": {"a": "b"}})
    api.patch(f"{path}/a", {"metadata": {"finalizers": None}})
    assert before == after.expect(200)["metadata"]["deletionTimestamp"]


def test_to_be_scheduled_is_no_new_generation(api: Api) -> None:
    """A pod that was bound to a node is still of generation 1."""
    name = made(api, "v1", "pods", {"spec": {"containers": [CONTAINER]}}, dryRun=[])["metadata"]["name"]
    path = api.path("v1", "pods", name)
    found = api.eventually(lambda: [each for each in (api.get(path).body,) if each["spec"].get("nodeName")])
    assert 1 == found[0]["metadata"]["generation"]
