"""Kubeconfigs at fault, servers that refuse or answer nonsense, and releases that are not as one thinks."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from helmlite.manifest.identity import ReleaseId
from helmlite.release.codec import to_secret
from helmlite.release.release import ChartRecord, Revision, Status
from tests.cli.wrong.case import Case, Text
from tests.fake_api import FakeApi, Reply

INSTALL = "install web chart"
NOWHERE: Mapping[str, str | None] = {"KUBECONFIG": "nowhere", "KUBERNETES_SERVICE_HOST": None}
MANIFEST = """\
---
# Source: web/templates/web.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
"""
Setup = Callable[[FakeApi], None]


def revision(number: int, status: Status, **fields: Any) -> Revision:
    """Return a revision of the release ``web`` in namespace prod."""
    made = Revision(
        id=ReleaseId(namespace="prod", name="web"),
        number=number,
        status=status,
        description="made by a test",
        first_deployed=datetime(2026, 11, 1, tzinfo=UTC),
        last_deployed=datetime(2026, 11, number, tzinfo=UTC),
        chart=ChartRecord(metadata={"name": "web", "version": "1.0.0"}),
        manifest=MANIFEST,
    )
    return replace(made, **fields)


def history(*statuses: Status) -> Setup:
    """Return what stores a release with revisions of these statuses, the first one number 1."""

    def store(api: FakeApi) -> None:
        for number, status in enumerate(statuses, 1):
            api.add(to_secret(revision(number, status)))

    return store


def pending(api: FakeApi) -> None:
    """Store a revision that another program may be at work on."""
    api.add(to_secret(revision(1, Status.PENDING_INSTALL, last_deployed=datetime(2999, 1, 1, tzinfo=UTC))))


def damaged(api: FakeApi) -> None:
    """Store a record that cannot be read."""
    body = to_secret(revision(1, Status.DEPLOYED))
    api.add({**body, "data": {"release": base64.b64encode(b"nonsense").decode()}})


def other_driver(api: FakeApi) -> None:
    """Store a record as Helm's driver ``configmap`` does."""
    labels = {"name": "web", "owner": "helm", "status": "deployed", "version": "1"}
    metadata = {"name": "sh.helm.release.v1.web.v1", "namespace": "prod", "labels": labels}
    api.add({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})


