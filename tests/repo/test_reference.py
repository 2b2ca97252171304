"""What a user may call a chart by."""

from __future__ import annotations

from pathlib import Path

import pytest

from helmlite.errors import ChartError, HelmliteError, RepositoryError
from helmlite.repo.reference import ChartReference, Kind


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "team/web").mkdir(parents=True)
    (tmp_path / "web-1.0.0.tgz").write_bytes(b"")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("text", "kind", "repository", "name"),
    [
        ("team/web", Kind.PATH, "", ""),
        ("./team/web", Kind.PATH, "", ""),
        ("web-1.0.0.tgz", Kind.PATH, "", ""),
        ("stable/web", Kind.NAME, "stable", "web"),
        ("stable/a/b", Kind.NAME, "stable", "a/b"),
        ("https://a.example/web.tgz", Kind.URL, "", ""),
        ("HTTP://a.example/web.tgz", Kind.URL, "", ""),
    ],
)
def test_what_a_reference_leads_to(text: str, kind: Kind, repository: str, name: str) -> None:
    """What is on disk goes first, as in Helm."""
    found = ChartReference.parse(text)
    assert (kind, repository, name) == (found.kind, found.repository, found.name)


def test_pull_takes_nothing_from_disk() -> None:
    """A folder of the same name does not hide a chart."""
    assert Kind.NAME is ChartReference.parse("team/web", local=False).kind


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        ("web", ChartError, "there is no such chart directory or archive"),
        ("./web", ChartError, "there is no such chart directory or archive"),
        ("../a/web", ChartError, "there is no such chart directory or archive"),
        ("/a/web", ChartError, "there is no such chart directory or archive"),
        ("", ChartError, "there is no such chart directory or archive"),
        ("oci://a.example/web", RepositoryError, "cannot be fetched yet"),
        ("ftp://a.example/web.tgz", RepositoryError, "only http and https"),
        ("file:///a/web.tgz", RepositoryError, "only http and https"),
    ],
)
def test_what_leads_nowhere(text: str, error: type[HelmliteError], reason: str) -> None:
    """One clear error each."""
    with pytest.raises(error, match=reason):
        ChartReference.parse(text)
