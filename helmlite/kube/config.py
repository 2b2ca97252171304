"""Which cluster, and as whom: kubeconfig, context and the flags that override them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterConfig:
    """Helm's global flags for the cluster; empty text means: as the kubeconfig says."""

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


def kubeconfig_files(config: ClusterConfig) -> str:
    """Return the kubeconfig files as KUBECONFIG lists them: the flag's, else KUBECONFIG's, else the user's own."""
    return config.kubeconfig or os.environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config")
