"""Who may do what: roles, impersonation, tokens of service accounts, and reviews of access."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.api import Api

pytestmark = pytest.mark.cluster
RBAC = "rbac.authorization.k8s.io/v1"
READER = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}


def grant(api: Api, user: str, *rules: dict[str, Any]) -> None:
    """Give a user a role with these rules in the namespace."""
    api.post(api.path(RBAC, "roles"), {"metadata": {"name": user}, "rules": list(rules)}).expect(201)
    subject = {"kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io"}
    bind(api, "Role", user, subject)


def bind(api: Api, kind: str, role: str, *subjects: dict[str, Any]) -> None:
    """Bind a role to subjects in the namespace."""
    body = {
        "metadata": {"name": f"to-{role}"},
        "roleRef": {"kind": kind, "name": role, "apiGroup": "rbac.authorization.k8s.io"},
        "subjects": list(subjects),
    }
    api.post(api.path(RBAC, "rolebindings"), body).expect(201)


def allowed(api: Api, path: str) -> bool:
    """Return whether a path can be read."""
    return api.get(path).status == 200


@pytest.fixture
def cluster_role(api: Api) -> Iterator[Callable[..., str]]:
    """Return a function that makes a ClusterRole of rules and returns its name."""
    made: list[str] = []

    def create(*rules: dict[str, Any], **more: Any) -> str:
        name = f"fact-{uuid.uuid4().hex[:8]}"
        metadata = {"name": name, **more.pop("metadata", {})}
        path = api.path(RBAC, "clusterroles", namespace="")
        api.post(path, {"metadata": metadata, "rules": list(rules), **more}).expect(201)
        made.append(name)
        return name

    yield create
    for name in made:
        api.delete(api.path(RBAC, "clusterroles", name, namespace=""))


def test_without_a_token_there_is_no_answer(api: Api) -> None:
    """An unknown token is 401 Unauthorized."""
    refused = api.with_token("nonsense").get(api.path("v1", "configmaps")).expect(401)
    assert ("Unauthorized", "Unauthorized", 401) == (refused["message"], refused["reason"], refused["code"])


@pytest.mark.parametrize("path", ["/version", "/healthz", "/readyz", "/livez"])
def test_some_paths_need_no_token(api: Api, path: str) -> None:
    """Version and health are told to anybody."""
    assert 200 == api.with_token("").get(path).status


def test_a_stranger_may_nothing(api: Api) -> None:
    """A user without roles is forbidden, in the server's words."""
    refused = api.acting_as("ada").get(api.path("v1", "configmaps")).expect(403)
    said = (
        'configmaps is forbidden: User "ada" cannot list resource "configmaps" in API group "" '
        f'in the namespace "{api.namespace}"'
    )
    assert (said, "Forbidden", {"kind": "configmaps"}) == (refused["message"], refused["reason"], refused["details"])


def test_a_refusal_names_the_object(api: Api) -> None:
    """Reading one object that one may not read names it."""
    refused = api.acting_as("ada").get(api.path("apps/v1", "deployments", "web")).expect(403)
    said = (
        'deployments.apps "web" is forbidden: User "ada" cannot get resource "deployments" in API group "apps" '
        f'in the namespace "{api.namespace}"'
    )
    assert said == refused["message"]
    assert {"name": "web", "group": "apps", "kind": "deployments"} == refused["details"]


def test_a_refusal_at_the_cluster_scope(api: Api) -> None:
    """Cluster-scoped kinds are refused at the cluster scope."""
    refused = api.acting_as("ada").get("/api/v1/nodes").expect(403)
    assert 'User "ada" cannot list resource "nodes" in API group "" at the cluster scope' in refused["message"]


def test_a_subresource_is_named(api: Api) -> None:
    """A subresource that one may not reach is named as resource/subresource."""
    refused = api.acting_as("ada").get(api.path("v1", "pods", "web", "log")).expect(403)
    assert 'cannot get resource "pods/log" in API group ""' in refused["message"]


