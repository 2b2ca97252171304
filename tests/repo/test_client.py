"""The client: what it asks for and when, what it keeps, and whose credentials it shows."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from helmlite.errors import DownloadError, RepositoryError
from helmlite.repo.client import Fetched, Places, RepositoryClient
from helmlite.repo.credentials import Credentials
from helmlite.repo.index_text import shard_summary
from helmlite.repo.repositories import Repository
from tests.repo.charts import archive, digest, entry, index, shard
from tests.repo.conftest import refreshed
from tests.repo.server import Clock, Reply, Server, stored

WEB = archive()
NEWER = archive("web", "1.1.0")
SHARDS = {"annotations": {"helmlite.dev/shards": "charts/{name}.json"}}
MakeClient = Callable[..., RepositoryClient]


def serve(server: Server, **more: Any) -> Repository:
    """Serve a repository of one chart; return it."""
    server.answers = {"/index.yaml": stored(index(entry(WEB), **more)), "/web-1.0.0.tgz": stored(WEB)}
    if "annotations" in more:
        server.answers["/charts/web.json"] = stored(shard(entry(WEB, size=len(WEB))))
        server.answers["/shards.json"] = stored(shard_summary(index(entry(WEB), **more)))
    return Repository(name="team", url=server.url)


def authorized(server: Server) -> list[str]:
    """Return the paths that were asked for with credentials."""
    return [each.path for each in server.seen if "authorization" in each.headers]


def test_an_update_that_changes_nothing_transfers_no_body(server: Server, client: RepositoryClient) -> None:
    """The second time the server only says so, to another process too."""
    repository = serve(server)
    assert [True, False] == [client.indexes.update(repository), client.indexes.update(repository)]
    server.sent_bytes = 0
    assert not client.indexes.update(repository)
    assert 0 == server.sent_bytes


def test_the_index_is_fetched_when_none_is_kept(server: Server, client: RepositoryClient) -> None:
    """And not again until it is refreshed."""
    repository = serve(server)
    assert ["web"] == list(client.indexes.get(repository).entries)
    assert ["web"] == list(client.indexes.get(repository).entries)
    assert ["/index.yaml"] == server.paths
    client.indexes.update(repository)
    assert ["/index.yaml", "/index.yaml"] == server.paths


def test_a_kept_index_that_is_damaged_is_fetched_again(
    server: Server, client: RepositoryClient, warnings: list[str]
) -> None:
    """With a word on it."""
    repository = serve(server)
    client.indexes.update(repository)
    client.indexes.cache.path(repository).write_bytes(b"{")
    assert ["web"] == list(client.indexes.get(repository).entries)
    assert "no index of charts" in warnings[0]


def test_a_chart_is_looked_up_in_its_shard(server: Server, client: RepositoryClient) -> None:
    """One small file in place of the index, and only what changed of it."""
    repository = serve(server, **SHARDS)
    client.indexes.update(repository)
    server.seen.clear()
    assert ["1.0.0"] == [each.version for each in client.indexes.entries(repository, "web")]
    server.sent_bytes = 0
    assert ["1.0.0"] == [each.version for each in client.indexes.entries(repository, "web")]
    assert (["/charts/web.json"] * 2, 0) == (server.paths, server.sent_bytes)


def test_a_shard_is_new_though_the_index_is_old(server: Server, client: RepositoryClient) -> None:
    """What was published since the last update is found."""
    repository = serve(server, **SHARDS)
    client.indexes.update(repository)
    server.answers["/charts/web.json"] = stored(shard(entry(NEWER, version="1.1.0"), entry(WEB)))
    assert ["1.1.0", "1.0.0"] == [each.version for each in client.indexes.entries(repository, "web")]


def test_without_shards_the_index_tells(server: Server, client: RepositoryClient) -> None:
    """No shard is asked for where none is announced."""
    repository = serve(server)
    client.indexes.update(repository)
    assert ["1.0.0"] == [each.version for each in client.indexes.entries(repository, "web")]
    assert [] == list(client.indexes.entries(repository, "nothing"))
    assert ["/index.yaml"] == server.paths


@pytest.mark.parametrize("kept", [True, False], ids=["shard-is-kept", "index-is-kept"])
def test_what_is_kept_does_while_the_server_is_away(
    server: Server, client: RepositoryClient, warnings: list[str], kept: bool
) -> None:
    """With a warning; and the archive is not fetched again."""
    repository = serve(server, **SHARDS)
    client.indexes.update(repository)
    if kept:
        client.indexes.entries(repository, "web")
    (found,) = client.indexes.get(repository).entries["web"]
    client.download(repository, found)
    server.answers = {path: Reply(status=500) for path in server.answers}
    (again,) = client.indexes.entries(repository, "web")
    assert digest(WEB) == client.download(repository, again).digest
    assert ["going by what was fetched before"] == [each.rpartition(": ")[2] for each in warnings]


def test_an_archive_is_fetched_once(server: Server, make_client: MakeClient) -> None:
    """By its sha256, whatever repository it is of; another process has it too."""
    repository = serve(server)
    (found,) = make_client().indexes.entries(repository, "web")
    first = make_client().download(repository, found)
    second = make_client().download(Repository(name="mirror", url="http://127.0.0.1:1"), found)
    assert first.path == second.path
    assert WEB == first.path.read_bytes()
    assert 1 == server.paths.count("/web-1.0.0.tgz")


def test_what_is_kept_under_a_sha256_is_still_checked_for_its_name(server: Server, client: RepositoryClient) -> None:
    """An index cannot give another chart's archive a name of its own."""
    repository = serve(server)
    (found,) = client.indexes.entries(repository, "web")
    client.download(repository, found)
    server.answers["/index.yaml"] = Reply(body=index(entry(WEB, "evil")))
    (evil,) = refreshed(client, repository).entries["evil"]
    with pytest.raises(RepositoryError, match=r"'web' version '1\.0\.0', but the index says 'evil'"):
        client.download(repository, evil)


