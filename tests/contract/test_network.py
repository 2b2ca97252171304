"""Services: their addresses, their endpoints, and what answers from outside."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.running import ORDER

if TYPE_CHECKING:
    from tests.contract.api import Answer, Api

pytestmark = pytest.mark.cluster


def post(api: Api, name: str = "web", **spec: Any) -> Answer:
    """Create a Service with one port, unless ``spec`` says otherwise."""
    return api.post(api.path("v1", "services"), {"metadata": {"name": name}, "spec": {"ports": [{"port": 80}], **spec}})


def change(api: Api, **spec: Any) -> dict[str, Any]:
    """Merge into a Service's spec and return what it became."""
    found: dict[str, Any] = api.patch(api.path("v1", "services", "web"), {"spec": spec}).expect(200)["spec"]
    return found


def test_an_address_is_given(api: Api) -> None:
    """A Service gets an address of the cluster's range, as clusterIP and in clusterIPs."""
    spec = post(api).expect(201)["spec"]
    assert ip_address(spec["clusterIP"]) in ip_network("10.96.0.0/16")
    assert [spec["clusterIP"]] == spec["clusterIPs"]


def test_the_family_is_told(api: Api) -> None:
    """A Service with an address is of one IPv4 stack."""
    spec = post(api).expect(201)["spec"]
    assert (["IPv4"], "SingleStack") == (spec["ipFamilies"], spec["ipFamilyPolicy"])


def test_addresses_differ(api: Api) -> None:
    """Two Services have two addresses."""
    assert post(api, "a").expect(201)["spec"]["clusterIP"] != post(api, "b").expect(201)["spec"]["clusterIP"]


def test_an_address_can_be_asked_for(api: Api) -> None:
    """A free address of the range can be asked for."""
    address = f"10.96.{secrets.randbelow(100) + 100}.{secrets.randbelow(250) + 2}"
    assert address == post(api, clusterIP=address).expect(201)["spec"]["clusterIPs"][0]


def test_an_address_is_given_once(api: Api) -> None:
    """An address that another Service has is refused."""
    address = post(api, "a").expect(201)["spec"]["clusterIP"]
    answer = post(api, "b", clusterIP=address)
    said = f'["{address}"]: failed to allocate IP {address}: provided IP is already allocated'
    assert (422, f'Service "b" is invalid: spec.clusterIPs: Invalid value: {said}') == (answer.status, answer.message)


def test_an_address_is_of_the_range(api: Api) -> None:
    """An address outside of the cluster's range is refused."""
    answer = post(api, clusterIP="192.0.2.1")
    said = "failed to allocate IP 192.0.2.1: the provided network does not match the current range"
    assert f'Service "web" is invalid: spec.clusterIPs: Invalid value: ["192.0.2.1"]: {said}' == answer.message


def test_an_address_is_freed(api: Api) -> None:
    """The address of a Service that is gone can be asked for."""
    address = post(api).expect(201)["spec"]["clusterIP"]
    api.delete(api.path("v1", "services", "web")).expect(200)
    api.eventually(lambda: post(api, "next", clusterIP=address).status == 201)


def test_an_address_stays(api: Api) -> None:
    """An address cannot be changed."""
    post(api).expect(201)
    answer = api.patch(
        api.path("v1", "services", "web"), {"spec": {"clusterIP": "10.96.1.1", "clusterIPs": ["10.96.1.1"]}}
    )
    assert (422, {("spec.clusterIPs[0]", "FieldValueInvalid")}) == (answer.status, answer.causes)


def test_an_address_outlives_a_replace(api: Api) -> None:
    """A PUT without an address keeps the one that was asked for."""
    given = post(api, "first").expect(201)["spec"]["clusterIP"]
    api.delete(api.path("v1", "services", "first")).expect(200)
    made = post(api, clusterIP=given).expect(201)
    body = {"metadata": {"name": "web"}, "spec": {"ports": [{"port": 81}]}}
    spec = api.put(api.path("v1", "services", "web"), body).expect(200)["spec"]
    assert (made["spec"]["clusterIP"], 81) == (spec["clusterIP"], spec["ports"][0]["port"])


def test_none_is_an_address(api: Api) -> None:
    """A headless Service has None for an address."""
    spec = post(api, clusterIP="None", selector={"a": "b"}).expect(201)["spec"]
    assert ("None", ["None"], ["IPv4"], "SingleStack") == tuple(
        spec[each] for each in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy")
    )


def test_none_without_a_selector(api: Api) -> None:
    """A headless Service without a selector is of both families."""
    spec = post(api, clusterIP="None").expect(201)["spec"]
    assert (["IPv4", "IPv6"], "RequireDualStack") == (spec["ipFamilies"], spec["ipFamilyPolicy"])


