"""Requests and answers: what is sent, what is repeated, and what hostile answers end in."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from helmlite.errors import (
    AlreadyExistsError,
    ClusterError,
    ExpiredError,
    InvalidObjectError,
    NotFoundError,
    UnreachableError,
)
from helmlite.kube import cluster as module
from helmlite.kube.cluster import Cluster
from helmlite.manifest.capabilities import ServedKind
from helmlite.manifest.identity import GroupVersionKind
from tests.fake_api import FakeApi, Reply


def kind(api_version: str, name: str, plural: str, *, namespaced: bool = True) -> ServedKind:
    """Return a kind as servers serve it."""
    return ServedKind(gvk=GroupVersionKind.parse(api_version, name), plural=plural, namespaced=namespaced)


CONFIG_MAPS = kind("v1", "ConfigMap", "configmaps")
DEPLOYMENTS = kind("apps/v1", "Deployment", "deployments")
NODES = kind("v1", "Node", "nodes", namespaced=False)
MAPS = "/api/v1/namespaces/prod/configmaps"


def config_map(name: str = "a", **more: Any) -> dict[str, Any]:
    """Return a ConfigMap in namespace prod."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "prod"}, **more}


def page(*names: str, following: str = "") -> Reply:
    """Return one page of a list; its items lack apiVersion and kind, as servers send them."""
    items = [{"metadata": {"name": each, "namespace": "prod"}} for each in names]
    return Reply(body={"metadata": {"resourceVersion": "41", "continue": following}, "items": items})


def events(*each: Mapping[str, Any]) -> Reply:
    """Return the answer to a watch that ends after these events."""
    return Reply(body="".join(f"{json.dumps(event)}\n" for event in each))


class TestReading:
    """One object, lists, logs."""

    def test_an_object_that_is_not_there_is_none(self, cluster: Cluster) -> None:
        """404 to a get is an answer, not an error."""
        assert cluster.get(CONFIG_MAPS, "prod", "a") is None

    def test_an_object_is_read(self, cluster: Cluster, api: FakeApi) -> None:
        """What the server has is returned."""
        api.add(config_map(data={"k": "v"}))
        found = cluster.get(CONFIG_MAPS, "prod", "a")
        assert found is not None
        assert {"k": "v"} == found["data"]

    def test_pages_of_a_list_are_put_together(self, cluster: Cluster, api: FakeApi) -> None:
        """A list is read to its end; items have kind and apiVersion; the resourceVersion is there to watch from."""
        api.replies[f"GET {MAPS}"] = [page("a", "b", following="next page"), page("c")]
        listed = cluster.list(CONFIG_MAPS, "prod", label_selector="app=web", field_selector="metadata.name!=x")
        assert ["a", "b", "c"] == [each["metadata"]["name"] for each in listed.items]
        assert {("v1", "ConfigMap")} == {(each["apiVersion"], each["kind"]) for each in listed.items}
        assert "41" == listed.resource_version
        first, second = (each.query for each in api.requests)
        assert ("app=web", "metadata.name!=x") == (first["labelSelector"], first["fieldSelector"])
        assert "next page" == second["continue"]
        assert "continue" not in first

    def test_a_list_that_grows_old_between_pages_says_so(self, cluster: Cluster, api: FakeApi) -> None:
        """410 to a continue token is an ExpiredError."""
        api.replies[f"GET {MAPS}"] = [page("a", following="old"), Reply.failure(410, "Expired", "too old")]
        with pytest.raises(ExpiredError, match="too old"):
            cluster.list(CONFIG_MAPS, "prod")

    def test_only_metadata_can_be_asked_for(self, cluster: Cluster, api: FakeApi) -> None:
        """Contents of Secrets stay where they are when only their labels are wanted."""
        cluster.list(CONFIG_MAPS, "prod", metadata_only=True)
        assert "PartialObjectMetadataList" in api.requests[0].headers["accept"][0]

    def test_paths_of_groups_and_of_cluster_scoped_kinds(self, cluster: Cluster, api: FakeApi) -> None:
        """Core kinds are under /api, others under /apis; without a namespace all of them are listed."""
        cluster.list(DEPLOYMENTS, "prod")
        cluster.list(DEPLOYMENTS, None)
        cluster.list(NODES, "prod")
        assert [
            "/apis/apps/v1/namespaces/prod/deployments",
            "/apis/apps/v1/deployments",
            "/api/v1/nodes",
        ] == [each.path for each in api.requests]

    def test_names_cannot_change_a_path(self, cluster: Cluster, api: FakeApi) -> None:
        """A name with slashes is one segment of the path."""
        cluster.get(CONFIG_MAPS, "prod", "../../kube-system/configmaps/x")
        assert [f"{MAPS}/..%2F..%2Fkube-system%2Fconfigmaps%2Fx"] == [each.path for each in api.requests]

    def test_a_log_is_text_whatever_a_pod_prints(self, cluster: Cluster, api: FakeApi) -> None:
        """Bytes that are no UTF-8 are replaced."""
        api.replies["GET .*/log"] = Reply(body=b"ready \xff\n")
        assert "ready \ufffd\n" == cluster.logs("prod", "web-0", "web", tail_lines=5)
        assert {"container": "web", "tailLines": "5"} == api.requests[0].query