def test_a_role_allows_what_it_says(api: Api) -> None:
    """A role bound to a user allows its verbs on its resources."""
    grant(api, "ada", READER)
    api.eventually(lambda: allowed(api.acting_as("ada"), api.path("v1", "configmaps")))


@pytest.mark.parametrize("path", ["secrets", "services"])
def test_a_role_allows_nothing_else(api: Api, path: str) -> None:
    """A role allows no other resource."""
    grant(api, "ada", READER)
    api.eventually(lambda: allowed(api.acting_as("ada"), api.path("v1", "configmaps")))
    api.acting_as("ada").get(api.path("v1", path)).expect(403)


def test_a_role_allows_no_other_verb(api: Api) -> None:
    """A role that reads does not write."""
    grant(api, "ada", READER)
    api.eventually(lambda: allowed(api.acting_as("ada"), api.path("v1", "configmaps")))
    refused = api.acting_as("ada").post(api.path("v1", "configmaps"), {"metadata": {"name": "a"}}).expect(403)
    assert 'cannot create resource "configmaps"' in refused["message"]


def test_a_role_holds_in_its_namespace(api: Api) -> None:
    """A role of one namespace says nothing of another."""
    grant(api, "ada", READER)
    api.eventually(lambda: allowed(api.acting_as("ada"), api.path("v1", "configmaps")))
    api.acting_as("ada").get(api.path("v1", "configmaps", namespace="default")).expect(403)


def test_a_role_can_be_for_named_objects(api: Api) -> None:
    """With resourceNames, only these objects may be read."""
    for name in ("mine", "yours"):
        api.post(api.path("v1", "configmaps"), {"metadata": {"name": name}}).expect(201)
    grant(api, "ada", {**READER, "verbs": ["get"], "resourceNames": ["mine"]})
    api.eventually(lambda: allowed(api.acting_as("ada"), api.path("v1", "configmaps", "mine")))
    api.acting_as("ada").get(api.path("v1", "configmaps", "yours")).expect(403)


def test_a_role_is_for_a_group_of_kinds(api: Api) -> None:
    """A rule for one API group says nothing of a resource of the same name in another."""
    grant(api, "ada", READER, {"apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["list"]})
    api.eventually(lambda: allowed(api.acting_as("ada"), api.path("events.k8s.io/v1", "events")))
    api.acting_as("ada").get(api.path("v1", "events")).expect(403)


def test_a_role_names_subresources(api: Api) -> None:
    """Who may read pods may not read their logs; that is a resource of its own."""
    grant(api, "ada", {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]})
    grant(api, "bob", {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]})
    paths = api.path("v1", "pods", "none"), api.path("v1", "pods", "none", "log")
    found = {user: tuple(api.acting_as(user).get(path).status for path in paths) for user in ("ada", "bob")}
    assert {"ada": (404, 403), "bob": (403, 404)} == found


def test_a_group_can_be_bound(api: Api) -> None:
    """A binding to a group holds for its members."""
    api.post(api.path(RBAC, "roles"), {"metadata": {"name": "r"}, "rules": [READER]}).expect(201)
    bind(api, "Role", "r", {"kind": "Group", "name": "crew", "apiGroup": "rbac.authorization.k8s.io"})
    api.eventually(lambda: allowed(api.acting_as("ada", "crew"), api.path("v1", "configmaps")))
    api.acting_as("ada", "others").get(api.path("v1", "configmaps")).expect(403)


def test_a_cluster_role_can_be_bound_in_a_namespace(api: Api) -> None:
    """The role ``view`` lets its user read, and not the Secrets."""
    bind(api, "ClusterRole", "view", {"kind": "User", "name": "ada", "apiGroup": "rbac.authorization.k8s.io"})
    api.eventually(lambda: allowed(api.acting_as("ada"), api.path("apps/v1", "deployments")))
    api.acting_as("ada").get(api.path("v1", "secrets")).expect(403)