def test_an_archive_without_a_sha256_is_used_with_a_warning(
    server: Server, client: RepositoryClient, warnings: list[str]
) -> None:
    """There is nothing to check it against; its name and version are."""
    repository = serve(server)
    server.answers["/index.yaml"] = Reply(body=index(entry(WEB, digest=None)))
    client.indexes.update(repository)
    (found,) = client.indexes.entries(repository, "web")
    assert digest(WEB) == client.download(repository, found).digest
    assert "could not be checked" in warnings[0]


def test_a_wrong_digest_says_what_to_do(server: Server, client: RepositoryClient) -> None:
    """Both digests, and that the index may be old."""
    repository = serve(server)
    (found,) = client.indexes.entries(repository, "web")
    server.answers["/web-1.0.0.tgz"] = Reply(body=NEWER)
    with pytest.raises(RepositoryError) as raised:
        client.download(repository, found)
    expected = f"{server.url}/web-1.0.0.tgz: the archive has sha256 {digest(NEWER)}, but the index says {digest(WEB)}"
    assert expected in raised.value.message
    assert "helmlite repo update team" in str(raised.value.hint)


def test_an_archive_by_its_url(server: Server, client: RepositoryClient) -> None:
    """Nothing tells what it should be; what it is, is told."""
    server.answers["/a/web.tgz"] = Reply(body=WEB)
    found = client.download_url(f"{server.url}/a/web.tgz")
    assert ("web", "1.0.0", digest(WEB)) == (found.name, found.version, found.digest)


def test_credentials_stay_with_their_repository(server: Server, other: Server, client: RepositoryClient) -> None:
    """Archives elsewhere are asked for without."""
    repository = Repository(name="team", url=server.url, username="ada", password="x")
    server.answers["/index.yaml"] = Reply(body=index(entry(WEB, urls=[f"{other.url}/web.tgz"])))
    other.answers["/web.tgz"] = Reply(body=WEB)
    client.indexes.update(repository)
    (found,) = client.indexes.entries(repository, "web")
    client.download(repository, found)
    assert (["/index.yaml"], []) == (authorized(server), authorized(other))


