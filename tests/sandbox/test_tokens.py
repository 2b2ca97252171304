"""Tokens of service accounts: whose they are, and when they are nobody's."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from helmlite.sandbox.tokens import Tokens
from tests.sandbox.memory_client import MemoryClient


@pytest.fixture
def client() -> MemoryClient:
    """Return a server with one service account."""
    made = MemoryClient()
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": "n", "name": "robot"}}
    made.create("serviceaccounts", account, manager="test")
    return made


def token_of(client: MemoryClient, secret: str = "s", **spec: Any) -> str:
    """Return a token of the account."""
    account = client.get("serviceaccounts", "n", "robot")
    assert account is not None
    return str(Tokens(client, secret).issue(account, {"spec": spec})["status"]["token"])


def test_a_token_tells_whose_it_is(client: MemoryClient) -> None:
    """The user of a token is the service account, with its groups."""
    user = Tokens(client, "s").user_of(token_of(client))
    assert user is not None
    groups = ["system:serviceaccounts", "system:serviceaccounts:n", "system:authenticated"]
    assert ("system:serviceaccount:n:robot", groups) == (user.name, list(user.groups))


def test_a_token_of_another_server_is_nobodys(client: MemoryClient) -> None:
    """A token that another secret has signed is refused."""
    assert Tokens(client, "s").user_of(token_of(client, "other")) is None


def test_a_changed_token_is_nobodys(client: MemoryClient) -> None:
    """Claims that were changed after signing are refused."""
    head, claims, signature = token_of(client).split(".")
    told = json.loads(base64.urlsafe_b64decode(claims + "=="))
    told["kubernetes.io"]["serviceaccount"]["name"] = "admin"
    forged = base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()
    assert Tokens(client, "s").user_of(f"{head}.{forged}.{signature}") is None


@pytest.mark.parametrize("token", ["", ".", "a.b.c", "é.é.é", "a" * 10_000])
def test_what_is_no_token_is_nobodys(client: MemoryClient, token: str) -> None:
    """Nonsense is refused."""
    assert Tokens(client, "s").user_of(token) is None


def test_a_token_ends(client: MemoryClient) -> None:
    """After its seconds a token is nobody's."""
    token = token_of(client, expirationSeconds=600)
    client.advance(601)
    assert Tokens(client, "s").user_of(token) is None


def test_a_token_ends_with_its_account(client: MemoryClient) -> None:
    """The token of a deleted account is nobody's, though another of its name is made."""
    token = token_of(client)
    client.remove("serviceaccounts", "n", "robot")
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": "n", "name": "robot"}}
    client.create("serviceaccounts", account, manager="test")
    assert Tokens(client, "s").user_of(token) is None


def test_a_token_for_others_does_not_get_in(client: MemoryClient) -> None:
    """A token for another audience is nobody's here."""
    assert Tokens(client, "s").user_of(token_of(client, audiences=["elsewhere"])) is None
