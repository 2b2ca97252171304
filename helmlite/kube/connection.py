"""From kubeconfig and flags to a connection pool: the ``kubernetes`` client's own loading and authentication."""

from __future__ import annotations

import logging
import os
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from helmlite.errors import ClusterError, public_url
from helmlite.kube.client import client
from helmlite.kube.config import ClusterConfig, check_namespace, kubeconfig_files

POOL_SIZE = 16
NO_CLUSTER = "set KUBECONFIG or give --kubeconfig; `kubectl config view` shows what kubectl uses"
NONE_AT_ALL = "set KUBECONFIG or give --kubeconfig; `helmlite sandbox start` starts a cluster on this machine"


def load(config: ClusterConfig) -> tuple[Any, str]:
    """Return the client library's configuration and the context's namespace; raises ClusterError."""
    parts = client()
    made = parts.configuration()
    namespace = "default"
    files = kubeconfig_files(config)
    present = [each for each in files.split(os.pathsep) if each and Path(each).is_file()]
    if config.kubeconfig and not present:
        raise ClusterError(f"there is no kubeconfig file {config.kubeconfig}", hint=NO_CLUSTER)
    if present:
        namespace = _from_files(made, present, config.context, files)
    elif not config.api_server:
        namespace = _in_cluster(made)
    _override(made, config)
    if urlsplit(made.host).scheme not in ("http", "https") or not urlsplit(made.host).hostname:
        raise ClusterError(
            f"{public_url(made.host)!r} is no URL of an API server"
            if made.host
            else f"the kubeconfig {files} names no server for its cluster",
            hint=NO_CLUSTER if made.host else NONE_AT_ALL,
        )
    _check_tls(made)
    check_namespace(namespace)
    made.connection_pool_maxsize = POOL_SIZE
    made.retries = False
    return made, namespace


def _from_files(made: Any, present: Sequence[str], context: str, files: str) -> str:
    """Read kubeconfig files into ``made``; return the context's namespace."""
    parts = client()
    try:
        with _complaints() as said:
            loader = parts.kube_config._get_kube_config_loader(
                filename=os.pathsep.join(present), active_context=context or None
            )
            loader.load_and_set(made)
        namespace = (loader.current_context.get("context") or {}).get("namespace") or "default"
    except UnicodeDecodeError:
        raise ClusterError(f"the kubeconfig {files} is no text", hint=NO_CLUSTER) from None
    except (parts.config_exception, OSError) as error:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ClusterError(f"the kubeconfig {files} cannot be used: {text}", hint=NO_CLUSTER) from None
    except (ValueError, TypeError, KeyError, AttributeError, IndexError):
        # Python's words may quote what is in the file
        raise ClusterError(f"the kubeconfig {files} is not made as kubeconfigs are", hint=NO_CLUSTER) from None
    except Exception as error:
        # the YAML reader is the client library's, whose errors have no name here
        if not type(error).__module__.startswith("yaml"):
            raise
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark else ""
        raise ClusterError(f"the kubeconfig {files} is no YAML{line}", hint=NO_CLUSTER) from None
    if said:
        raise ClusterError(
            f"the kubeconfig's user gets no credentials: {said[0]}",
            hint="`kubectl get namespaces` runs the same plugin",
        )
    return str(namespace)


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """Collect what the client library only logs, and else goes on without: that a credential plugin failed."""
    said: list[str] = []

    class Collecting(logging.Handler):
        """Keeps the first line of each error."""

        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage().strip().partition("\n")[0][:300])

    root, handler = logging.getLogger(), Collecting(logging.ERROR)
    root.addHandler(handler)
    try:
        yield said
    finally:
        root.removeHandler(handler)


def _check_tls(made: Any) -> None:
    """Read the files of TLS, which else are missed only at the first request, each without its name."""
    if made.host.startswith("http://"):
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if made.ssl_ca_cert:
        try:
            context.load_verify_locations(made.ssl_ca_cert)
        except (OSError, ValueError):
            raise ClusterError(
                f"the certificate authority {_file(made.ssl_ca_cert)} cannot be read as PEM certificates"
            ) from None
    if made.cert_file:
        try:
            context.load_cert_chain(made.cert_file, made.key_file)
        except (OSError, ValueError, TypeError):
            raise ClusterError(
                f"the client certificate {_file(made.cert_file)} and its key do not fit, or are no PEM files",
                hint="check client-certificate and client-key in the kubeconfig",
            ) from None


def _file(path: str) -> str:
    """Return a file's name, or where it is the client library's copy of data in the kubeconfig, just that."""
    return "in the kubeconfig" if path in client().kube_config._temp_files.values() else path


def _in_cluster(made: Any) -> str:
    try:
        client().incluster_config.load_incluster_config(client_configuration=made)
    except client().config_exception:
        raise ClusterError("no cluster is configured: there is no kubeconfig", hint=NONE_AT_ALL) from None
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