def test_credentials_are_passed_on_when_told_so(server: Server, other: Server, client: RepositoryClient) -> None:
    """--pass-credentials, to where the index says; but not to where a redirect leads."""
    repository = Repository(name="team", url=server.url, username="ada", password="x", pass_credentials_all=True)
    server.answers = {
        "/index.yaml": Reply(body=index(entry(WEB, urls=[f"{other.url}/web.tgz"]))),
        "/kept.tgz": Reply(body=WEB),
    }
    other.answers["/web.tgz"] = Reply(status=302, headers={"Location": f"http://localhost:{server.port}/kept.tgz"})
    client.indexes.update(repository)
    (found,) = client.indexes.entries(repository, "web")
    client.download(repository, found)
    assert (["/index.yaml"], ["/web.tgz"]) == (authorized(server), authorized(other))


def test_a_url_below_a_repository_has_its_credentials(server: Server, other: Server, client: RepositoryClient) -> None:
    """The nearest one's, and only on its own server."""
    client.file.put(Repository(name="a", url=f"{server.url}/a", username="ada", password="x"))
    server.answers = {"/a/web.tgz": Reply(body=WEB), "/ab/web.tgz": Reply(body=WEB), "/web.tgz": Reply(body=WEB)}
    other.answers = {"/a/web.tgz": Reply(body=WEB)}
    for url in (
        f"{server.url}/a/web.tgz",
        f"{server.url}/ab/web.tgz",
        f"{server.url}/web.tgz",
        f"{other.url}/a/web.tgz",
    ):
        client.download_url(url)
    assert (["/a/web.tgz"], []) == (authorized(server), authorized(other))


@pytest.mark.parametrize("url", ["https://a.example/charts", "https://a.example/charts/"])
def test_a_url_is_known_as_the_repository_that_has_it(client: RepositoryClient, url: str) -> None:
    """With all its settings."""
    client.file.put(Repository(name="a", url="https://a.example/charts", ca_file="ca.crt"))
    assert ("a", "ca.crt") == (client.repository_for_url(url).name, client.repository_for_url(url).ca_file)


def test_a_url_that_nobody_has_is_bare(client: RepositoryClient) -> None:
    """Nothing is shown to it."""
    client.file.put(Repository(name="a", url="https://a.example/charts", username="ada", password="x"))
    assert Repository(url="https://b.example/charts") == client.repository_for_url("https://b.example/charts")


@pytest.mark.parametrize(
    ("environment", "in_file", "kept", "expected"),
    [
        ({}, {}, {}, ("", "", "")),
        ({}, {}, {"username": "s", "password": "sp"}, ("s", "sp", "")),
        ({}, {"username": "f", "password": "fp"}, {"username": "s", "password": "sp"}, ("f", "fp", "")),
        ({"PASSWORD": "ep"}, {"username": "f"}, {}, ("f", "ep", "")),
        ({"USERNAME": "e", "PASSWORD": "ep"}, {"username": "f", "password": "fp"}, {}, ("e", "ep", "")),
        ({"TOKEN": "et"}, {"username": "f", "password": "fp"}, {}, ("f", "fp", "et")),
        ({}, {}, {"token": "st"}, ("", "", "st")),
        ({"USERNAME": "e", "PASSWORD": "ep"}, {}, {"token": "st"}, ("e", "ep", "")),
    ],
    ids=["none", "kept", "helms-file", "user-of-file", "environment", "token", "kept-token", "environment-over-token"],
)
def test_where_credentials_come_from(
    make_client: MakeClient,
    environment: dict[str, str],
    in_file: dict[str, str],
    kept: dict[str, str],
    expected: tuple[str, str, str],
) -> None:
    """The environment goes first, then what Helm wrote, then what helmlite keeps."""
    client = make_client(environment={f"HELMLITE_REPO_TEAM_{key}": value for key, value in environment.items()})
    client.file.put(Repository(name="team", url="https://a.example", **in_file))  # type: ignore[arg-type]  # texts only
    if kept:
        client.store.save("team", "https://a.example", Credentials(**kept))
    found = client.repository("team")
    assert expected == (found.username, found.password, found.token)


