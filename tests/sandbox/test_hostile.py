"""What comes over HTTP and means no good: it is refused or carried out, and the server goes on."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from helmlite.sandbox import Sandbox
from helmlite.sandbox.forms import Form
from helmlite.sandbox.recorded import registry
from helmlite.sandbox.store import HISTORY, Store
from helmlite.sandbox.watches import Wanted, Watches
from tests.contract.api import Api

MAPS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
PATIENCE_SECONDS = 5.0
"""What no request may take, on however slow a machine."""
MANY = 100_000


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Return a sandbox for all tests of this module."""
    with Sandbox() as made:
        yield made


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[Api]:
    """Return a connection to it; after each test it answers as before, and soon."""
    made = Api.of(str(sandbox.kubeconfig))
    started = time.monotonic()
    yield made
    made.get("/readyz").expect(200)
    assert time.monotonic() - started < PATIENCE_SECONDS
    made.delete(MAPS, fieldSelector="metadata.name!=kube-root-ca.crt").expect(200)


@pytest.fixture
def settings(api: Api) -> str:
    """Return the path of a ConfigMap."""
    api.post(MAPS, {"metadata": {"name": "settings"}, "data": {"a": "b"}}).expect(201)
    return f"{MAPS}/settings"


def named(text: str) -> bytes:
    """Return the JSON of a ConfigMap with something beside its name, given as JSON's text."""
    return b'{"metadata":{"name":"odd"},' + text.encode() + b"}"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(named('"data":' + "[" * MANY + "]" * MANY), 400, id="deep-lists"),
        pytest.param(named('"data":' + '{"a":' * MANY + "1" + "}" * MANY), 400, id="deep-mappings"),
        pytest.param(b"[" * MANY, 400, id="brackets-alone"),
        pytest.param(named('"data":{"a":"' + "x" * (4 << 20) + '"}'), 413, id="four-mebibytes"),
        pytest.param(b'{"metadata":{"name":"\xff\xfe"}}', 400, id="no-utf-8"),
        pytest.param(b'{"metadata":{"name":"\xed\xa0\x80"}}', 400, id="surrogate-in-utf-8"),
        pytest.param(named('"data":{"a":"\\ud800"}'), 201, id="surrogate-escaped"),
        pytest.param(b'{"metadata":{"name":"\\ud800"}}', 422, id="surrogate-as-name"),
        pytest.param(b'{"metadata":{"name":"a\\u0000b"}}', 422, id="nul-in-name"),
        pytest.param(named('"data":{"a":"\\u0000"}'), 201, id="nul-in-value"),
        pytest.param(named('"data":{"a":NaN}'), 400, id="no-number"),
        pytest.param(named('"x":1e999'), 400, id="infinity"),
        pytest.param(named('"x":' + "9" * 5000), 400, id="many-digits"),
        pytest.param(b"", 400, id="nothing"),
        pytest.param(b"null", 422, id="null"),
        pytest.param(b"[]", 400, id="a-list"),
        pytest.param(b'{"metadata":null}', 422, id="no-metadata"),
        pytest.param(b'{"metadata":[]}', 400, id="metadata-a-list"),
        pytest.param(b'{"metadata":{"name":[]}}', 400, id="name-a-list"),
        pytest.param(b'{"metadata":{"name":"odd","labels":["a"]}}', 400, id="labels-a-list"),
        pytest.param(b'{"metadata":{"name":"odd","ownerReferences":[null]}}', 422, id="owner-null"),
        pytest.param(b'{"metadata":{"name":"odd","managedFields":"x"}}', 400, id="managed-fields-text"),
        pytest.param(
            b'{"metadata":{"name":"odd","managedFields":[{"manager":"m","operation":"Apply","apiVersion":"v1",'
            b'"fieldsType":"FieldsV1","fieldsV1":{"f:data":{"k:[":{},"f:a":5}}}]}}',
            201,
            id="managed-fields-garbage",
        ),
        pytest.param(b'{"metadata":{"generateName":"' + b"a" * 300 + b'"}}', 201, id="long-name-to-be-made-up"),
        pytest.param(b'{"metadata":{"name":"' + b"a" * 300 + b'"}}', 422, id="long-name"),
        pytest.param(b'{"metadata":{"name":"../odd"}}', 422, id="name-that-climbs"),
        pytest.param(b'{"apiVersion":[],"kind":{},"metadata":{"name":"odd"}}', 400, id="kind-a-mapping"),
    ],
)
def test_a_body(api: Api, content: bytes, expected: int) -> None:
    """A body that is none is refused; what only looks odd is taken."""
    assert expected == api.request("POST", MAPS, content).status


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(OBJECT + BOMB, 400, id="aliases-of-aliases"),
        pytest.param(OBJECT + "data: &d {a: *d}\n", 400, id="alias-of-itself"),
        pytest.param(OBJECT.replace("}", ", labels: &l {a: b}, annotations: *l}"), 200, id="alias"),
        pytest.param("!!python/object/apply:os.system [id]", 400, id="tag"),
        pytest.param("[" * MANY, 400, id="brackets"),
        pytest.param("".join(f"{' ' * depth}a:\n" for depth in range(1000)), 400, id="deep"),
        pytest.param("? [a]\n: b\n", 400, id="list-as-key"),
        pytest.param("a: \0", 400, id="nul"),
    ],
)
def test_yaml(api: Api, settings: str, content: str, expected: int) -> None:
    """YAML that grows, calls or never ends is refused."""
    assert expected == api.apply(settings, content).status