class TestWriting:
    """Apply, create, replace, patch, delete."""

    def test_apply_is_helms_own(self, cluster: Cluster, api: FakeApi) -> None:
        """Server-side apply with Helm's field manager, strict, forced only when told to; Warning headers come along."""
        text = '299 - "spec.x: \\"y\\" is deprecated", 299 - "more"'
        api.replies["PATCH .*"] = [Reply(status=201, body=config_map(), headers={"Warning": text})]
        answer = cluster.apply(config_map(data={"k": "ü"}))
        sent = api.requests[-1]
        assert ("PATCH", f"{MAPS}/a") == (sent.method, sent.path)
        assert {"fieldManager": "helm", "fieldValidation": "Strict", "force": "false"} == sent.query
        assert ["application/apply-patch+yaml"] == sent.headers["content-type"]
        assert config_map(data={"k": "ü"}) == sent.body
        assert answer.created
        assert ['spec.x: "y" is deprecated', "more"] == list(answer.warnings)
        cluster.apply(config_map(), force=True, dry_run=True)
        assert ("true", "All") == (api.requests[-1].query["force"], api.requests[-1].query["dryRun"])

    def test_a_kind_that_is_not_served_is_asked_for_once_more(self, cluster: Cluster, api: FakeApi) -> None:
        """A CRD may have come since discovery was read."""
        cluster.capabilities()
        before = sum(each.path == "/apis" for each in api.requests)
        widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "a"}}
        with pytest.raises(InvalidObjectError, match=r"does not serve example\.com/v1 Widget"):
            cluster.apply(widget)
        assert before + 1 == sum(each.path == "/apis" for each in api.requests)

    def test_a_name_that_is_taken(self, cluster: Cluster, api: FakeApi) -> None:
        """409 AlreadyExists is its own error."""
        api.replies["POST .*"] = Reply.failure(409, "AlreadyExists", 'configmaps "a" already exists')
        with pytest.raises(AlreadyExistsError):
            cluster.create(config_map())

    def test_delete_names_what_it_means(self, cluster: Cluster, api: FakeApi) -> None:
        """A uid and a resourceVersion are preconditions; what is gone already is False."""
        assert cluster.delete(CONFIG_MAPS, "prod", "a", propagation="Foreground", uid="u1", resource_version="7")
        assert {"uid": "u1", "resourceVersion": "7"} == api.requests[-1].body["preconditions"]
        assert "Foreground" == api.requests[-1].body["propagationPolicy"]
        api.replies["DELETE .*"] = Reply.failure(404, "NotFound", "gone")
        assert not cluster.delete(CONFIG_MAPS, "prod", "a")
        assert "preconditions" not in api.requests[-1].body

    def test_patch_and_replace(self, cluster: Cluster, api: FakeApi) -> None:
        """A patch goes with its type, a replacement as PUT."""
        cluster.patch(CONFIG_MAPS, "prod", "a", {"data": None}, content_type="application/merge-patch+json")
        assert ["application/merge-patch+json"] == api.requests[-1].headers["content-type"]
        cluster.replace(config_map())
        assert ("PUT", f"{MAPS}/a") == (api.requests[-1].method, api.requests[-1].path)


class TestCredentials:
    """Who we say that we are."""

    def test_token_and_impersonation(self, connect: Callable[..., Cluster], api: FakeApi) -> None:
        """A flag's token goes before the kubeconfig's; each group is a header of its own."""
        connect(token="token-of-flag", as_user="ada", as_groups=("ops", "dev")).list(CONFIG_MAPS, "prod")
        headers = api.requests[0].headers
        assert ["Bearer token-of-flag"] == headers["authorization"]
        assert (["ada"], ["ops", "dev"]) == (headers["impersonate-user"], headers["impersonate-group"])

    def test_the_kubeconfigs_token_goes_to_the_server_of_the_flag(
        self, connect: Callable[..., Cluster], api: FakeApi
    ) -> None:
        """The server that a flag names is asked, though the kubeconfig, read again for its token, names another."""
        with FakeApi().running() as other:
            connect(api_server=other.url).list(CONFIG_MAPS, "prod")
            assert ["Bearer token-of-file"] == other.requests[0].headers["authorization"]
        assert [] == api.requests

    def test_an_answer_that_says_the_token_back_does_not_show_it(self, cluster: Cluster, api: FakeApi) -> None:
        """Our own credentials are taken out of what a server says."""
        api.replies[f"GET {MAPS}"] = Reply(status=400, body="bad header: Bearer token-of-file")
        with pytest.raises(ClusterError) as caught:
            cluster.list(CONFIG_MAPS, "prod")
        assert "token-of-file" not in str(caught.value)


