"""Which cluster, and as whom: kubeconfig, context and the flags that override them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helmlite import documents
from helmlite.errors import UsageError

_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


def check_namespace(name: str) -> None:
    """Return when ``name`` may be a namespace's; raises UsageError."""
    if not _NAMESPACE.fullmatch(name):
        raise UsageError(
            f"{name[:64]!r} cannot be a namespace's name",
            hint="up to 63 lower-case letters, digits and '-', beginning and ending with a letter or digit",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterConfig:
    """Helm's global flags for the cluster; empty text means: as the kubeconfig says. Raises UsageError."""

    kubeconfig: str = ""
    context: str = ""
    namespace: str = ""
    api_server: str = ""
    token: str = field(default="", repr=False)
    as_user: str = ""
    as_groups: Sequence[str] = ()
    ca_file: str = ""
    insecure_skip_tls_verify: bool = False
    tls_server_name: str = ""
    qps: float = 0.0
    burst_limit: int = 100

    def __post_init__(self) -> None:
        if self.namespace:
            check_namespace(self.namespace)


def context_namespace(config: ClusterConfig) -> str:
    """Return the namespace to work in without asking a cluster: as configured, else the context's, else ``default``.

    A kubeconfig that is not there, or cannot be read, says nothing; the client library is not needed for this.
    """
    if config.namespace:
        return config.namespace
    contexts: dict[str, Any] = {}
    current = config.context
    for each in kubeconfig_files(config).split(os.pathsep):
        try:
            found = documents.read(Path(each).read_bytes(), duplicates="last").data if each else None
        except (OSError, ValueError, documents.DocumentError):
            continue
        if not isinstance(found, dict):
            continue
        current = current or str(found.get("current-context") or "")
        for entry in found.get("contexts") or () if isinstance(found.get("contexts"), list) else ():
            if isinstance(entry, dict) and isinstance(entry.get("context"), dict):
                contexts.setdefault(str(entry.get("name")), entry["context"])
    namespace = contexts.get(current, {}).get("namespace")
    return namespace if isinstance(namespace, str) and _NAMESPACE.fullmatch(namespace) else "default"


def kubeconfig_files(config: ClusterConfig) -> str:
    """Return the kubeconfig files as KUBECONFIG lists them: the flag's, else KUBECONFIG's, else the user's own."""
    return config.kubeconfig or os.environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config")
