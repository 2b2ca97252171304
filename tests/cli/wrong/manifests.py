"""Templates that render to what is no Kubernetes object."""

from __future__ import annotations

from tests.cli.wrong.case import Case

INSTALL = "install web chart"
AT = "web/templates/more.yaml"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: more}\nstringData:\n"
HOOK = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: more\n  annotations:\n    helm.sh/hook: {}\n"


def rendered(text: str, run: str = INSTALL, at: str = AT) -> Case:
    """Return the case of a chart that renders ``text`` beside its sound objects."""
    return Case(run=run, files={"chart/templates/more.yaml.j2": text}, at=at)


def config_map(metadata: str, rest: str = "") -> str:
    """Return a ConfigMap with this metadata in flow style."""
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{{metadata}}}\n{rest}"


CASES = {
    "rendered-bad-yaml": rendered("a: 1\nb: [\n  c: d\n", at="j2:2"),
    "rendered-bad-yaml-of-secret": rendered(SECRET + "  password: '{{ values.auth.password | raw }}\n"),
    "rendered-secret-like-a-tag": rendered(
        SECRET + "  password: !{{ values.auth.password | raw }}\n",
        at="line 5",
    ),
    "rendered-secret-like-an-alias": rendered(
        SECRET + "  password: *{{ values.auth.password | raw }}\n",
        at="line 5",
    ),
    "rendered-bad-yaml-in-second-document": rendered(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\na: 'b\n", at="more.yaml.j2:"
    ),
    "rendered-duplicate-key": rendered(
        config_map("name: more", "data:\n  token: {{ values.api.token }}\n  token: x\n")
    ),
    "rendered-list": rendered("- {{ values.auth.password }}\n"),
    "rendered-text": rendered("{{ values.auth.password }}\n"),
    "rendered-without-kind": rendered("apiVersion: v1\nmetadata: {name: more}\n"),
    "rendered-without-api-version": rendered("kind: ConfigMap\nmetadata: {name: more}\n"),
    "rendered-without-metadata": rendered("apiVersion: v1\nkind: ConfigMap\n"),
    "rendered-without-name": rendered(config_map("labels: {a: b}")),
    "rendered-empty-name": rendered(config_map("name: ''")),
    "rendered-name-is-a-number": rendered(config_map("name: 1234")),
    "rendered-name-is-a-path": rendered(config_map("name: ../more")),
    "rendered-namespace-is-a-path": rendered(config_map("name: more, namespace: ../kube-system")),
    "rendered-generate-name": rendered(config_map("generateName: more-")),
    "rendered-label-is-a-number": rendered(config_map("name: more, labels: {version: 1.27}")),
    "rendered-annotation-is-a-boolean": rendered(config_map("name: more, annotations: {keep: yes}")),
    "rendered-labels-no-mapping": rendered(config_map("name: more, labels: [a, b]")),
    "rendered-twice": rendered(config_map("name: web", "data: {a: b}\n"), at="web/templates/web.yaml"),
    "rendered-unknown-kind": rendered("apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: more}\n"),
    "rendered-unknown-kinds": rendered(
        "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\n---\n"
        "apiVersion: apps/v1\nkind: Deploiment\nmetadata: {name: b}\n",
        at="more.yaml.j2:",
    ),
    "rendered-list-of-items-bad": rendered("apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Pod}]\n"),
    "rendered-list-without-list": rendered("apiVersion: v1\nkind: List\nitems: {a: b}\n"),
    "rendered-secret-data-is-a-number": rendered(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: more}\nstringData:\n  pin: 1234\n"
    ),
    "rendered-secret-data-no-mapping": rendered(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: more}\ndata: ['@DATA64@']\n"
    ),
    "rendered-secret-data-no-base64": rendered(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: more}\ndata:\n  password: '@PASSWORD@!'\n"
    ),
    "rendered-nested-without-measure": rendered("a: {{ ('[' * 10000 ~ ']' * 10000) | raw }}\n"),
    "rendered-hook-event-unknown": rendered(HOOK.format("pre-instal")),
    "rendered-hook-event-of-another-kind": rendered(HOOK.format("before-everything")),
    "rendered-hook-without-event": rendered(HOOK.format("','")),
    "rendered-template-command": rendered("a: [\n", run="template web chart"),
    "rendered-dry-run": rendered("a: [\n", run="install web chart --dry-run=client"),
}