@pytest.mark.parametrize(("role", "may"), [("edit", False), ("admin", True)])
def test_who_may_give_roles(api: Api, role: str, may: bool) -> None:
    """The role ``admin`` may read roles, ``edit`` may not."""
    bind(api, "ClusterRole", role, {"kind": "User", "name": "ada", "apiGroup": "rbac.authorization.k8s.io"})
    api.eventually(lambda: allowed(api.acting_as("ada"), api.path("v1", "secrets")))
    assert may is allowed(api.acting_as("ada"), api.path(RBAC, "roles"))


def test_rules_are_aggregated(api: Api, cluster_role: Callable[..., str]) -> None:
    """A ClusterRole with an aggregation rule gets the rules of the roles that it selects."""
    label = f"fact/{uuid.uuid4().hex[:8]}"
    part = cluster_role(READER, metadata={"labels": {label: "true"}})
    whole = cluster_role(aggregationRule={"clusterRoleSelectors": [{"matchLabels": {label: "true"}}]})
    assert part != whole
    path = api.path(RBAC, "clusterroles", whole, namespace="")
    api.eventually(lambda: [READER] == api.get(path).body.get("rules"))


def test_a_service_account_has_a_token(api: Api) -> None:
    """A token that is asked for says who it is, and gets what is bound to the account."""
    api.post(api.path("v1", "serviceaccounts"), {"metadata": {"name": "robot"}}).expect(201)
    asked = api.post(api.path("v1", "serviceaccounts", "robot", "token"), {"spec": {"expirationSeconds": 600}})
    token = asked.expect(201)["status"]["token"]
    robot = api.with_token(token)
    refused = robot.get(api.path("v1", "configmaps")).expect(403)
    assert f'User "system:serviceaccount:{api.namespace}:robot" cannot list' in refused["message"]
    api.post(api.path(RBAC, "roles"), {"metadata": {"name": "r"}, "rules": [READER]}).expect(201)
    bind(api, "Role", "r", {"kind": "ServiceAccount", "name": "robot", "namespace": api.namespace})
    api.eventually(lambda: allowed(robot, api.path("v1", "configmaps")))


def test_a_token_is_signed(api: Api) -> None:
    """The signature of one account's token does not make another's good."""
    path = api.path("v1", "serviceaccounts")
    api.post(path, {"metadata": {"name": "robot"}}).expect(201)
    mine, other = (
        api.post(f"{path}/{each}/token", {"spec": {}}).expect(201)["status"]["token"].split(".")
        for each in ("default", "robot")
    )
    assert 401 == api.with_token(".".join((*other[:2], mine[2]))).get(api.path("v1", "configmaps")).status


def test_the_token_of_an_account_that_is_gone(api: Api) -> None:
    """The token of a deleted service account is worth nothing."""
    path = api.path("v1", "serviceaccounts")
    api.post(path, {"metadata": {"name": "robot"}}).expect(201)
    token = api.post(f"{path}/robot/token", {"spec": {}}).expect(201)["status"]["token"]
    api.delete(f"{path}/robot").expect(200)
    api.eventually(lambda: 401 == api.with_token(token).get(api.path("v1", "configmaps")).status)


def test_a_service_account_can_be_impersonated(api: Api) -> None:
    """Acting as a service account brings its groups."""
    account = f"system:serviceaccount:{api.namespace}:default"
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    found = api.acting_as(account).post(path, {}).expect(201)["status"]["userInfo"]
    groups = ["system:serviceaccounts", f"system:serviceaccounts:{api.namespace}", "system:authenticated"]
    assert (account, groups) == (found["username"], found["groups"])


def test_who_am_i(api: Api) -> None:
    """A SelfSubjectReview tells user and groups."""
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    found = api.acting_as("ada", "crew").post(path, {}).expect(201)["status"]["userInfo"]
    assert ("ada", ["crew", "system:authenticated"]) == (found["username"], found["groups"])


def test_only_some_may_impersonate(api: Api) -> None:
    """Impersonation needs to be allowed itself."""
    path = api.path("v1", "serviceaccounts", "default", "token")
    token = api.post(path, {"spec": {}}).expect(201)["status"]["token"]
    refused = api.with_token(token).acting_as("ada").get(api.path("v1", "configmaps")).expect(403)
    who = f"system:serviceaccount:{api.namespace}:default"
    assert f'User "{who}" cannot impersonate-on:user-info:list resource "configmaps"' in refused["message"]