def test_a_provenance_file_is_asked_for_with_credentials(server: Server, client: RepositoryClient) -> None:
    """Beside the archive, before the query."""
    repository = Repository(url=server.url, username="ada", password="x")
    server.answers["/web.tgz.prov"] = Reply(body=b"signed")
    fetched = Fetched(path=Path("x"), digest="", name="web", version="1.0.0", url=f"{server.url}/web.tgz?q=1")
    assert b"signed" == client.provenance(fetched, repository)
    assert ["/web.tgz.prov?q=1"] == authorized(server)


def test_a_provenance_file_may_be_beside_another_copy(server: Server, client: RepositoryClient) -> None:
    """An archive has several places: the file is looked for at each."""
    server.answers["/b/web.tgz.prov"] = Reply(body=b"signed")
    places = [f"{server.url}/{each}/web.tgz" for each in "abc"]
    fetched = Fetched(path=Path("x"), digest="", name="web", version="1.0.0", url=places[0], others=places[1:])
    assert b"signed" == client.provenance(fetched)
    assert ["/a/web.tgz.prov", "/b/web.tgz.prov"] == server.paths


def test_an_unknown_name_is_told_with_those_there_are(client: RepositoryClient) -> None:
    """As Helm says it, with a hint."""
    client.file.put(Repository(name="team", url="https://a.example"))
    with pytest.raises(RepositoryError, match="no repo named 'tean' found") as raised:
        client.repository("tean")
    assert "there are: team" == raised.value.hint


def test_a_cache_that_cannot_be_written_fails_nothing(server: Server, client: RepositoryClient, places: Places) -> None:
    """The index is used, and fetched again next time."""
    repository = serve(server)
    Path(places.indexes).parent.mkdir(parents=True)
    Path(places.indexes).write_text("a file")
    assert ["web"] == list(client.indexes.get(repository).entries)
    assert ["web"] == list(client.indexes.get(repository).entries)


def test_the_status_is_kept_for_who_asks(server: Server, client: RepositoryClient) -> None:
    """404 and the like can be told apart."""
    with pytest.raises(DownloadError) as raised:
        client.indexes.update(Repository(name="team", url=f"{server.url}/none"))
    assert 404 == raised.value.status


@pytest.mark.parametrize("path", ["/repo/../evil/x.tgz", "/repo/%2e%2e/evil/x.tgz", "/repo/..%2fevil/x.tgz"])
def test_a_url_that_climbs_out_of_a_repository_is_bare(client: RepositoryClient, path: str) -> None:
    """Credentials are not lent to what only looks as if it were below."""
    client.file.put(Repository(name="team", url="http://h.example/repo", username="ada", password="hunter2"))
    assert "" == client.repository_for_url(f"http://h.example{path}").password
    assert "hunter2" == client.repository_for_url("http://h.example/repo/x.tgz").password


def test_a_good_url_does_beside_one_that_is_not_fetched(server: Server, client: RepositoryClient) -> None:
    """An index may name several places."""
    repository = serve(server)
    found = client.indexes.entries(repository, "web", refresh=True)[0]
    several = replace(found, urls=("oci://h.example/web", *found.urls))
    assert digest(WEB) == client.download(repository, several).digest