def test_a_name_has_no_address(api: Api) -> None:
    """A Service of type ExternalName has no address and no family."""
    spec = post(api, type="ExternalName", externalName="example.com").expect(201)["spec"]
    assert set() == {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"} & spec.keys()


def test_becoming_a_name_gives_the_address_up(api: Api) -> None:
    """A Service that becomes an ExternalName loses its address, and gets one when it turns back."""
    post(api).expect(201)
    assert "clusterIP" not in change(api, type="ExternalName", externalName="example.com")
    assert change(api, type="ClusterIP", externalName=None)["clusterIP"].startswith("10.96.")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"ipFamilies": ["IPv6"]}, 'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster'),
        (
            {"ipFamilyPolicy": "RequireDualStack"},
            'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": '
            "this cluster is not configured for dual-stack services",
        ),
    ],
    ids=["ipv6", "dual"],
)
def test_there_is_one_family(api: Api, spec: dict[str, Any], message: str) -> None:
    """Addresses of another family are refused."""
    assert f'Service "web" is invalid: {message}' == post(api, **spec).message


def test_dual_stack_may_be_preferred(api: Api) -> None:
    """A Service may prefer two families, and gets one."""
    spec = post(api, ipFamilyPolicy="PreferDualStack").expect(201)["spec"]
    assert ("PreferDualStack", ["IPv4"]) == (spec["ipFamilyPolicy"], spec["ipFamilies"])


@pytest.mark.parametrize("type_", ["NodePort", "LoadBalancer"])
def test_node_ports_are_given(api: Api, type_: str) -> None:
    """Services that are reached from outside get a port of the nodes for each of theirs."""
    ports = [{"name": "a", "port": 80}, {"name": "b", "port": 81}]
    found = {each["nodePort"] for each in post(api, type=type_, ports=ports).expect(201)["spec"]["ports"]}
    assert 2 == len(found)
    assert all(30000 <= each <= 32767 for each in found)


def test_node_ports_may_be_declined(api: Api) -> None:
    """A load balancer may do without ports of the nodes."""
    spec = post(api, type="LoadBalancer", allocateLoadBalancerNodePorts=False).expect(201)["spec"]
    assert "nodePort" not in spec["ports"][0]


def test_a_node_port_is_given_once(api: Api) -> None:
    """A port of the nodes that another Service has is refused."""
    port = post(api, "a", type="NodePort").expect(201)["spec"]["ports"][0]["nodePort"]
    answer = post(api, "b", type="NodePort", ports=[{"port": 80, "nodePort": port}])
    said = f"spec.ports[0].nodePort: Invalid value: {port}: provided port is already allocated"
    assert (422, f'Service "b" is invalid: {said}') == (answer.status, answer.message)


def test_a_node_port_is_of_the_range(api: Api) -> None:
    """A port of the nodes outside of their range is refused."""
    answer = post(api, type="NodePort", ports=[{"port": 80, "nodePort": 8080}])
    said = "provided port is not in the valid range. The range of valid ports is 30000-32767"
    assert f'Service "web" is invalid: spec.ports[0].nodePort: Invalid value: 8080: {said}' == answer.message


def test_a_node_port_outlives_a_replace(api: Api) -> None:
    """A PUT without a port of the nodes keeps the one that was asked for."""
    port = post(api, "first", type="NodePort").expect(201)["spec"]["ports"][0]["nodePort"]
    api.delete(api.path("v1", "services", "first")).expect(200)
    post(api, type="NodePort", ports=[{"port": 80, "nodePort": port}]).expect(201)
    body = {"metadata": {"name": "web"}, "spec": {"type": "NodePort", "ports": [{"port": 80}]}}
    assert port == api.put(api.path("v1", "services", "web"), body).expect(200)["spec"]["ports"][0]["nodePort"]


def test_a_node_port_comes_and_goes(api: Api) -> None:
    """A Service that changes its type keeps its address; the port of the nodes comes and goes."""
    address = post(api).expect(201)["spec"]["clusterIP"]
    out = change(api, type="NodePort")
    back = change(api, type="ClusterIP")
    assert [address, address] == [out["clusterIP"], back["clusterIP"]]
    assert [True, False] == ["nodePort" in each["ports"][0] for each in (out, back)]


def test_a_load_balancer_gets_an_address(api: Api) -> None:
    """The sandbox gives load balancers an address (on purpose: the real test plane has none to give)."""
    post(api, type="LoadBalancer").expect(201)
    path = api.path("v1", "services", "web")
    if api.is_sandbox:
        found = api.eventually(lambda: api.get(path).body["status"]["loadBalancer"].get("ingress"))
        assert ip_address(found[0]["ip"])
    else:
        assert {} == api.get(path).body["status"]["loadBalancer"]


