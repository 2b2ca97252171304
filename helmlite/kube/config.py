"""Which cluster, and as whom: kubeconfig, context and the flags that override them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


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
