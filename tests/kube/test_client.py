"""The client library, imported in part: what is left out works when it is needed after all."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

RUN = """
import sys
from helmlite.kube.cluster import Cluster
from helmlite.kube.config import ClusterConfig
heavy = {"oauthlib", "requests_oauthlib", "requests", "kubernetes"}
before = heavy & set(sys.modules)
print(sorted(before), Cluster.connect(ClusterConfig(kubeconfig=sys.argv[1]))._authorization())
"""


class Provider(BaseHTTPRequestHandler):
    """An OpenID provider that gives one new token."""

    def do_GET(self) -> None:  # http.server's name
        """Say where tokens are renewed."""
        self.answer({"token_endpoint": f"http://{self.headers['Host']}/token"})

    def do_POST(self) -> None:  # http.server's name
        """Renew a token."""
        self.rfile.read(int(self.headers["Content-Length"]))
        token = {"access_token": "a", "refresh_token": "r2", "id_token": "new-token", "token_type": "bearer"}
        self.answer(token)

    def answer(self, body: object) -> None:
        """Send JSON."""
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # http.server's signature
        """Keep quiet."""


@pytest.fixture
def provider() -> Iterator[str]:
    """Return the address of a provider."""
    server = HTTPServer(("127.0.0.1", 0), Provider)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_openid_tokens_are_renewed(provider: str, tmp_path: Path) -> None:
    """An old token is renewed at its provider, with libraries that nothing else needs."""
    payload = base64.urlsafe_b64encode(json.dumps({"exp": 1}).encode()).decode().rstrip("=")
    user = {
        "auth-provider": {
            "name": "oidc",
            "config": {
                "client-id": "me",
                "client-secret": "s",
                "id-token": f"e30.{payload}.x",
                "idp-issuer-url": provider,
                "refresh-token": "r1",
            },
        }
    }
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
        "clusters": [{"name": "here", "cluster": {"server": "http://127.0.0.1:1"}}],
        "users": [{"name": "me", "user": user}],
    }
    path = tmp_path / "config"
    path.write_text(json.dumps(config))
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(path)],
        env={"PATH": "", "OAUTHLIB_INSECURE_TRANSPORT": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (0, "[] Bearer new-token\n") == (done.returncode, done.stdout), done.stderr


def test_a_program_that_has_the_client_already_shares_it(tmp_path: Path) -> None:
    """The library is then not imported a second time, and stays whole."""
    code = (
        "import kubernetes.client, kubernetes.config; from helmlite.kube.client import client; "
        "assert client().configuration is kubernetes.client.Configuration; kubernetes.client.CoreV1Api"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_program_gets_the_client_whole_afterwards() -> None:
    """What is imported in part is taken away again."""
    code = (
        "from helmlite.kube.client import client; client(); "
        "import kubernetes.client, requests_oauthlib, oauthlib.oauth2; "
        "kubernetes.client.CoreV1Api, requests_oauthlib.OAuth2Session.__init__, oauthlib.oauth2.rfc6749"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