def foreign(api: FakeApi) -> None:
    """Store objects that bear the names of the chart's and are not the release's."""
    api.add({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", "namespace": "prod"}})
    metadata = {
        "name": "web",
        "namespace": "prod",
        "labels": {"app.kubernetes.io/managed-by": "Helm"},
        "annotations": {"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "prod"},
    }
    api.add({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"password": "aGlkZGVu"}})


def failed_and_foreign(api: FakeApi) -> None:
    """Store a release whose one revision failed, and objects that bear the names of the chart's and are not its."""
    history(Status.FAILED)(api)
    foreign(api)


def replies(**found: Reply) -> Setup:
    """Return what makes the server answer so; ``any`` is every request, ``releases`` the listing of records."""
    patterns = {"any": ".*", "releases": "GET /api/v1/namespaces/prod/secrets", "discovery": "GET /apis"}

    def store(api: FakeApi) -> None:
        api.replies |= {patterns[name]: reply for name, reply in found.items()}

    return store


def kubeconfig(text: Text) -> Mapping[str, Text | None]:
    """Return a kubeconfig in place of the sound one."""
    return {"kubeconfig": text}


def config(cluster: str = "server: http://127.0.0.1:1", user: str = "token: '@TOKEN@'", current: str = "here") -> str:
    """Return a kubeconfig's text."""
    return (
        f"apiVersion: v1\nkind: Config\ncurrent-context: {current}\n"
        "contexts: [{name: here, context: {cluster: here, user: me, namespace: prod}}]\n"
        f"clusters: [{{name: here, cluster: {{{cluster}}}}}]\nusers: [{{name: me, user: {{{user}}}}}]\n"
    )


HTML = Reply(status=200, body="<html><body>Log in first</body></html>", content_type="text/html")

CASES = {
    "kubeconfig-none": Case(run=INSTALL, environment=NOWHERE),
    "kubeconfig-none-for-list": Case(run="list", environment=NOWHERE),
    "kubeconfig-missing": Case(run="list --kubeconfig nowhere", at="nowhere"),
    "kubeconfig-bad-yaml": Case(run=INSTALL, files=kubeconfig("users:\n- token: '@TOKEN@\n"), at="kubeconfig"),
    "kubeconfig-no-mapping": Case(run=INSTALL, files=kubeconfig("- @TOKEN@\n"), at="kubeconfig"),
    "kubeconfig-empty": Case(run=INSTALL, files=kubeconfig(""), at="kubeconfig"),
    "kubeconfig-no-text": Case(run=INSTALL, files=kubeconfig(b"\xff\xfe\x00"), at="kubeconfig"),
    "kubeconfig-without-server": Case(run=INSTALL, files=kubeconfig(config(cluster="")), at="kubeconfig"),
    "kubeconfig-context-unknown": Case(run="list --kube-context there", at="there"),
    "kubeconfig-current-context-unknown": Case(run="list", files=kubeconfig(config(current="there")), at="there"),
    "kubeconfig-certificate-missing": Case(
        run="list",
        files=kubeconfig(config("server: 'https://127.0.0.1:1', certificate-authority: ca.pem")),
        at="ca.pem",
    ),
    "kubeconfig-certificate-bad": Case(
        run="list",
        files=kubeconfig(config("server: 'https://127.0.0.1:1', certificate-authority-data: '@DATA64@'")),
    ),
    "kubeconfig-key-bad": Case(
        run="list",
        files=kubeconfig(
            config("server: 'https://127.0.0.1:1'", "client-certificate-data: '@DATA64@', client-key-data: '@KEY@'")
        ),
    ),
    "kubeconfig-plugin-missing": Case(
        run="list",
        files=kubeconfig(config(user="exec: {apiVersion: client.authentication.k8s.io/v1, command: no-such-plugin}")),
        at="no-such-plugin",
    ),
    "kubeconfig-server-no-url": Case(run="list", files=kubeconfig(config("server: 'here:there:'")), at="here:there:"),
    "ca-file-missing": Case(run="list --kube-ca-file nowhere.pem", at="nowhere.pem"),
    "ca-file-bad": Case(
        run="list --kube-apiserver https://127.0.0.1:1 --kube-ca-file ca.pem", files={"ca.pem": "@SECRET@"}, at="ca.pem"
    ),
    "server-not-there": Case(run=INSTALL, files=kubeconfig(config()), at="127.0.0.1:1"),
    "server-not-there-by-flag": Case(run="uninstall web --kube-apiserver http://127.0.0.1:1", at="127.0.0.1:1"),
    "server-with-password": Case(
        run="list --kube-apiserver http://me:@PASSWORD@@127.0.0.1:1 --kube-token @KEY@", at="127.0.0.1:1"
    ),
    "server-name-unknown": Case(run="status web --kube-apiserver http://server.invalid", at="server.invalid"),
    "server-speaks-no-tls": Case(run="list --kube-apiserver https://<address>", at="https://"),
    "server-says-401": Case(run=INSTALL, api=replies(any=Reply.failure(401, "Unauthorized", "Unauthorized"))),
    "server-says-403": Case(
        run=INSTALL,
        api=replies(releases=Reply.failure(403, "Forbidden", 'secrets is forbidden: User "me" cannot list "secrets"')),
    ),
    "server-says-403-to-list": Case(
        run="list -A",
        api=replies(any=Reply.failure(403, "Forbidden", 'secrets is forbidden: User "me" cannot list "secrets"')),
    ),
    "server-says-404-to-all": Case(run=INSTALL, api=replies(any=Reply(status=404, body="404 page not found\n"))),
    "server-says-500": Case(
        run=INSTALL, api=replies(releases=Reply.failure(500, "InternalError", "etcd has no leader"))
    ),
    "server-says-500-without-reason": Case(run="history web", api=replies(releases=Reply(status=500, body=""))),
    "server-quotes-the-token": Case(
        run="list --kube-token quoted-9f31c7", api=replies(any=Reply(status=400, body="bad token quoted-9f31c7"))
    ),
    "server-answers-html": Case(run=INSTALL, api=replies(any=HTML)),
    "server-answers-html-500": Case(
        run="list", api=replies(any=replace(HTML, status=500, body=f"<html>\n<body>{'Down. ' * 2000}</body>\n</html>"))
    ),
    "server-answers-a-list": Case(run=INSTALL, api=replies(any=Reply(body=[1, 2]))),
    "server-answers-nested-json": Case(run=INSTALL, api=replies(any=Reply(body="[" * 100_000))),
    "server-answers-bad-items": Case(run="list", api=replies(releases=Reply(body={"items": ["x"]}))),
    "server-answers-items-no-list": Case(run="list", api=replies(releases=Reply(body={"items": 7}))),
    "server-answers-items-without-name": Case(
        run=INSTALL, api=replies(releases=Reply(body={"items": [{"metadata": {}}]}))
    ),
    "server-answers-bad-discovery": Case(run=INSTALL, api=replies(discovery=Reply(body={"items": [1], "groups": 3}))),
    "server-answers-bad-aggregated-discovery": Case(
        run=INSTALL, api=replies(discovery=Reply(body={"kind": "APIGroupDiscoveryList", "items": [{"versions": [3]}]}))
    ),
    "server-answers-control-characters": Case(
        run="list", api=replies(any=Reply.failure(400, "BadRequest", "\x1b[2Jgone\x07"))
    ),
    "server-redirects": Case(
        run=INSTALL, api=replies(any=Reply(status=302, headers={"Location": "https://sso.example.com/?token=@TOKEN@"}))
    ),
    "install-name-in-use": Case(run=INSTALL, api=history(Status.DEPLOYED), at="prod/web"),
    "install-name-of-failed": Case(run=INSTALL, api=history(Status.FAILED), at="prod/web"),
    "install-replace-deployed": Case(run=f"{INSTALL} --replace", api=history(Status.DEPLOYED), at="prod/web"),
    "install-pending-elsewhere": Case(run="upgrade -i web chart", api=pending, at="prod/web"),
    "install-record-damaged": Case(run=INSTALL, api=damaged, at="prod/web"),
    "install-other-driver": Case(run=INSTALL, api=other_driver, at="prod/web"),
    "install-foreign-objects": Case(run=INSTALL, api=foreign, at="web/templates/web.yaml.j2", leases=True),
    "install-foreign-objects-dry-run": Case(
        run=f"{INSTALL} --dry-run=server", api=foreign, at="web/templates/web.yaml.j2"
    ),
    "upgrade-not-installed": Case(run="upgrade web chart", at="prod/web"),
    "upgrade-uninstalled": Case(run="upgrade web chart", api=history(Status.UNINSTALLED), at="prod/web"),
    "upgrade-foreign-objects": Case(
        run="upgrade web chart",
        api=failed_and_foreign,
        at="Secret",
        leases=True,
    ),
    "rollback-not-installed": Case(run="rollback web 1", at="prod/web"),
    "rollback-no-such-revision": Case(
        run="rollback web 7", api=history(Status.SUPERSEDED, Status.DEPLOYED), at="revision 7"
    ),
    "rollback-nothing-before": Case(run="rollback web", api=history(Status.DEPLOYED), at="prod/web"),
    "rollback-record-damaged": Case(run="rollback web 1", api=damaged, at="revision 1"),
    "uninstall-not-installed": Case(run="uninstall web", at="prod/web"),
    "uninstall-record-damaged": Case(run="uninstall web", api=damaged, at="prod/web"),
    "uninstall-already-kept": Case(run="uninstall web --keep-history", api=history(Status.UNINSTALLED), at="prod/web"),
    "uninstall-pending-elsewhere": Case(run="uninstall web", api=pending, at="prod/web"),
    "status-not-installed": Case(run="status web", at="prod/web"),
    "status-no-such-revision": Case(run="status web --revision 3", api=history(Status.DEPLOYED), at="revision 3"),
    "status-record-damaged": Case(run="status web", api=damaged, at="revision 1"),
    "history-not-installed": Case(run="history web", at="prod/web"),
    "get-values-not-installed": Case(run="get values web", at="prod/web"),
    "get-no-such-revision": Case(run="get manifest web --revision 9", api=history(Status.DEPLOYED), at="revision 9"),
    "get-other-driver": Case(run="get all web", api=other_driver, at="configmap"),
}