@pytest.mark.parametrize(
    ("kind", "change", "expected"),
    [
        pytest.param(
            "json", [{"op": "copy", "from": "/data", "path": f"/data/{n}"} for n in range(60)], 422, id="copies"
        ),
        pytest.param("json", [{"op": "test", "path": "/data/a", "value": "b"}] * 10_001, 413, id="operations"),
        pytest.param("json", [{"op": "test", "path": "/" + "a/" * 5000, "value": 1}], 422, id="long-path"),
        pytest.param("json", [{"op": "move", "from": "/data", "path": "/data/a"}], 422, id="into-itself"),
        pytest.param("json", [{"op": [], "path": {}}], 422, id="operation-a-list"),
        pytest.param("json", [{"op": "replace", "path": "", "value": []}], 400, id="no-object"),
        pytest.param("json", [{"op": "replace", "path": "/metadata", "value": []}], 422, id="metadata-a-list"),
        pytest.param("merge", {"metadata": None}, 400, id="no-metadata"),
        pytest.param("merge", {"metadata": {"finalizers": [None]}}, 422, id="finalizer-null"),
        pytest.param("merge", {"kind": [], "apiVersion": {}}, 422, id="kind-a-list"),
        pytest.param("merge", {"metadata": {"uid": 5}}, 422, id="uid-a-number"),
        pytest.param("strategic", {"$patch": "replace"}, 400, id="replaced-by-nothing"),
        pytest.param("strategic", {"$retainKeys": 5}, 400, id="keys-a-number"),
    ],
)
def test_a_patch(api: Api, settings: str, kind: str, change: Any, expected: int) -> None:
    """A patch that cannot be done, or would make too much of little, changes nothing."""
    assert expected == api.patch(settings, change, kind).status
    assert {"a": "b"} == api.get(settings).expect(200)["data"]