class TestRepeating:
    """What is asked again, and what never is."""

    @pytest.mark.parametrize("reply", [Reply(status=503), Reply(status=502), Reply(status=429), Reply(drops=True)])
    def test_a_read_is_repeated(self, cluster: Cluster, api: FakeApi, reply: Reply) -> None:
        """A server that is busy, or gone for a moment, is asked again."""
        api.replies[f"GET {MAPS}"] = [reply, reply, page("a")]
        assert 1 == len(cluster.list(CONFIG_MAPS, "prod").items)
        assert 3 == len(api.requests)

    def test_an_apply_is_repeated(self, cluster: Cluster, api: FakeApi) -> None:
        """An apply twice is the same as once."""
        api.replies["PATCH .*"] = [Reply(drops=True), Reply(status=503)]
        cluster.apply(config_map())
        assert 3 == len(api.changes)

    @pytest.mark.parametrize("reply", [Reply(status=503), Reply(drops=True)])
    def test_a_create_is_not_repeated(self, cluster: Cluster, api: FakeApi, reply: Reply) -> None:
        """It may have been carried out before its answer was lost."""
        cluster.capabilities()
        api.replies["POST .*"] = [reply]
        with pytest.raises(ClusterError):
            cluster.create(config_map())
        assert 1 == len(api.changes)

    def test_a_create_that_was_not_taken_in_is_repeated(self, cluster: Cluster, api: FakeApi) -> None:
        """429 says that the server did nothing."""
        api.replies["POST .*"] = [Reply(status=429, headers={"Retry-After": "1"})]
        cluster.create(config_map())
        assert 2 == len(api.changes)

    def test_it_ends(self, cluster: Cluster, api: FakeApi) -> None:
        """A server that stays away is an error after a few tries, which says what was asked."""
        api.replies[f"GET {MAPS}"] = Reply(status=503, body="no backend")
        with pytest.raises(ClusterError, match="listing configmaps in prod: the API server answered 503: no backend"):
            cluster.list(CONFIG_MAPS, "prod")
        assert module.ATTEMPTS == len(api.requests)

    def test_a_refusal_is_not_repeated(self, cluster: Cluster, api: FakeApi) -> None:
        """Asking again would not help."""
        api.replies[f"GET {MAPS}"] = Reply.failure(403, "Forbidden", "no")
        with pytest.raises(ClusterError):
            cluster.list(CONFIG_MAPS, "prod")
        assert 1 == len(api.requests)


class TestHostileAnswers:
    """Answers of servers that are none, or that mean harm."""

    @pytest.mark.parametrize(
        ("reply", "message"),
        [
            (Reply(body="<html>Log in</html>", content_type="text/html"), "is no JSON; is it an API server"),
            (Reply(body="[1]"), "is no object"),
            (Reply(body="[" * 200_000), "is no JSON"),
            (Reply(body=""), "is no JSON"),
            (Reply(body={"items": 7}), "not made as a Kubernetes API server makes it"),
            (Reply(body={"items": ["x"]}), "not made as a Kubernetes API server makes it"),
            (Reply(body={"items": [{}]}), "has no name"),
            (Reply(body={"items": [{"metadata": {"name": 7}}]}), "has no name"),
            (Reply(status=302, headers={"Location": "http://elsewhere.invalid/"}), "answers with a redirect"),
            (Reply(status=500, body={"message": ["x"], "details": 7, "reason": {}}), "refuses it|answered 500"),
            (Reply(status=422, body={"details": {"causes": "many"}}), "refuses it"),
        ],
    )
    def test_an_answer_that_makes_no_sense(self, cluster: Cluster, api: FakeApi, reply: Reply, message: str) -> None:
        """It is one clear error."""
        api.replies[f"GET {MAPS}"] = reply
        with pytest.raises(ClusterError, match=message):
            cluster.list(CONFIG_MAPS, "prod")

    def test_an_answer_without_end(self, cluster: Cluster, api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
        """More than the bound is not read."""
        monkeypatch.setattr(module, "LIMIT_BYTES", 1000)
        api.replies[f"GET {MAPS}"] = page(*(f"name-{number}" for number in range(100)))
        with pytest.raises(ClusterError, match="larger than"):
            cluster.list(CONFIG_MAPS, "prod")

    def test_a_page_of_a_proxy_is_shortened(self, cluster: Cluster, api: FakeApi) -> None:
        """One line says enough."""
        api.replies[f"GET {MAPS}"] = Reply(
            status=500, body=f"<html>\n{'Sorry. ' * 1000}</html>", content_type="text/html"
        )
        with pytest.raises(ClusterError) as caught:
            cluster.list(CONFIG_MAPS, "prod")
        assert 500 > len(str(caught.value))
        assert "\n" not in str(caught.value)

    def test_what_a_server_says_of_a_secret_is_withheld(self, cluster: Cluster, api: FakeApi) -> None:
        """The server quotes the value that it does not like; the field's path is enough."""
        packed = base64.b64encode(b"hunter2hunter2").decode()
        message = f'Secret "a" is invalid: data.password: Invalid value: "{packed}": too short'
        body = {
            "kind": "Status",
            "reason": "Invalid",
            "message": message,
            "details": {"causes": [{"field": "data.password", "message": f"Invalid value: {packed}"}]},
        }
        api.replies["PATCH .*"] = Reply(status=422, body=body)
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "prod"}}
        with pytest.raises(InvalidObjectError, match=r"Invalid at data\.password \(details are withheld") as caught:
            cluster.apply({**secret, "data": {"password": packed}})
        assert packed not in repr(caught.value)


