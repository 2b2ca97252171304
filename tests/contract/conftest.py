"""What the facts of this suite are stated with: plain HTTP to one API server, embedded or real."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.contract.api import Api


@pytest.fixture(scope="session")
def server(kubeconfig: str) -> Api:
    """Return the API server of the run, outside of any namespace."""
    from tests.contract.api import Api

    return Api.of(kubeconfig)


@pytest.fixture
def api(server: Api) -> Iterator[Api]:
    """Return the API server with a fresh namespace, removed afterwards without waiting for its end."""
    name = f"fact-{uuid.uuid4().hex[:8]}"
    server.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}).expect(201)
    made = server.within(name)
    account, authority = (
        made.path("v1", "serviceaccounts", "default"),
        made.path("v1", "configmaps", "kube-root-ca.crt"),
    )
    made.eventually(lambda: {200} == {made.get(account).status, made.get(authority).status})
    yield made
    server.delete(f"/api/v1/namespaces/{name}")