def test_an_ingress_gets_an_address(api: Api) -> None:
    """The sandbox gives Ingresses an address (on purpose: the real test plane has no controller of Ingresses)."""
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    made = {"metadata": {"name": "web"}, "spec": {"defaultBackend": backend}}
    api.post(api.path("networking.k8s.io/v1", "ingresses"), made).expect(201)
    path = api.path("networking.k8s.io/v1", "ingresses", "web")
    if api.is_sandbox:
        found = api.eventually(lambda: api.get(path).body["status"]["loadBalancer"].get("ingress"))
        assert ip_address(found[0]["ip"])
    else:
        assert {} == api.get(path).body["status"]["loadBalancer"]


def pod(api: Api, name: str, spec: Mapping[str, Any] | None = None, **more: Any) -> None:
    """Create a pod with the label ``app: web``, with a port of the name http."""
    containers = [{"name": "c", "image": "x:1", "ports": [{"name": "http", "containerPort": 8080}]}]
    metadata = {"name": name, "labels": {"app": "web"}, **more}
    body = {"metadata": metadata, "spec": {"containers": containers, **(spec or {})}}
    api.post(api.path("v1", "pods"), body).expect(201)


def slices(api: Api, service: str = "web") -> list[dict[str, Any]]:
    """Return the EndpointSlices of a Service."""
    found: list[dict[str, Any]] = api.get(
        api.path("discovery.k8s.io/v1", "endpointslices"), labelSelector=f"kubernetes.io/service-name={service}"
    ).body["items"]
    return found


def reached(api: Api, service: str = "web") -> dict[str, Any]:
    """Return the conditions of a Service's endpoints, by pod."""
    found = [each for item in slices(api, service) for each in item["endpoints"] or ()]
    return {each["targetRef"]["name"]: each["conditions"] for each in found}


READY = {"ready": True, "serving": True, "terminating": False}


def test_a_service_without_pods_has_an_empty_slice(api: Api) -> None:
    """A Service with a selector has an EndpointSlice of its own from the start."""
    made = post(api, selector={"app": "web"}).expect(201)
    found = api.eventually(lambda: slices(api))[0]
    assert ("IPv4", None, None) == (found["addressType"], found["endpoints"], found["ports"])
    owner = {"apiVersion": "v1", "kind": "Service", "name": "web", "uid": made["metadata"]["uid"]}
    assert [{**owner, "controller": True, "blockOwnerDeletion": True}] == found["metadata"]["ownerReferences"]
    assert "endpointslice-controller.k8s.io" == found["metadata"]["labels"]["endpointslice.kubernetes.io/managed-by"]


def test_a_ready_pod_is_reached(api: Api) -> None:
    """A ready pod is an endpoint of the Services that select it, at the port of the name they ask for."""
    post(api, selector={"app": "web"}, ports=[{"port": 80, "targetPort": "http"}]).expect(201)
    pod(api, "a")
    api.eventually(lambda: reached(api) == {"a": READY})
    found = slices(api)[0]
    assert [{"name": "", "protocol": "TCP", "port": 8080}] == found["ports"]
    address = api.get(api.path("v1", "pods", "a")).body["status"]["podIP"]
    assert ([address], "Pod") == (found["endpoints"][0]["addresses"], found["endpoints"][0]["targetRef"]["kind"])


def test_endpoints_tell_the_same(api: Api) -> None:
    """A Service's Endpoints hold the addresses of its ready pods."""
    post(api, selector={"app": "web"}, ports=[{"name": "n", "port": 80, "targetPort": 8081}]).expect(201)
    pod(api, "a")
    path = api.path("v1", "endpoints", "web")
    found = api.eventually(lambda: api.get(path).body.get("subsets"))[0]
    assert [{"name": "n", "port": 8081, "protocol": "TCP"}] == found["ports"]
    assert ["a"] == [each["targetRef"]["name"] for each in found["addresses"]]


UNREADY = {"ready": False, "serving": False, "terminating": False}


def unready_pod(api: Api) -> None:
    """Create a pod that runs at an address, which the test plane's node does not give it, without being ready."""
    pod(api, "a", annotations={ORDER: "not-ready"})
    path = api.path("v1", "pods", "a")
    api.eventually(lambda: api.get(path).body["status"]["phase"] == "Running")
    address = {"podIP": "10.255.0.1", "podIPs": [{"ip": "10.255.0.1"}]}
    api.patch(f"{path}/status", {"status": address}).expect(200)


def test_a_pod_that_is_not_ready(api: Api) -> None:
    """A pod that is not ready is told of as such, in Endpoints by itself."""
    post(api, selector={"app": "web"}).expect(201)
    unready_pod(api)
    api.eventually(lambda: reached(api) == {"a": UNREADY})
    (found,) = api.eventually(lambda: api.get(api.path("v1", "endpoints", "web")).body.get("subsets"))
    assert ["a"] == [each["targetRef"]["name"] for each in found["notReadyAddresses"]]
    assert "addresses" not in found