def test_a_kept_shard_that_is_damaged_is_fetched_again(
    server: Server, client: RepositoryClient, places: Places
) -> None:
    """Though the server says that it is still the one."""
    repository = serve(server, **SHARDS)
    client.indexes.update(repository)
    assert ["1.0.0"] == [each.version for each in client.indexes.entries(repository, "web")]
    assert places.cache is not None
    [kept] = [each for each in places.cache.rglob("*") if each.is_file() and b"web-1.0.0" in each.read_bytes()]
    kept.write_bytes(kept.read_bytes().replace(b'"entries"', b'"entreis"'))
    assert ["1.0.0"] == [each.version for each in client.indexes.entries(repository, "web")]


def test_of_an_unknown_server_the_summary_is_asked_for(server: Server, client: RepositoryClient) -> None:
    """It tells whether there are shards of the index that is there, which spare it."""
    repository = serve(server, **SHARDS)
    assert ["1.0.0"] == [each.version for each in client.indexes.entries(repository, "web", refresh=True)]
    asked = [(each.method, each.path) for each in server.seen]
    assert [("GET", "/shards.json"), ("HEAD", "/index.yaml"), ("GET", "/charts/web.json")] == asked


@pytest.mark.parametrize(
    "summary",
    [
        Reply(body=b"<html>"),
        Reply(body=b"{}"),
        Reply(body=b"[1]"),
        Reply(body=b'{"shards": "charts/{name}.json"}'),
        Reply(body=b'{"shards": "charts/{name}.json", "index": {"length": "1"}}'),
        Reply(body=b" " * 5000),
        Reply(status=403),
    ],
    ids=["html", "empty", "list", "no index", "wrong type", "too large", "forbidden"],
)
def test_without_a_good_summary_the_index_tells(server: Server, client: RepositoryClient, summary: Reply) -> None:
    """Any other file of that name is no fault."""
    repository = serve(server, **SHARDS)
    server.answers["/shards.json"] = summary
    assert ["1.0.0"] == [each.version for each in client.indexes.entries(repository, "web", refresh=True)]
    assert ["/shards.json", "/index.yaml"] == server.paths


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_shards_that_nobody_announces_any_more_are_not_asked_for(
    server: Server, client: RepositoryClient, known: bool
) -> None:
    """Helm has indexed the folder anew, and left the files of shards and their summary: they tell of older days."""
    repository = serve(server, **SHARDS)
    if known:
        client.indexes.update(repository)
    server.answers["/index.yaml"] = stored(index(entry(NEWER, version="1.1.0"), entry(WEB)))
    server.seen.clear()
    assert ["1.1.0", "1.0.0"] == [each.version for each in client.indexes.entries(repository, "web", refresh=True)]
    assert ["/shards.json", "/index.yaml", "/index.yaml"] == server.paths


def test_a_chart_that_was_withdrawn_is_not_found(server: Server, client: RepositoryClient) -> None:
    """Where its shard is gone, the index is asked for anew."""
    repository = serve(server, **SHARDS)
    client.indexes.update(repository)
    server.answers = {"/index.yaml": stored(index(**SHARDS))}
    assert [] == list(client.indexes.entries(repository, "web"))


def test_a_refusal_is_no_absence(server: Server, client: RepositoryClient) -> None:
    """What is kept does not stand in for what may not be read any more."""
    repository = serve(server, **SHARDS)
    client.indexes.update(repository)
    client.indexes.entries(repository, "web")
    server.answers = {path: Reply(status=401) for path in server.answers}
    with pytest.raises(DownloadError, match="401"):
        client.indexes.entries(repository, "web")


def test_credentials_of_a_url_go_before_those_that_are_kept(server: Server, client: RepositoryClient) -> None:
    """Whoever writes them into a URL means them."""
    client.file.put(Repository(name="team", url=server.url, username="ada", password="old"))
    server.answers["/web.tgz"] = stored(WEB)
    client.download_url(server.url.replace("//", "//ada:new@") + "/web.tgz")
    assert ["Basic YWRhOm5ldw=="] == [each.headers.get("authorization") for each in server.seen]


