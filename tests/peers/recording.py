"""Record what the sandbox takes over from a real API server: helmlite/sandbox/kubernetes.json.gz.

    record-api --kubeconfig FILE            record that server's version, discovery, schemas and default objects
    record-api --kubeconfig FILE --modules 0.36.3 --out FILE

The numbers of protobuf fields are no part of what a server tells. They are read from the `generated.proto` files of
Kubernetes' own Go modules, which `go mod download` fetches when they are not there; `--modules` is their version.
The same server and modules give the same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.contract.api import Api

HERE = Path(__file__).resolve().parent
SHIPPED = HERE.parents[1] / "helmlite" / "sandbox" / "kubernetes.json.gz"
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
MODULES = ("k8s.io/api", "k8s.io/apimachinery", "k8s.io/apiextensions-apiserver", "k8s.io/kube-aggregator")
ROLES = (
    *("cluster-admin", "admin", "edit", "view"),
    *("system:aggregate-to-admin", "system:aggregate-to-edit", "system:aggregate-to-view"),
    *("system:basic-user", "system:discovery", "system:public-info-viewer", "system:service-account-issuer-discovery"),
)
DEFAULTS = (
    *(f"/api/v1/namespaces/{each}" for each in ("default", "kube-node-lease", "kube-public", "kube-system")),
    "/api/v1/namespaces/default/services/kubernetes",
    "/apis/scheduling.k8s.io/v1/priorityclasses/system-cluster-critical",
    "/apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical",
)
SECURE_PORT = 6443


def built_in(api: Api) -> set[str]:
    """Return the group versions that the server serves itself: no other server's, no CRD's."""
    services = api.get("/apis/apiregistration.k8s.io/v1/apiservices").expect(200)["items"]
    label = "kube-aggregator.kubernetes.io/automanaged"
    own = [each["spec"] for each in services if each["metadata"].get("labels", {}).get(label) == "onstart"]
    return {f"{each['group']}/{each['version']}" if each.get("group") else each["version"] for each in own}


def discovery(api: Api, path: str, served: set[str]) -> dict[str, Any]:
    """Return the aggregated discovery of /api or /apis, without what the server does not serve itself."""
    found = api.request("GET", path, accept=AGGREGATED).expect(200)
    groups = []
    for group in found["items"]:
        name = group["metadata"].get("name", "")
        versions = [each for each in group["versions"] if f"{name}/{each['version']}".lstrip("/") in served]
        if versions:
            groups.append({"metadata": {"name": name} if name else {}, "versions": versions})
    return {**found, "items": groups}


def without_descriptions(schema: Any) -> Any:
    """Return a schema without its descriptions; a property of that name stays."""
    if isinstance(schema, list):
        return [without_descriptions(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: without_descriptions(each) for name, each in value.items()}
        if key == "properties"
        else without_descriptions(value)
        for key, value in schema.items()
        if key not in ("description", "example")
    }


def schemas(api: Api, served: set[str]) -> dict[str, Any]:
    """Return the OpenAPI v3 schemas of all types, by name."""
    found: dict[str, Any] = {}
    for path, where in api.get("/openapi/v3").expect(200)["paths"].items():
        if path.removeprefix("apis/").removeprefix("api/") in served:
            document = api.get(where["serverRelativeURL"]).expect(200)
            found |= without_descriptions(document.get("components", {}).get("schemas", {}))
    return found


def names_of_kinds(types: Mapping[str, Any]) -> dict[str, str]:
    """Return the type's name for each ``group/version/Kind`` (``v1/Pod``) that has one type of its own."""
    found = {}
    for name, schema in types.items():
        listed = schema.get("x-kubernetes-group-version-kind", [])
        for each in listed:
            version = f"{each['group']}/{each['version']}".lstrip("/")
            if len(listed) == 1 or version == "v1":
                found[f"{version}/{each['kind']}"] = name
    return found


def proto_files(version: str) -> Iterator[Path]:
    """Yield the ``generated.proto`` files of Kubernetes' modules, fetched when they are not there."""
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "go.mod").write_text("module recording\n")
        wanted = [f"{each}@v{version}" for each in MODULES]
        done = subprocess.run(
            ["go", "mod", "download", "-json", *wanted], cwd=scratch, stdout=subprocess.PIPE, text=True, check=True
        )
    decoder, rest = json.JSONDecoder(), done.stdout.lstrip()
    while rest:
        module, end = decoder.raw_decode(rest)
        rest = rest[end:].lstrip()
        yield from sorted(Path(module["Dir"]).rglob("generated.proto"))