@pytest.mark.parametrize(
    "change",
    [{"status": 5}, {"status": {"conditions": [5]}}, {"status": {"replicas": "x"}}, {"status": {"replicas": 2**40}}],
    ids=["number", "conditions", "text", "large"],
)
def test_a_status(api: Api, change: Any) -> None:
    """A status of wrong types is refused."""
    labels, container = {"app": "web"}, {"name": "web", "image": "x"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
    api.post(DEPLOYMENTS, {"metadata": {"name": "web"}, "spec": spec})
    assert 422 == api.patch(f"{DEPLOYMENTS}/web/status", change).status


@pytest.mark.parametrize(
    "asked",
    [{"gracePeriodSeconds": "x"}, {"preconditions": 5}, {"propagationPolicy": []}, {"orphanDependents": "x"}, []],
    ids=["grace", "preconditions", "policy", "orphans", "list"],
)
def test_options_of_a_deletion(api: Api, settings: str, asked: Any) -> None:
    """Options of wrong types are refused, and nothing deleted."""
    api.delete(settings, asked).expect(400)
    api.get(settings).expect(200)


@pytest.mark.parametrize("body", [{"metadata": 5}, {"spec": 5}, {"spec": {"replicas": "x"}}, []], ids=str)
def test_a_scale(api: Api, body: Any) -> None:
    """A Scale of wrong types is refused."""
    labels = {"app": "scaled"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "x"}]}}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
    api.post(DEPLOYMENTS, {"metadata": {"name": "scaled"}, "spec": spec})
    api.put(f"{DEPLOYMENTS}/scaled/scale", body).expect(400)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": -1}, 200),
        ({"limit": 10**20}, 400),
        ({"limit": "x"}, 400),
        ({"continue": "bnVsbA=="}, 400),
        ({"continue": "A" * 10_000}, 400),
        ({"resourceVersion": 10**25}, 400),
        ({"watch": True, "timeoutSeconds": "x"}, 400),
        ({"labelSelector": "(" * 10_000}, 400),
        ({"labelSelector": "a in " * 10_000}, 400),
        ({"labelSelector": "a= " * 10_000}, 400),
        ({"labelSelector": " " * 10_000}, 200),
        ({"labelSelector": "-" * 10_000}, 400),
        ({"labelSelector": "\0"}, 400),
        ({"fieldSelector": " " * 10_000}, 400),
        ({"fieldSelector": "a=b," * 5_000}, 400),
        ({"fieldSelector": "metadata.name=" + " " * 10_000 + "!"}, 200),
    ],
    ids=lambda each: (
        "".join(f"{key}={str(value)[:12]!r}" for key, value in each.items()) if isinstance(each, dict) else ""
    ),
)
def test_a_query(api: Api, query: dict[str, Any], expected: int) -> None:
    """A parameter that means nothing is refused at once, however long."""
    assert expected == api.get(MAPS, **query).status


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"{MAPS}/a%2Fb", 404),
        (f"{MAPS}/%2e%2e/secrets", 404),
        ("/api/v1/namespaces/a%2Fb/configmaps", 404),
        (f"{MAPS}/%00", 404),
        (f"{MAPS}/%ff%fe", 404),
        (f"{MAPS}/%zz", 404),
        (f"{MAPS}/%F0%9F%98%80", 404),
        (MAPS + "/a" * 5000, 404),
        (f"{MAPS}/{'a' * 50_000}", 404),
        ("/", 404),
    ],
    ids=lambda each: str(each)[-12:],
)
def test_a_path(api: Api, path: str, expected: int) -> None:
    """A path that leads nowhere is not found."""
    assert expected == api.get(path).status