def test_an_index_of_another_url_is_not_believed(server: Server, client: RepositoryClient) -> None:
    """A name that was given to another server has no index until one is fetched."""
    repository = replace(serve(server), name="team")
    client.indexes.update(repository)
    assert client.indexes.kept(repository) is not None
    assert client.indexes.kept(replace(repository, url="https://b.example")) is None


def test_variables_that_are_for_two_servers_are_for_none(make_client: MakeClient) -> None:
    """Names that differ in signs only have the same variables."""
    client = make_client(environment={"HELMLITE_REPO_TEAM_A_TOKEN": "secret"})
    client.file.put(Repository(name="team-a", url="https://a.example"))
    assert "secret" == client.repository("team-a").token
    client.file.put(Repository(name="team.a", url="https://b.example"))
    with pytest.raises(RepositoryError, match=r"HELMLITE_REPO_TEAM_A_\.\.\. would be the credentials of two servers"):
        client.repository("team-a")


def parts(places: Places) -> list[Path]:
    """Return the files that hold an index by chart."""
    assert places.cache is not None
    return list(places.cache.glob("indexes/*"))


def forget_parts(places: Places) -> None:
    """Leave the index as Helm leaves it."""
    for each in parts(places):
        each.unlink()


def test_an_index_that_was_of_use_is_kept_by_chart(server: Server, make_client: MakeClient, places: Places) -> None:
    """At once where we fetched it, else for the next process; one that is newer is read whole again."""
    repository = serve(server)
    make_client().indexes.update(repository)
    assert 1 == len(parts(places))
    forget_parts(places)
    for expected in (1, 1):
        client = make_client()
        (found,) = client.indexes.entries(repository, "web")
        client.download(repository, found)
        assert expected == len(parts(places))
    path = make_client().indexes.cache.path(repository)
    facts = path.stat()
    path.write_bytes(b" " * facts.st_size)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert ["1.0.0"] == [each.version for each in make_client().indexes.entries(repository, "web", from_index=True)]
    assert [] == list(make_client().indexes.entries(repository, "nothing"))
    path.write_bytes(index(entry(NEWER, version="1.1.0"), entry(WEB)))
    assert ["1.1.0", "1.0.0"] == [each.version for each in make_client().indexes.entries(repository, "web")]


def test_a_look_up_that_leads_to_nothing_good_leaves_nothing(
    server: Server, make_client: MakeClient, places: Places
) -> None:
    """An archive that is refused is no use of an index."""
    repository = serve(server)
    make_client().indexes.update(repository)
    forget_parts(places)
    server.answers["/web-1.0.0.tgz"] = stored(NEWER)
    client = make_client()
    (found,) = client.indexes.entries(repository, "web")
    with pytest.raises(RepositoryError, match="has sha256"):
        client.download(repository, found)
    assert [] == parts(places)


@pytest.mark.parametrize("damage", [b"", b"{}", b"junk\n", b"[]\n", b'{"form": 1}\n'], ids=repr)
def test_damaged_parts_do_no_harm(server: Server, make_client: MakeClient, places: Places, damage: bytes) -> None:
    """Nor does a part that is cut: the index is read."""
    repository = serve(server)
    client = make_client()
    client.indexes.update(repository)
    client = make_client()
    (found,) = client.indexes.entries(repository, "web")
    client.download(repository, found)
    (path,) = parts(places)
    good = path.read_bytes()
    for bad in (damage, good[:-1], good.replace(b"1.0.0", b"1.0")):
        path.write_bytes(bad)
        assert ["1.0.0"] == [each.version for each in make_client().indexes.entries(repository, "web")]