def read_proto(file: Path) -> Iterator[tuple[str, dict[str, tuple[str, str]]]]:
    """Yield each message: the name its type has in OpenAPI, and number -> (field's name, type's name in OpenAPI).

    Where Go has a pointer, so that zero is another value than none, the field's name is preceded by ``*``.
    """
    text = file.read_text()
    match = re.search(r"^package ([\w.]+);", text, re.MULTILINE)
    package = match[1] if match else ""
    pointers = set(read_pointers(file.parent))
    for name, body in re.findall(r"^message (\w+) \{(.*?)^\}", text, re.MULTILINE | re.DOTALL):
        fields = re.findall(r"^\s*(?:optional|repeated|map<\w+,)\s*([\w.]+)>?\s+(\w+) = (\d+)", body, re.MULTILINE)
        yield (
            openapi_name(f".{package}.{name}"),
            {
                number: (
                    "*" * ((name, number) in pointers) + field,
                    openapi_name(kind if "." in kind else f".{package}.{kind}"),
                )
                for kind, field, number in fields
            },
        )


def read_pointers(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield type and protobuf number of each field that is a pointer in the Go package of a folder."""
    for path in sorted(folder.glob("*.go")):
        for name, body in re.findall(r"^type (\w+) struct \{(.*?)^\}", path.read_text(), re.MULTILINE | re.DOTALL):
            yield from (
                (name, number) for number in re.findall(r'^\s*\w+\s+\*.*protobuf:"\w+,(\d+)', body, re.MULTILINE)
            )


def openapi_name(proto_name: str) -> str:
    """Return ``io.k8s.api.core.v1.Pod`` for ``.k8s.io.api.core.v1.Pod``."""
    package, _, name = proto_name.lstrip(".").replace("k8s.io.", "io.k8s.", 1).rpartition(".")
    return f"{package.replace('_', '-')}.{name}"


def messages(files: Iterable[Path], types: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of each type, by number: a name, or the fields of an embedded struct, inline in JSON."""
    read = {name: fields for file in files for name, fields in read_proto(file)}

    def fields_of(name: str, properties: Mapping[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for number, (field, kind) in read[name].items():
            if spelled(field) in properties:
                found[number] = "*" * field.startswith("*") + properties[spelled(field)]
            elif properties and kind in read:
                found[number] = fields_of(kind, properties)
        return found

    return {
        name: fields_of(name, {spelled(each): each for each in types[name].get("properties", {})})
        for name in types
        if name in read
    }


def spelled(name: str) -> str:
    """Return letters and digits of a field's name: ``x-kubernetes-list-type`` is xKubernetesListType, ``$ref`` ref."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def stored(api: Api, path: str) -> dict[str, Any]:
    """Return an object as a fresh server makes it by itself, without what differs between servers."""
    found: dict[str, Any] = api.get(path).expect(200)
    for key in ("uid", "resourceVersion", "creationTimestamp", "managedFields"):
        found["metadata"].pop(key, None)
    for port in found.get("spec", {}).get("ports", ()):
        port["targetPort"] = SECURE_PORT
    return found


def roles(api: Api) -> list[dict[str, Any]]:
    """Return the ClusterRoles that users meet, aggregated, and their bindings."""
    start = "/apis/rbac.authorization.k8s.io/v1"
    made = [stored(api, f"{start}/clusterroles/{each}") for each in ROLES]
    bound = [each["metadata"]["name"] for each in api.get(f"{start}/clusterrolebindings").expect(200)["items"]]
    return made + [stored(api, f"{start}/clusterrolebindings/{each}") for each in ROLES if each in bound]


def record(api: Api, version: str) -> dict[str, Any]:
    """Return all that is recorded of a server, with the protobuf fields of the modules of a version."""
    served = built_in(api)
    types = schemas(api, served)
    return {
        "version": api.get("/version").expect(200),
        "discovery": {"core": discovery(api, "/api", served), "apis": discovery(api, "/apis", served)},
        "schemas": types,
        "gvks": names_of_kinds(types),
        "messages": messages(proto_files(version), types),
        "bootstrap": [*(stored(api, each) for each in DEFAULTS), *roles(api)],
    }


def packed(found: Mapping[str, Any]) -> bytes:
    """Return the file's bytes, the same for the same content."""
    text = json.dumps(found, sort_keys=True, separators=(",", ":"))
    return gzip.compress(text.encode(), 9, mtime=0)


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        prog="record-api", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kubeconfig", required=True, help="of the server, which should be a fresh one")
    parser.add_argument("--modules", help="version of Kubernetes' Go modules; without it, the server's")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="file to write; without it, the shipped one")
    chosen = parser.parse_args()
    api = Api.of(chosen.kubeconfig)
    own = str(api.get("/version").expect(200)["gitVersion"]).removeprefix("v1.").partition("+")[0]
    content = packed(record(api, chosen.modules or f"0.{own}"))
    chosen.out.write_bytes(content)
    print(f"{chosen.out}: {len(content)} bytes")
