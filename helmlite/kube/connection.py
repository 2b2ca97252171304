"""From kubeconfig and flags to a connection pool: the ``kubernetes`` client's own loading and authentication."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from helmlite.errors import ClusterError
from helmlite.kube.client import client
from helmlite.kube.config import ClusterConfig, kubeconfig_files

POOL_SIZE = 16
NO_CLUSTER = "set KUBECONFIG or give --kubeconfig; `kubectl config view` shows what kubectl uses"


def load(config: ClusterConfig) -> tuple[Any, str]:
    """Return the client library's configuration and the context's namespace; raises ClusterError."""
    parts = client()
    made = parts.configuration()
    namespace = "default"
    files = kubeconfig_files(config)
    present = [each for each in files.split(os.pathsep) if each and Path(each).is_file()]
    if config.kubeconfig and not present:
        raise ClusterError(f"there is no kubeconfig file {config.kubeconfig}", hint=NO_CLUSTER)
    try:
        if present:
            loader = parts.kube_config._get_kube_config_loader(
                filename=os.pathsep.join(present), active_context=config.context or None
            )
            loader.load_and_set(made)
            namespace = (loader.current_context.get("context") or {}).get("namespace") or "default"
        elif not config.api_server:
            namespace = _in_cluster(made)
    except (parts.config_exception, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ClusterError(f"the kubeconfig {files} cannot be used: {text}", hint=NO_CLUSTER) from None
    except Exception as error:
        if type(error).__module__.startswith("yaml"):
            raise ClusterError(f"the kubeconfig {files} is no YAML", hint=NO_CLUSTER) from None
        raise
    _override(made, config)
    made.connection_pool_maxsize = POOL_SIZE
    made.retries = False
    return made, namespace


def _in_cluster(made: Any) -> str:
    try:
        client().incluster_config.load_incluster_config(client_configuration=made)
    except client().config_exception:
        raise ClusterError("no cluster is configured: there is no kubeconfig", hint=NO_CLUSTER) from None
    try:
        return Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace").read_text(encoding="utf-8").strip()
    except OSError:
        return "default"


def _override(made: Any, config: ClusterConfig) -> None:
    if config.api_server:
        made.host = config.api_server if "://" in config.api_server else f"https://{config.api_server}"
    made.host = made.host.rstrip("/")
    if config.token:
        made.api_key = {"authorization": f"Bearer {config.token}"}
        made.api_key_prefix = {}
        made.refresh_api_key_hook = None
    if config.ca_file:
        if not Path(config.ca_file).is_file():
            raise ClusterError(f"--kube-ca-file: there is no file {config.ca_file}")
        made.ssl_ca_cert, made.ca_cert_data = config.ca_file, None
    if config.insecure_skip_tls_verify:
        made.verify_ssl = False
    if config.tls_server_name:
        made.tls_server_name = config.tls_server_name
        made.assert_hostname = config.tls_server_name