@pytest.mark.parametrize(("verb", "may"), [("get", True), ("delete", False)])
def test_a_self_review_tells_what_one_may(api: Api, verb: str, may: bool) -> None:
    """A SelfSubjectAccessReview answers whether the asking user may do something."""
    grant(api, "ada", READER)
    ada = api.acting_as("ada")
    api.eventually(lambda: allowed(ada, api.path("v1", "configmaps")))
    asked = {"spec": {"resourceAttributes": {"namespace": api.namespace, "verb": verb, "resource": "configmaps"}}}
    status = ada.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", asked).expect(201)["status"]
    assert may is status["allowed"]


def test_a_review_of_somebody_else(api: Api) -> None:
    """A SubjectAccessReview answers for another user."""
    wanted = {"namespace": api.namespace, "verb": "get", "resource": "pods"}
    asked = {"spec": {"user": "ada", "resourceAttributes": wanted}}
    status = api.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", asked).expect(201)["status"]
    assert False is status["allowed"]


@pytest.mark.parametrize(("path", "may"), [("/healthz", True), ("/metrics", False)])
def test_a_review_of_a_path(api: Api, path: str, may: bool) -> None:
    """Anybody may ask for the server's health, and not for its measures."""
    asked = {"spec": {"nonResourceAttributes": {"verb": "get", "path": path}}}
    reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    assert may is api.acting_as("ada").post(reviews, asked).expect(201)["status"]["allowed"]


def test_the_kubeconfigs_user_may_everything(api: Api) -> None:
    """The user of the kubeconfig may do anything."""
    asked = {"spec": {"resourceAttributes": {"verb": "*", "resource": "*", "group": "*"}}}
    status = api.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", asked).expect(201)["status"]
    assert True is status["allowed"]


def test_the_rules_of_a_namespace(api: Api) -> None:
    """A SelfSubjectRulesReview lists what the asking user may do in a namespace."""
    grant(api, "ada", READER)
    ada = api.acting_as("ada")
    api.eventually(lambda: allowed(ada, api.path("v1", "configmaps")))
    path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
    status = ada.post(path, {"spec": {"namespace": api.namespace}}).expect(201)["status"]
    assert READER["verbs"] in [each["verbs"] for each in status["resourceRules"] if each["resources"] == ["configmaps"]]


