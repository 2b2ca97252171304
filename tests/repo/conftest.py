"""Servers, and a client with folders of its own, for every test of repositories."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from helmlite.repo.client import Places, RepositoryClient
from helmlite.repo.http import Patience
from helmlite.repo.index import Index
from helmlite.repo.repositories import Repository
from helmlite.repo.watch import Watch
from tests.repo.server import Clock, Server


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a server without answers."""
    with Server().running() as running:
        yield running


@pytest.fixture
def other() -> Iterator[Server]:
    """Return a second server: another origin, for it has another port."""
    with Server().running() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    """Return a clock that does not wait."""
    return Clock()


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Return folders of the test's own."""
    home = tmp_path / "home"
    return Places(
        repositories=home / "helm" / "repositories.yaml",
        indexes=home / "indexes",
        credentials=home / "own" / "credentials.json",
        cache=home / "cache",
    )


@pytest.fixture
def warnings() -> list[str]:
    """Return what a client warned of."""
    return []


@pytest.fixture
def make_client(places: Places, clock: Clock, warnings: list[str]) -> Iterator[Callable[..., RepositoryClient]]:
    """Return a function that makes clients which share folders and clock."""
    made: list[RepositoryClient] = []

    def make(**more: Any) -> RepositoryClient:
        patience = more.pop("patience", Patience(total_seconds=20.0, read_seconds=5.0))
        client = RepositoryClient(
            places,
            monotonic=clock.monotonic,
            sleep=clock.sleep,
            watch=Watch(warn=warnings.append),
            patience=patience,
            **more,
        )
        made.append(client)
        return client

    yield make
    for each in made:
        each.close()


@pytest.fixture
def client(make_client: Callable[..., RepositoryClient]) -> RepositoryClient:
    """Return a client."""
    return make_client()


def refreshed(client: RepositoryClient, repository: Repository) -> Index:
    """Return a repository's index as its server has it now."""
    client.indexes.update(repository)
    return client.indexes.get(repository)