def connection_of(sandbox: Sandbox) -> ssl.SSLSocket:
    """Return a connection to a sandbox, for what no library of HTTP would send."""
    authority = json.loads(sandbox.kubeconfig.read_bytes())["clusters"][0]["cluster"]["certificate-authority-data"]
    context = ssl.create_default_context(cadata=base64.b64decode(authority).decode())
    port = int(sandbox.url.rpartition(":")[2])
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=2), server_hostname="127.0.0.1")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"GET /readyz HTTP/1.1\r\nx: " + b"a" * (8 << 20), id="header-without-end"),
        pytest.param(b"GET /readyz HTTP/1.1\r\n" + b"a: b\r\n" * (1 << 20), id="headers-without-end"),
        pytest.param(b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", id="length-below-zero"),
        pytest.param(b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", id="two-lengths"),
        pytest.param(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", id="chunks"),
        pytest.param(b"\0\xff" * 5000, id="no-http"),
    ],
)
def test_what_is_no_request(api: Api, sandbox: Sandbox, content: bytes) -> None:
    """Who speaks no HTTP, or does not come to an end, is refused or cut off."""
    with connection_of(sandbox) as connection:
        answer = b""
        with suppress(ConnectionError, ssl.SSLError, BrokenPipeError):
            connection.sendall(content)
            answer = connection.recv(100)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    api.get("/readyz").expect(200)


def test_clients_that_say_nothing(api: Api, sandbox: Sandbox) -> None:
    """Connections on which nothing comes, or no handshake, keep nobody else out."""
    port = int(sandbox.url.rpartition(":")[2])
    waiting = [socket.create_connection(("127.0.0.1", port)) for _ in range(100)]
    waiting += [connection_of(sandbox) for _ in range(20)]
    api.get("/readyz").expect(200)
    for each in waiting:
        each.close()


def test_many_watches(api: Api) -> None:
    """A hundred watches are all told of a write."""
    watches = [api.watch(MAPS, fieldSelector="metadata.name=watched") for _ in range(100)]
    opened = [each.__enter__() for each in watches]
    api.post(MAPS, {"metadata": {"name": "watched"}}).expect(201)
    assert [[("ADDED", "watched")]] * 100 == [each.wait(1) and each.named() for each in opened]
    for each in watches:
        each.__exit__(None, None, None)


def test_a_watch_that_is_not_read_is_ended() -> None:
    """What waits for a client has an end: it gets so many events, and is to come again."""

    async def count() -> int:
        store = Store()
        watches = Watches(store)
        kind = registry().at("", "v1", "configmaps")
        assert kind is not None
        events = watches.events(
            Wanted(kind=kind, namespace=None, matches=lambda obj: True, form=Form(), revision=1), lambda: False
        )
        read = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        for number in range(3 * HISTORY):
            store.put("configmaps", {"metadata": {"namespace": "n", "name": f"m{number}"}})
        await read
        return 1 + len([each async for each in events])

    assert HISTORY + 1 == asyncio.run(count())


@pytest.mark.parametrize("policy", ["Foreground", "Background", "Orphan"])
def test_owners_in_a_circle(api: Api, policy: str) -> None:
    """Objects that own each other, and themselves, keep no controller busy when one is deleted."""
    uids = {}
    for name in ("a", "b"):
        uids[name] = api.post(MAPS, {"metadata": {"name": name}}).expect(201)["metadata"]["uid"]
    references = [
        {"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": uid, "blockOwnerDeletion": True}
        for name, uid in uids.items()
    ]
    for name in uids:
        api.patch(f"{MAPS}/{name}", {"metadata": {"ownerReferences": references}}).expect(200)
    api.delete(f"{MAPS}/a", {"propagationPolicy": policy}).expect(200)
    time.sleep(0.1)
    before = api.get(MAPS).expect(200)["metadata"]["resourceVersion"]
    time.sleep(0.2)
    assert before == api.get(MAPS).expect(200)["metadata"]["resourceVersion"]
    for name in uids:
        api.patch(f"{MAPS}/{name}", {"metadata": {"finalizers": None}})


def test_patterns_of_a_definition_take_no_time(api: Api) -> None:
    """A pattern that makes other engines try for years is checked in time."""
    pattern = {"type": "string", "pattern": "^(a+)+$"}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"text": pattern}}}
    spec = {
        "group": "hostile.example.org",
        "scope": "Namespaced",
        "names": {"plural": "slows", "singular": "slow", "kind": "Slow", "listKind": "SlowList"},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
    }
    api.post(DEFINITIONS, {"metadata": {"name": "slows.hostile.example.org"}, "spec": spec}).expect(201)
    body = {"apiVersion": "hostile.example.org/v1", "kind": "Slow", "metadata": {"name": "x"}, "text": "a" * MANY + "!"}
    path = "/apis/hostile.example.org/v1/namespaces/default/slows"
    assert 422 == api.eventually(lambda: (found := api.post(path, body).status) != 404 and found)