def test_pods_that_are_not_ready_may_be_published(api: Api) -> None:
    """With publishNotReadyAddresses a pod that is not ready counts as if it were."""
    post(api, selector={"app": "web"}, publishNotReadyAddresses=True).expect(201)
    unready_pod(api)
    api.eventually(lambda: reached(api) == {"a": {**UNREADY, "ready": True}})
    (found,) = api.eventually(lambda: api.get(api.path("v1", "endpoints", "web")).body.get("subsets"))
    assert ["a"] == [each["targetRef"]["name"] for each in found["addresses"]]


def test_a_pod_that_has_ended(api: Api) -> None:
    """A pod whose containers have ended for good is no endpoint any longer."""
    post(api, selector={"app": "web"}).expect(201)
    pod(api, "a", {"restartPolicy": "Never"})
    api.eventually(lambda: api.get(api.path("v1", "pods", "a")).body["status"]["phase"] == "Succeeded")
    pod(api, "b")
    api.eventually(lambda: reached(api) == {"b": READY})


def test_a_host_name_is_told(api: Api) -> None:
    """An endpoint bears the host name of a pod whose subdomain is the Service."""
    post(api, selector={"app": "web"}, clusterIP="None").expect(201)
    pod(api, "a", {"hostname": "first", "subdomain": "web"})
    pod(api, "b", {"hostname": "second", "subdomain": "other"})
    api.eventually(lambda: len(reached(api)) == 2)
    found = {each["targetRef"]["name"]: each.get("hostname") for each in slices(api)[0]["endpoints"]}
    assert {"a": "first", "b": None} == found


def test_a_service_takes_its_endpoints_along(api: Api) -> None:
    """EndpointSlices and Endpoints of a Service that is deleted go."""
    post(api, selector={"app": "web"}).expect(201)
    path = api.path("v1", "endpoints", "web")
    api.eventually(lambda: slices(api) and api.get(path).status == 200)
    api.delete(api.path("v1", "services", "web")).expect(200)
    api.eventually(lambda: not slices(api) and api.get(path).status == 404)


def test_a_pod_that_is_not_selected_any_more(api: Api) -> None:
    """A pod whose labels change is no endpoint any longer."""
    post(api, selector={"app": "web"}).expect(201)
    pod(api, "a")
    api.eventually(lambda: reached(api))
    api.patch(api.path("v1", "pods", "a"), {"metadata": {"labels": {"app": "other"}}}).expect(200)
    api.eventually(lambda: not reached(api))


def test_a_selector_that_changes(api: Api) -> None:
    """Endpoints follow a Service's selector."""
    post(api, selector={"app": "other"}).expect(201)
    pod(api, "a")
    api.patch(api.path("v1", "services", "web"), {"spec": {"selector": {"app": "web"}}}).expect(200)
    api.eventually(lambda: reached(api) == {"a": READY})


def test_a_pod_that_ends(api: Api) -> None:
    """A pod that is being deleted is told of as terminating and not ready."""
    post(api, selector={"app": "web"}).expect(201)
    pod(api, "a", finalizers=["example.com/hold"])
    api.eventually(lambda: reached(api))
    api.delete(api.path("v1", "pods", "a")).expect(200)
    ending = {"ready": False, "serving": True, "terminating": True}
    api.eventually(lambda: reached(api) == {"a": ending})
    api.patch(api.path("v1", "pods", "a"), {"metadata": {"finalizers": None}}).expect(200)
    api.eventually(lambda: not reached(api))


def test_a_headless_service_is_labelled(api: Api) -> None:
    """Endpoints and slices of a headless Service bear its label, beside the Service's own."""
    body = {"metadata": {"name": "web", "labels": {"a": "b"}}, "spec": {"clusterIP": "None", "selector": {"c": "d"}}}
    api.post(api.path("v1", "services"), body).expect(201)
    found = api.eventually(lambda: slices(api))[0]["metadata"]["labels"]
    assert ("", "b") == (found["service.kubernetes.io/headless"], found["a"])
    path = api.path("v1", "endpoints", "web")
    labels = api.eventually(lambda: api.get(path).body["metadata"].get("labels"))
    assert ("", "b") == (labels["service.kubernetes.io/headless"], labels["a"])


def test_a_service_without_a_selector(api: Api) -> None:
    """A Service without a selector gets no endpoints."""
    post(api, "bare").expect(201)
    post(api, selector={"app": "web"}).expect(201)
    api.eventually(lambda: slices(api))
    assert [] == slices(api, "bare")