def test_what_is_refreshed_is_so_for_all_charts(server: Server, client: RepositoryClient) -> None:
    """Charts that are looked up after the first are as new, though the index that is kept is old, or Helm's."""
    old = [entry(WEB, name, "1.0.0") for name in ("a", "b")]
    server.answers["/index.yaml"] = stored(index(*old))
    repository = Repository(name="team", url=server.url)
    client.indexes.update(repository)
    new = [entry(NEWER, name, "1.1.0") for name in ("a", "b")]
    text = index(*old, *new, **SHARDS)
    server.answers = {"/index.yaml": stored(text), "/shards.json": stored(shard_summary(text))}
    server.answers |= {f"/charts/{each['name']}.json": stored(shard(each, name=each["name"])) for each in new}
    server.seen.clear()
    found = [client.indexes.entries(repository, name, refresh=name == "a")[0].version for name in ("a", "b")]
    assert ["1.1.0", "1.1.0"] == found
    assert ["/shards.json", "/index.yaml", "/charts/a.json", "/charts/b.json"] == server.paths


def test_a_shard_that_is_behind_is_held_against_the_newest_index(server: Server, client: RepositoryClient) -> None:
    """Not against the one that is kept, where the server was asked."""
    repository = serve(server, **SHARDS)
    client.indexes.update(repository)
    text = index(entry(NEWER, version="1.1.0"), entry(WEB), **SHARDS)
    server.answers |= {"/index.yaml": stored(text), "/shards.json": stored(shard_summary(text))}
    assert ["1.0.0"] == [each.version for each in client.indexes.entries(repository, "web", refresh=True)]
    newest = client.indexes.entries(repository, "web", from_index=True)
    assert ["1.1.0", "1.0.0"] == [each.version for each in newest]


@pytest.mark.parametrize("shards", [{}, SHARDS], ids=["index", "shards"])
def test_a_server_that_is_away_is_done_without(
    server: Server, client: RepositoryClient, warnings: list[str], clock: Clock, shards: dict[str, Any]
) -> None:
    """With one warning, where something is kept, and without asking on; else its error is told."""
    repository = replace(serve(server, **shards), name="")
    client.indexes.entries(repository, "web", refresh=True)
    server.answers = {path: Reply(status=503) for path in server.answers}
    server.seen.clear()
    assert ["1.0.0"] == [each.version for each in client.indexes.entries(repository, "web", refresh=True)]
    assert ["going by what was fetched before"] == [each.rpartition(": ")[2] for each in warnings]
    assert "/charts/web.json" not in server.paths
    server.answers = {
        "/index.yaml": stored(index(entry(NEWER, version="1.1.0"))),
        "/charts/web.json": Reply(status=404),
    }
    assert ["1.0.0"] == [each.version for each in client.indexes.entries(repository, "web")]
    clock.sleep(61.0)
    assert ["1.1.0"] == [each.version for each in client.indexes.entries(repository, "web", refresh=True)]
    server.answers["/else/index.yaml"] = Reply(status=503)
    with pytest.raises(DownloadError, match="503"):
        client.indexes.entries(Repository(url=f"{server.url}/else"), "web", refresh=True)


def test_stores_of_objects_forbid_what_is_not_there(server: Server, client: RepositoryClient) -> None:
    """The index tells whether the chart is there, or that nothing may be read."""
    repository = serve(server, **SHARDS)
    client.indexes.update(repository)
    server.answers["/charts/typo.json"] = Reply(status=403)
    assert [] == list(client.indexes.entries(repository, "typo"))
    server.answers = {path: Reply(status=403) for path in server.answers}
    with pytest.raises(DownloadError, match="403"):
        client.indexes.entries(repository, "web")


def test_an_index_of_aliases_is_not_kept_by_chart(server: Server, make_client: MakeClient, places: Places) -> None:
    """A few values that are said a million times are few in memory, and would be many there."""
    web = json.dumps(entry(WEB))
    text = f"apiVersion: v1\nentries:\n  other: &x\n  - {json.dumps({**entry(WEB, 'other'), 'keywords': ['a']})}\n"
    text += f"  web:\n  - {web}\n  more: *x\n"
    server.answers = {"/index.yaml": stored(text.encode()), "/web-1.0.0.tgz": stored(WEB)}
    repository = Repository(name="team", url=server.url)
    make_client().indexes.update(repository)
    client = make_client()
    (found,) = client.indexes.entries(repository, "web")
    client.download(repository, found)
    assert [] == parts(places)