def test_nobody_gives_more_than_they_have(api: Api) -> None:
    """A role with more than its author may is refused."""
    grant(api, "ada", READER, {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles"], "verbs": ["create"]})
    ada = api.acting_as("ada")
    api.eventually(lambda: allowed(ada, api.path("v1", "configmaps")))
    more = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
    refused = ada.post(api.path(RBAC, "roles"), {"metadata": {"name": "more"}, "rules": [more]}).expect(403)
    assert "is attempting to grant RBAC permissions not currently held" in refused["message"]
    ada.post(api.path(RBAC, "roles"), {"metadata": {"name": "same"}, "rules": [READER]}).expect(201)


def test_deleting_a_binding_takes_the_right_away(api: Api) -> None:
    """What a binding gave is gone with it."""
    grant(api, "ada", READER)
    ada = api.acting_as("ada")
    api.eventually(lambda: allowed(ada, api.path("v1", "configmaps")))
    api.delete(api.path(RBAC, "rolebindings", "to-ada")).expect(200)
    api.eventually(lambda: not allowed(ada, api.path("v1", "configmaps")))


def test_a_token_review_tells_whose_it_is(api: Api) -> None:
    """A TokenReview says whether a token is good, and whose."""
    path = "/apis/authentication.k8s.io/v1/tokenreviews"
    token = api.post(api.path("v1", "serviceaccounts", "default", "token"), {"spec": {}}).expect(201)["status"]["token"]
    status = api.post(path, {"spec": {"token": token}}).expect(201)["status"]
    assert (True, f"system:serviceaccount:{api.namespace}:default") == (
        status["authenticated"],
        status["user"]["username"],
    )
    status = api.post(path, {"spec": {"token": "nonsense"}}).expect(201)["status"]
    assert not status.get("authenticated")
    assert status["error"]


@pytest.mark.parametrize("how", ["apply", "put"])
def test_who_changes_may_not_create(api: Api, how: str) -> None:
    """An apply, or a PUT, that would create an object needs the verb create too."""
    grant(api, "ada", {"apiGroups": [""], "resources": ["services"], "verbs": ["get", "patch", "update"]})
    ada, path = api.acting_as("ada"), api.path("v1", "services", "a")
    api.eventually(lambda: ada.get(path).status == 404)
    body = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": [{"port": 80}]}}
    refused = (ada.apply(path, body) if how == "apply" else ada.put(path, body)).expect(403)
    said = f'User "ada" cannot create resource "services" in API group "" in the namespace "{api.namespace}"'
    assert f'services "a" is forbidden: {said}' == refused["message"]


@pytest.mark.parametrize(
    ("selector", "status"), [("metadata.name=a", 200), ("metadata.name==a,type=Opaque", 200), ("metadata.name!=a", 403)]
)
def test_a_list_of_one_name_is_of_that_object(api: Api, selector: str, status: int) -> None:
    """Who may list an object by its name may list what is selected by that name alone."""
    rule = {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["a"], "verbs": ["get", "list"]}
    grant(api, "ada", rule)
    ada, path = api.acting_as("ada"), api.path("v1", "secrets")
    api.eventually(lambda: ada.get(f"{path}/a").status == 404)
    assert status == ada.get(path, fieldSelector=selector).status


def test_impersonation_gives_more_than_a_name(api: Api) -> None:
    """A uid and extra values can be impersonated; names of extra values are in lower case, their escapes undone."""
    headers = {"Impersonate-Uid": "7", "Impersonate-Extra-Example.com%2FTeam": "red", "Impersonate-User": "ada"}
    kind = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    found = api.request("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", kind, headers=headers).expect(201)
    user = found["status"]["userInfo"]
    assert ("ada", "7", {"example.com/team": ["red"]}) == (user["username"], user["uid"], user["extra"])


@pytest.mark.parametrize("header", ["Impersonate-Uid", "Impersonate-Group", "Impersonate-Extra-team"])
def test_impersonation_names_a_user(api: Api, header: str) -> None:
    """Impersonation without a user's name is 400."""
    assert 400 == api.request("GET", api.path("v1", "configmaps"), headers={header: "x"}).status


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (300, "may not specify a duration less than 10 minutes"),
        (2**33, "may not specify a duration larger than 2^32 seconds"),
    ],
    ids=["short", "long"],
)
def test_a_token_lasts_ten_minutes_at_least(api: Api, seconds: int, said: str) -> None:
    """A token of too short or too long a life is 422."""
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": seconds}}
    refused = api.post(api.path("v1", "serviceaccounts", "default", "token"), body)
    start = 'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: '
    assert (422, f"{start}{seconds}: {said}") == (refused.status, refused.message)


@pytest.mark.parametrize(("wanted", "known"), [(["here"], True), (["there"], None), ([], None)])
def test_a_token_review_asks_for_audiences(api: Api, wanted: list[str], known: bool | None) -> None:
    """A token is known to those whom it was issued for, by default the server."""
    version = "authentication.k8s.io/v1"
    body = {"apiVersion": version, "kind": "TokenRequest", "spec": {"audiences": ["here"]}}
    token = api.post(api.path("v1", "serviceaccounts", "default", "token"), body).expect(201)["status"]["token"]
    review = {"apiVersion": version, "kind": "TokenReview", "spec": {"token": token, "audiences": wanted}}
    found = api.post(f"/apis/{version}/tokenreviews", review).expect(201)["status"]
    assert (known, ["here"] if known else None) == (found.get("authenticated"), found.get("audiences"))
