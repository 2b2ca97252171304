"""URLs of a repository and of what its index names."""

from __future__ import annotations

import pytest

from helmlite.errors import RepositoryError
from helmlite.repo.urls import chart_url, file_name, index_url


@pytest.mark.parametrize(
    ("repository", "index"),
    [
        ("https://a.example", "https://a.example/index.yaml"),
        ("https://a.example/", "https://a.example/index.yaml"),
        ("https://a.example/charts", "https://a.example/charts/index.yaml"),
        ("https://a.example/charts//", "https://a.example/charts/index.yaml"),
        ("https://a.example/charts?team=x", "https://a.example/charts/index.yaml?team=x"),
        ("https://ada:x@a.example/charts", "https://a.example/charts/index.yaml"),
        ("https://a.example/a%20b", "https://a.example/a%20b/index.yaml"),
    ],
)
def test_the_index_is_below_the_repository(repository: str, index: str) -> None:
    """Whatever slashes it ends with, and with its query."""
    assert index == index_url(repository)


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("web-1.0.0.tgz", "https://a.example/charts/web-1.0.0.tgz?q=1"),
        ("./web.tgz", "https://a.example/charts/web.tgz?q=1"),
        ("old/web.tgz", "https://a.example/charts/old/web.tgz?q=1"),
        ("../web.tgz", "https://a.example/web.tgz?q=1"),
        ("../../../web.tgz", "https://a.example/web.tgz?q=1"),
        ("/web.tgz", "https://a.example/web.tgz?q=1"),
        ("/etc/passwd", "https://a.example/etc/passwd?q=1"),
        ("web-1.0.0+b1.tgz", "https://a.example/charts/web-1.0.0+b1.tgz?q=1"),
        ("https://b.example/web.tgz", "https://b.example/web.tgz"),
        ("http://b.example/web.tgz?x=1", "http://b.example/web.tgz?x=1"),
        ("//b.example/web.tgz", "https://b.example/web.tgz"),
        ("https://eve:x@b.example/web.tgz", "https://b.example/web.tgz"),
    ],
)
def test_an_archive_is_where_urls_lead(written: str, url: str) -> None:
    """Relative ones keep the repository's query and never leave its server; absolute ones are as they are."""
    assert url == chart_url("https://a.example/charts?q=1", written, source="team")


@pytest.mark.parametrize(
    "written",
    [
        *("file:///etc/passwd", "FILE:///etc/passwd", "file:web.tgz", "ftp://b.example/web.tgz", "data:,x"),
        *("oci://b.example/web", "javascript:x", "C:\\web.tgz", "https:web.tgz", "http:///web.tgz", "https://"),
        *("web\n.tgz", "web .tgz", "..\\web.tgz", "https://b.example:x/web.tgz", "https://[::1/web.tgz", "é.tgz"),
    ],
)
def test_nothing_else_is_fetched(written: str) -> None:
    """No file of this machine, no other scheme, nothing that is no URL."""
    with pytest.raises(RepositoryError, match=r"^team: its index says"):
        chart_url("https://a.example/charts", written, source="team")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://a.example/web-1.0.0.tgz", "web-1.0.0.tgz"),
        ("https://a.example/web-1.0.0%2Bb1.tgz?x=/y", "web-1.0.0+b1.tgz"),
        ("https://a.example/", ""),
    ],
)
def test_a_file_is_called_as_its_url_ends(url: str, name: str) -> None:
    """Without query, escapes undone."""
    assert name == file_name(url)