class TestWatching:
    """Events until the time is up."""

    def watched(self, cluster: Cluster, **more: Any) -> list[tuple[str, str]]:
        """Return type and name of every event."""
        found = cluster.watch(CONFIG_MAPS, "prod", resource_version="41", timeout_seconds=5, **more)
        return [(each.type, str(each.body["metadata"].get("name", ""))) for each in found]

    def test_events_come_in_order(self, cluster: Cluster, api: FakeApi) -> None:
        """From the version asked for, bookmarks too, until the server ends it."""
        bookmark = {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "50"}}}
        api.replies["GET .*"] = events(
            {"type": "ADDED", "object": config_map("a")}, bookmark, {"type": "DELETED", "object": config_map("b")}
        )
        assert [("ADDED", "a"), ("BOOKMARK", ""), ("DELETED", "b")] == self.watched(cluster, label_selector="app=web")
        query = api.requests[0].query
        assert ("true", "41", "app=web") == (query["watch"], query["resourceVersion"], query["labelSelector"])

    def test_a_version_that_is_too_old(self, cluster: Cluster, api: FakeApi) -> None:
        """It comes as an event, or at once; both are an ExpiredError."""
        status = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}
        api.replies["GET .*"] = [events({"type": "ERROR", "object": status}), Reply(status=410, body=status)]
        for _ in range(2):
            with pytest.raises(ExpiredError, match="too old"):
                self.watched(cluster)

    @pytest.mark.parametrize("text", ["nonsense\n", "[1]\n", '{"type": "ADDED"}\n', '{"type": "ADDED", "object": 7}\n'])
    def test_an_event_that_makes_no_sense(self, cluster: Cluster, api: FakeApi, text: str) -> None:
        """It is one clear error."""
        api.replies["GET .*"] = Reply(body=text)
        with pytest.raises(ClusterError, match="watching configmaps in prod"):
            self.watched(cluster)

    def test_an_event_without_end(self, cluster: Cluster, api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
        """More than the bound is not kept."""
        monkeypatch.setattr(module, "LIMIT_BYTES", 1000)
        api.replies["GET .*"] = events({"type": "ADDED", "object": config_map("a", data={"k": "x" * 5000})})
        with pytest.raises(ClusterError, match="larger than"):
            self.watched(cluster)

    def test_a_connection_that_breaks(self, cluster: Cluster, api: FakeApi) -> None:
        """It is an error that the caller may watch on after."""
        api.replies["GET .*"] = Reply(drops=True)
        with pytest.raises(UnreachableError):
            self.watched(cluster)

    def test_a_kind_that_is_gone(self, cluster: Cluster, api: FakeApi) -> None:
        """Its CRD was removed."""
        api.replies["GET .*"] = Reply(status=404, body="404 page not found")
        with pytest.raises(NotFoundError):
            self.watched(cluster)

    def test_stopping_is_no_error(self, cluster: Cluster, api: FakeApi) -> None:
        """A broken connection after the stop is what was asked for."""
        stop = threading.Event()
        stop.set()
        api.replies["GET .*"] = Reply(body='{"type": "ADDED", "obj')
        assert [] == self.watched(cluster, stop=stop)
