"""Hand-made revisions, and the records that the real Helm wrote."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helmlite.manifest.identity import ReleaseId
from helmlite.manifest.manifest import Hook, HookRun
from helmlite.release.release import ChartRecord, Revision, Status

FIXTURES = Path(__file__).with_name("fixtures")
RELEASE = ReleaseId(namespace="prod", name="shop")
NOW = datetime(2026, 11, 24, 12, 30, 15, 250000, tzinfo=UTC)
MANIFEST = "---\n# Source: shop/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n\n"
HOOK = Hook(
    name="before",
    kind="Job",
    path="shop/templates/before.yaml",
    text="apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: before\n",
    events=("pre-install", "pre-upgrade"),
    weight=-5,
    delete_policies=("before-hook-creation",),
    log_policies=("hook-failed",),
    last_run=HookRun(started_at=NOW, completed_at=NOW, phase="Succeeded"),
)


def chart(**changes: Any) -> ChartRecord:
    """Return the chart of a record."""
    made: dict[str, Any] = {
        "metadata": {"name": "shop", "version": "1.2.3", "apiVersion": "v2", "appVersion": "4.5"},
        "values": {"replicas": 2},
        "templates": [{"name": "templates/a.yaml", "data": "YQ=="}],
        "files": [{"name": "extra.txt", "data": "YQ=="}],
    }
    return ChartRecord(**{**made, **changes})


def revision(number: int = 3, status: Status = Status.DEPLOYED, **changes: Any) -> Revision:
    """Return a revision with something in every field that most have."""
    made: dict[str, Any] = {
        "id": RELEASE,
        "number": number,
        "status": status,
        "description": "Upgrade complete",
        "first_deployed": NOW,
        "last_deployed": NOW,
        "chart": chart(),
        "config": {"image": {"tag": "4f2c1aa"}},
        "manifest": MANIFEST,
        "notes": "Enjoy <it> & more.",
    }
    return Revision(**{**made, **changes})


def packed(text: str | bytes) -> str:
    """Return what stands in a Secret for this JSON text."""
    data = text.encode() if isinstance(text, str) else text
    return base64.b64encode(base64.b64encode(gzip.compress(data, 9, mtime=0))).decode()


def unpacked(secret: dict[str, Any]) -> str:
    """Return the JSON text that a Secret holds."""
    return gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"]))).decode()


def record(**changes: Any) -> dict[str, Any]:
    """Return the least that Helm needs of a record; ``info`` and ``chart`` may be changed by key (None: left out)."""
    info = {"first_deployed": "2026-11-24T12:00:00Z", "last_deployed": "2026-11-24T12:00:00Z"}
    made: dict[str, Any] = {
        "name": "shop",
        "info": {**info, "description": "", "status": "deployed", **changes.pop("info_with", {})},
        "chart": {"metadata": {"name": "shop", "version": "1.0.0", "apiVersion": "v2"}},
        "manifest": MANIFEST,
        "version": 3,
        "namespace": "prod",
    }
    return {**made, **changes}


def stored(data: str | dict[str, Any] | None, **metadata: Any) -> dict[str, Any]:
    """Return a Secret of revision 3 that holds a record, or whatever text there is in its place."""
    labels = {"name": "shop", "owner": "helm", "status": "deployed", "version": "3"}
    made = {"name": "sh.helm.release.v1.shop.v3", "namespace": "prod", "labels": labels, "resourceVersion": "7"}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {**made, **metadata},
        "type": "helm.sh/release.v1",
        "data": {"release": packed(json.dumps(data)) if isinstance(data, dict) else data},
    }


def fixture(name: str) -> dict[str, Any]:
    """Return a Secret as a cluster showed it."""
    found: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text())
    return found