@pytest.mark.parametrize("summary", [500, 501, 502, 503, 404])
@pytest.mark.parametrize("head", [200, 405, 501], ids=str)
def test_a_server_that_does_not_tell_of_shards_is_not_away(
    server: Server, client: RepositoryClient, warnings: list[str], summary: int, head: int
) -> None:
    """The index tells then, and is asked for: what is kept is old."""
    repository = serve(server, **SHARDS)
    client.indexes.update(repository)
    text = index(entry(NEWER, version="1.1.0"), entry(WEB), **SHARDS)
    good = shard_summary(text) if summary == 404 else b""
    server.answers["/shards.json"] = Reply(body=good) if good else Reply(status=summary)
    server.answers["/index.yaml"] = lambda seen: Reply(
        status=head if seen.method == "HEAD" else 200, body=text, length=None if head == 200 else -1
    )
    found = client.indexes.entries(repository, "web", refresh=True)
    assert ["1.1.0", "1.0.0"] == [each.version for each in found]
    assert [] == warnings


def away(server: Server) -> None:
    """Let a server answer nothing but that it is busy."""
    server.answers = {path: Reply(status=503) for path in (*server.answers, "/index.yaml", "/shards.json")}
    server.seen.clear()


def test_the_newest_that_is_kept_counts_while_the_server_is_away(server: Server, client: RepositoryClient) -> None:
    """A shard may be older than the index, which may be one without shards by now."""
    repository = serve(server, **SHARDS)
    client.indexes.update(repository)
    client.indexes.entries(repository, "web")
    for more in (SHARDS, {}):
        server.answers["/index.yaml"] = stored(index(entry(NEWER, version="1.1.0"), entry(WEB), **more))
        client.indexes.update(repository)
        good = dict(server.answers)
        away(server)
        for from_index in (False, True):
            found = client.indexes.entries(repository, "web", refresh=True, from_index=from_index)
            assert ["1.1.0", "1.0.0"] == [each.version for each in found]
        server.answers = good


def test_an_answer_ends_the_absence(server: Server, client: RepositoryClient) -> None:
    """An update that works is believed at once."""
    repository = serve(server)
    client.indexes.update(repository)
    away(server)
    client.indexes.entries(repository, "web", refresh=True)
    server.answers["/index.yaml"] = stored(index(entry(NEWER, version="1.1.0")))
    assert client.indexes.update(repository)
    assert ["1.1.0"] == [each.version for each in client.indexes.entries(repository, "web")]


def test_a_server_that_is_away_is_asked_once_for_all_charts(
    server: Server, client: RepositoryClient, warnings: list[str]
) -> None:
    """And its user is told once."""
    server.answers["/index.yaml"] = stored(index(*(entry(WEB, name) for name in "abc"), **SHARDS))
    repository = Repository(name="team", url=server.url)
    client.indexes.update(repository)
    server.answers |= {f"/charts/{name}.json": Reply(status=503) for name in "abc"}
    away(server)
    for name in "abc":
        assert 1 == len(client.indexes.entries(repository, name))
    assert ({"/charts/a.json"}, 1) == (set(server.paths), len(warnings))


def test_a_shard_alone_does_while_the_server_is_away(server: Server, make_client: MakeClient) -> None:
    """Where no index was ever fetched, with and without the wish for what is new."""
    repository = replace(serve(server, **SHARDS), name="")
    make_client().indexes.entries(repository, "web", refresh=True)
    away(server)
    for refresh in (True, False):
        assert 1 == len(make_client().indexes.entries(repository, "web", refresh=refresh))
        with pytest.raises(DownloadError, match="503"):
            make_client().indexes.entries(repository, "api", refresh=refresh)
