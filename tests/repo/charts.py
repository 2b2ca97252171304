"""Small charts, their archives and indexes."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any


def archive(
    name: str = "web", version: str = "1.0.0", *, files: Mapping[str, str] | None = None, top: str = ""
) -> bytes:
    """Return the archive of a chart that renders one ConfigMap, the same bytes every time."""
    configmap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-" + name + "}\n"
    content = {
        "Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: {version}\n",
        "templates/configmap.yaml": configmap,
        **(files or {}),
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, text in content.items():
            member = tarfile.TarInfo(f"{top or name}/{path}")
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return gzip.compress(packed.getvalue(), mtime=0)


def digest(data: bytes) -> str:
    """Return the sha256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def entry(data: bytes, name: str = "web", version: str = "1.0.0", **more: Any) -> dict[str, Any]:
    """Return the entry of an archive in an index; None leaves a field out."""
    made = {
        "apiVersion": "v2",
        "name": name,
        "version": version,
        "urls": [f"{name}-{version}.tgz"],
        "digest": digest(data),
        "created": "2026-01-01T00:00:00Z",
        **more,
    }
    return {key: value for key, value in made.items() if value is not None}


def index(*entries: Mapping[str, Any], **more: Any) -> bytes:
    """Return an index with these entries, as JSON text."""
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for each in entries:
        by_name.setdefault(each["name"], []).append(each)
    data = {"apiVersion": "v1", "generated": "2026-01-01T00:00:00Z", **more}
    return json.dumps({**data, "entries": by_name}).encode()


def shard(*entries: Mapping[str, Any], name: str = "web") -> bytes:
    """Return the shard of a chart."""
    return json.dumps({"apiVersion": "v1", "name": name, "entries": list(entries)}).encode()
