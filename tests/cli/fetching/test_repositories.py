"""``repo``, ``search``, ``pull`` and charts by name and URL, as the command line has them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helmlite import documents
from helmlite.errors import RepositoryError
from helmlite.repo.repositories import RepositoriesFile
from helmlite.sandbox.certificates import make
from tests.cli.fetching.conftest import PASSWORD, Run
from tests.repo.charts import archive, digest, entry, index, shard
from tests.repo.server import Reply, Seen, Server, stored

WEB = archive(files={"README.md": "# web\n", "values.yaml": "a: 1\n"})
OLD = archive("web", "0.9.0")
NEXT = archive("web", "2.0.0-rc.1")
API = archive("api", "3.0.0")


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a server with a repository."""
    with Server().running() as running:
        running.answers = {
            "/index.yaml": stored(
                index(
                    entry(WEB, description="A web server for pages", keywords=["http", "nginx"], appVersion="1.27"),
                    entry(OLD, version="0.9.0", description="A web server for pages"),
                    entry(NEXT, version="2.0.0-rc.1"),
                    entry(API, "api", "3.0.0", description=f"{'Very ' * 20}long"),
                )
            ),
            "/web-1.0.0.tgz": stored(WEB),
            "/web-0.9.0.tgz": stored(OLD),
            "/web-2.0.0-rc.1.tgz": stored(NEXT),
            "/api-3.0.0.tgz": stored(API),
        }
        yield running


@pytest.fixture
def team(server: Server, run: Run) -> Server:
    """Return the server, added as ``team``."""
    run("repo", "add", "team", server.url)
    return server


def protected(answer: Callable[[Seen], Reply]) -> Callable[[Seen], Reply]:
    """Return an answer for who has the password, or the token."""
    good = {"Basic YWRhOmNvcnJlY3QtaG9yc2U=", f"Bearer {PASSWORD}"}

    def answered(seen: Seen) -> Reply:
        return answer(seen) if seen.headers.get("authorization") in good else Reply(status=401)

    return answered


def protect(server: Server) -> None:
    """Let only ada in."""
    server.answers = {path: protected(answer) for path, answer in server.answers.items() if callable(answer)}


def files(folder: Path) -> list[str]:
    """Return all files below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_repository_is_added_once(server: Server, run: Run) -> None:
    """Again with the same settings is no error, with others it is, as in Helm."""
    assert '"team" has been added to your repositories\n' == run("repo", "add", "team", server.url).stdout
    again = run("repo", "add", "team", server.url)
    assert '"team" already exists with the same configuration, skipping\n' == again.stdout
    other = run("repo", "add", "team", f"{server.url}/other", code=1)
    assert "repository name (team) already exists" in other.stderr
    server.answers["/other/index.yaml"] = Reply(body=index())
    run("repo", "add", "team", f"{server.url}/other", "--force-update")
    assert f"{server.url}/other" in run("repo", "list").stdout


def test_what_is_no_repository_is_not_added(server: Server, run: Run, home: Path) -> None:
    """Its index is looked at first; nothing is left of it."""
    server.answers["/index.yaml"] = Reply(body=b"<html>")
    ended = run("repo", "add", "team", server.url, code=1)
    assert f"looks like {server.url} is not a valid chart repository or cannot be reached" in ended.stderr
    assert [] == files(home)


@pytest.mark.parametrize("output", ["json", "yaml", "table"])
def test_repositories_are_listed(team: Server, run: Run, output: str) -> None:
    """As Helm lists them."""
    text = run("repo", "list", "-o", output).stdout
    if output == "table":
        assert f"NAME\tURL{' ' * (len(team.url) - 3)}\nteam\t{team.url}\n" == text
    else:
        assert [{"name": "team", "url": team.url}] == documents.read(text).data


def test_no_repositories_are_no_error(run: Run) -> None:
    """A sentence for people, an empty list for programs."""
    assert ("", "no repositories to show\n") == (run("repo", "list").stdout, run("repo", "list").stderr)
    assert "[]\n" == run("repo", "list", "-o", "json").stdout


def test_removing_leaves_nothing(team: Server, run: Run, home: Path) -> None:
    """No entry, index, names or password."""
    protect(team)
    run("repo", "add", "closed", team.url, "--username", "ada", "--password-stdin", stdin=PASSWORD)
    assert '"closed" has been removed from your repositories\n' == run("repo", "remove", "closed").stdout
    assert [] == [path for path in files(home) if "closed" in path]
    assert PASSWORD not in "".join(path.read_text(errors="replace") for path in home.rglob("*") if path.is_file())
    assert "no repo named 'closed' found" in run("repo", "rm", "closed", code=1).stderr


def test_an_update_tells_of_each(team: Server, run: Run) -> None:
    """One that fails is told with its reason, the others are updated, and the exit code is 1."""
    run("repo", "add", "more", f"{team.url}/")
    good = run("repo", "update")
    assert 2 == good.stdout.count("...Successfully got an update from the")
    assert good.stdout.endswith("Update Complete. ⎈Happy Helming!⎈\n")
    team.answers = {"/index.yaml": [Reply(status=500), Reply(body=index())]}
    bad = run("repo", "update", code=1)
    assert 1 == bad.stdout.count("...Successfully got an update from the")
    assert "chart repository" in bad.stdout
    assert "the server answers 500" in bad.stdout
    assert "failed to update the following repositories" in bad.stderr


def test_an_update_of_nothing_is_an_error(run: Run, server: Server) -> None:
    """No repositories, or not those that are named."""
    assert "no repositories found. You must add one before updating" in run("repo", "update", code=1).stderr
    run("repo", "add", "team", server.url)
    ended = run("repo", "update", "team", "none", code=1)
    assert ("", True) == (ended.stdout, "no repositories found matching 'none'" in ended.stderr)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), ["team/api 3.0.0", "team/web 1.0.0"]),
        (("web",), ["team/web 1.0.0"]),
        (("NGINX",), ["team/web 1.0.0"]),
        (("web", "server"), ["team/web 1.0.0"]),
        (("team/",), ["team/api 3.0.0", "team/web 1.0.0"]),
        (("web", "--devel"), ["team/web 2.0.0-rc.1"]),
        (("web", "-l"), ["team/web 1.0.0", "team/web 0.9.0"]),
        (("web", "-l", "--devel"), ["team/web 2.0.0-rc.1", "team/web 1.0.0", "team/web 0.9.0"]),
        (("web", "--version", "<1"), ["team/web 0.9.0"]),
        (("-r", "^w.b$"), ["team/web 1.0.0"]),
        (("-r", "^W.B$"), []),
        (("nothing",), []),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else "",
)
def test_a_search_finds(team: Server, run: Run, words: tuple[str, ...], found: list[str]) -> None:
    """By name, repository, description and keyword; the newest release unless told otherwise."""
    rows = documents.read(run("search", "repo", *words, "-o", "json").stdout).data
    assert found == [f"{row['name']} {row['version']}" for row in rows]


def test_a_search_for_people(team: Server, run: Run) -> None:
    """A table with long texts cut, or a sentence."""
    lines = run("search", "repo", "api").stdout.splitlines()
    assert ["NAME", "CHART VERSION", "APP VERSION", "DESCRIPTION"] == [each.strip() for each in lines[0].split("\t")]
    assert 50 == len(lines[1].split("\t")[3])
    assert lines[1].endswith("...")
    assert "No results found\n" == run("search", "repo", "nothing").stdout
    assert "no results found" in run("search", "repo", "nothing", "--fail-on-no-result", code=1).stderr


def test_a_search_without_an_index_says_so(team: Server, run: Run, home: Path) -> None:
    """As Helm does; the others are searched."""
    (home / "helm_cache_home/repository/team-index.yaml").unlink()
    assert 'Repo "team" is corrupt or missing' in run("search", "repo").stderr


def test_a_chart_is_pulled(team: Server, run: Run) -> None:
    """By name and range, by URL, by --repo; several at once; under the name of its URL."""
    run("pull", "team/web", "team/api")
    run("pull", "team/web", "--version", "<1")
    run("pull", "web", "--repo", team.url, "--devel")
    assert ["api-3.0.0.tgz", "web-0.9.0.tgz", "web-1.0.0.tgz", "web-2.0.0-rc.1.tgz"] == files(Path())
    assert WEB == Path("web-1.0.0.tgz").read_bytes()
    Path("there").mkdir()
    run("pull", f"{team.url}/web-1.0.0.tgz", "-d", "there")
    assert WEB == Path("there/web-1.0.0.tgz").read_bytes()


def test_a_chart_is_unpacked(team: Server, run: Run) -> None:
    """Into a folder of its name, which must not be there yet."""
    run("pull", "team/web", "--untar", "--untardir", "charts")
    assert ["Chart.yaml", "README.md", "templates/configmap.yaml", "values.yaml"] == files(Path("charts/web"))
    Path("charts/web/mine").write_text("")
    ended = run("pull", "team/web", "--untar", "--untardir", "charts", code=1)
    assert "a file or directory with the name charts/web already exists" in ended.stderr
    assert ["web"] == os.listdir("charts")  # noqa: PTH208  # names are what is compared


def test_nothing_is_half_unpacked(team: Server, run: Run) -> None:
    """An archive that is refused leaves no folder."""
    evil = archive("web", "1.0.0", files={"../../evil": "x"})
    team.answers["/index.yaml"] = Reply(body=index(entry(evil)))
    team.answers["/web-1.0.0.tgz"] = Reply(body=evil)
    run("repo", "update")
    assert "leads out of the chart" in run("pull", "team/web", "--untar", code=1).stderr
    assert [] == list(Path().iterdir())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("team/none",), "chart 'none' is not in repository team\nTry: helmlite repo update team"),
        (("team/wbe",), "chart 'wbe' is not in repository team; did you mean 'web'?"),
        (("team/web", "--version", "7"), "chart 'web' of repository team has no version 7"),
        (("none/web",), "no repository 'none'"),
        (("web",), "is nothing that can be fetched"),
        (("oci://127.0.0.1/web",), "cannot be fetched yet"),
        (("team/web", "-d", "/dev/null"), "/dev/null: it is no folder"),
        (("team/web", "--prov"), ""),
    ],
)
def test_what_cannot_be_pulled(team: Server, run: Run, words: tuple[str, ...], says: str) -> None:
    """One clear error each, and nothing written."""
    if not says:
        assert "without a provenance file nothing can be verified" in run("pull", *words).stderr
        return
    assert says in run("pull", *words, code=1).stderr
    assert [] == list(Path().iterdir())


@pytest.mark.parametrize("words", [("pull",), ("template",), ("show", "chart"), ("install", "x", "--dry-run")])
def test_a_swapped_archive_is_used_by_nothing(team: Server, run: Run, home: Path, words: tuple[str, ...]) -> None:
    """Both digests are told; nothing is kept, written or rendered."""
    evil = archive(files={"templates/evil.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: evil}\n"})
    team.answers["/web-1.0.0.tgz"] = Reply(body=evil)
    before = files(home)
    ended = run(*words, "team/web", code=1)
    assert "" == ended.stdout
    assert digest(evil) in ended.stderr
    assert digest(WEB) in ended.stderr
    assert "helmlite repo update team" in ended.stderr
    assert before == files(home)


@pytest.mark.parametrize("words", [("team/web",), ("web", "--repo", "<url>"), ("<url>/web-1.0.0.tgz",)])
def test_a_chart_is_rendered_from_anywhere(team: Server, run: Run, words: tuple[str, ...]) -> None:
    """By name, by name in a repository's URL, by URL."""
    text = run("template", *(each.replace("<url>", team.url) for each in words)).stdout
    assert "from-web" in text
    shown = run("show", "values", *(each.replace("<url>", team.url) for each in words)).stdout
    assert "a: 1\n" == shown


@pytest.mark.parametrize("way", ["password", "token", "url", "environment"])
def test_a_password_is_used_and_never_shown(
    server: Server, run: Run, home: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """However it is given; it stands in no file that others read, and not in Helm's."""
    protect(server)
    place = server.url.removeprefix("http://")
    said = [run("repo", "add", "team", server.url, code=1)]
    if way == "password":
        said.append(run("repo", "add", "team", server.url, "--username=ada", "--password-stdin", stdin=f"{PASSWORD}\n"))
    elif way == "token":
        said.append(run("repo", "add", "team", server.url, "--token-stdin", stdin=PASSWORD))
    elif way == "url":
        said.append(run("repo", "add", "team", f"http://ada:{PASSWORD}@{place}"))
    else:
        monkeypatch.setenv("HELMLITE_REPO_TEAM_USERNAME", "ada")
        monkeypatch.setenv("HELMLITE_REPO_TEAM_PASSWORD", PASSWORD)
        said.append(run("repo", "add", "team", server.url))
    said += [
        run("repo", "update"),
        run("pull", "team/web"),
        run("repo", "list", "-o", "yaml"),
        run("template", "team/web"),
    ]
    server.answers["/web-0.9.0.tgz"] = Reply(status=403)
    said.append(run("--debug", "pull", "team/web", "--version", "0.9.0", code=1))
    assert PASSWORD not in "".join(f"{each.stdout}{each.stderr}" for each in said)
    holding = [path for path in home.rglob("*") if path.is_file() and PASSWORD in path.read_text(errors="replace")]
    assert [] == [path for path in holding if path.name != "credentials.json" or path.stat().st_mode & 0o077]
    assert bool(holding) is (way != "environment")


def test_a_password_is_shared_with_helm_when_told_so(server: Server, run: Run, home: Path) -> None:
    """In clear, in Helm's own file, as Helm does it."""
    protect(server)
    words = ("repo", "add", "team", server.url, "--username=ada", "--password-stdin", "--share-password")
    run(*words, stdin=PASSWORD)
    (entry_,) = documents.read((home / "helm_config_home/repositories.yaml").read_bytes()).data["repositories"]
    assert ("ada", PASSWORD) == (entry_["username"], entry_["password"])
    assert not (home / "helmlite_config_home").exists()
    run("pull", "team/web")


def test_flags_have_a_password_for_one_run(server: Server, run: Run, home: Path) -> None:
    """With --repo, and with a URL; it is kept nowhere."""
    protect(server)
    given = ("--username=ada", "--password-stdin")
    run("pull", "web", "--repo", server.url, *given, stdin=PASSWORD)
    run("show", "chart", f"{server.url}/web-1.0.0.tgz", *given, stdin=PASSWORD)
    assert [] == [path for path in home.rglob("*") if path.is_file() and PASSWORD in path.read_text(errors="replace")]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--username", "ada"), "--username needs a password"),
        (("--password", "x"), "a password needs a --username"),
        (("--username", "ada", "--password", "x", "--password-stdin"), "give one of"),
        (("--token-stdin",), "standard input is empty"),
        (("--token-stdin", "--share-password"), "helm knows no tokens"),
    ],
)
def test_flags_that_exclude_each_other(server: Server, run: Run, words: tuple[str, ...], says: str) -> None:
    """Usage errors, before anything is asked."""
    stdin = "t0ken" if "--share-password" in words else ""
    assert says in run("repo", "add", "team", server.url, *words, stdin=stdin, code=2).stderr
    assert [] == server.seen


def test_helms_file_and_cache_may_be_elsewhere(server: Server, run: Run, home: Path) -> None:
    """By flag, by variable; as Helm has both."""
    run(
        "--repository-config",
        str(home / "r.yaml"),
        "--repository-cache",
        str(home / "rc"),
        "repo",
        "add",
        "a",
        server.url,
    )
    assert ["r.lock", "r.yaml", "rc"] == sorted(path.name for path in home.iterdir() if path.name.startswith("r"))


def test_names_are_completed(team: Server) -> None:
    """Repositories, then their charts, from what is kept on this machine."""
    from helmlite.cli.completion import charts, repositories

    assert (["team"], ["team/"], ["team/api", "team/web"]) == (repositories("t"), charts("te"), charts("team/"))
    assert ([], ["team/web"], []) == (repositories("x"), charts("team/w"), charts("none/"))


GIVEN = ("--username", "ada", "--password-stdin")


def depends(url: str) -> Path:
    """Make a chart that depends on one of a repository; return its directory."""
    folder = Path("app")
    folder.mkdir()
    dependencies = [{"name": "web", "version": "^1.0", "repository": url}]
    data = {"apiVersion": "v2", "name": "app", "version": "1.0.0", "dependencies": dependencies}
    (folder / "Chart.yaml").write_text(documents.write(data))
    return folder


@pytest.mark.parametrize("verb", ["update", "build", "package", "template"])
def test_dependencies_are_fetched_with_a_password(server: Server, run: Run, verb: str) -> None:
    """A repository that has no name here may ask for one; without it the charts are not to be had."""
    protect(server)
    chart = depends(server.url)
    words = {
        "package": ["package", "app", "-u"],
        "template": ["template", "shop", "./app", "--dependency-update"],
    }.get(verb, ["dependency", verb, "app"])
    assert "401" in run(*words, code=1).stderr
    assert ["Chart.yaml"] == files(chart)
    done = run(*words, *GIVEN, stdin=PASSWORD)
    assert ["Chart.lock", "Chart.yaml", "charts/web-1.0.0.tgz"] == files(chart)
    assert PASSWORD not in f"{done.stdout}{done.stderr}{(chart / 'Chart.lock').read_text()}"


def test_a_password_without_a_server_to_ask_is_wrong_usage(run: Run) -> None:
    """Packing alone asks nobody: who gives a password means something else."""
    depends("https://charts.example.com")
    assert "--dependency-update" in run("package", "app", *GIVEN, stdin=PASSWORD, code=2).stderr
    assert ["app/Chart.yaml"] == files(Path())


def secrets(home: Path) -> str:
    """Return the text of the file of passwords."""
    file = home / "helmlite_config_home" / "credentials.json"
    return file.read_text() if file.exists() else ""


def test_an_add_that_fails_leaves_the_index_of_the_name(
    team: Server, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is another server's that would answer for the name else, to both tools."""
    evil = archive("web", "6.6.6")
    team.answers["/evil/index.yaml"] = stored(index(entry(evil, version="6.6.6")))

    def locked_by_another(*_: object, **__: object) -> None:
        raise RepositoryError("another process holds the lock")

    monkeypatch.setattr(RepositoriesFile, "put", locked_by_another)
    run("repo", "add", "team", f"{team.url}/evil", "--force-update", code=1)
    assert "6.6.6" not in run("search", "repo", "team").stdout


def test_a_kept_password_is_not_lent_to_an_add_without_one(server: Server, run: Run, home: Path) -> None:
    """It would be gone afterwards, and the repository be closed."""
    protect(server)
    words = ("repo", "add", "team", server.url, "--force-update")
    run(*words, *GIVEN, stdin=PASSWORD)
    assert "401" in run(*words, code=1).stderr
    assert PASSWORD in secrets(home)
    run("repo", "update")


def test_a_password_is_shared_when_that_is_asked_for_later(server: Server, run: Run, home: Path) -> None:
    """Other settings need --force-update; what was kept for helmlite alone is gone then."""
    protect(server)
    words = ("repo", "add", "team", server.url, *GIVEN)
    run(*words, stdin=PASSWORD)
    assert "--force-update" in run(*words, "--share-password", stdin=PASSWORD, code=1).stderr
    run(*words, "--share-password", "--force-update", stdin=PASSWORD)
    assert PASSWORD in (home / "helm_config_home" / "repositories.yaml").read_text()
    assert PASSWORD not in secrets(home)
    assert "already exists with the same configuration" in run(*words, stdin=PASSWORD).stdout


def test_no_repository_is_removed_without_its_password(server: Server, run: Run, home: Path) -> None:
    """Where the passwords cannot be read, all stays as it is."""
    protect(server)
    run("repo", "add", "team", server.url, *GIVEN, stdin=PASSWORD)
    file = home / "helmlite_config_home" / "credentials.json"
    file.chmod(0o644)
    assert "chmod 600" in run("repo", "remove", "team", code=1).stderr
    file.chmod(0o600)
    assert "team" in run("repo", "list").stdout
    run("repo", "remove", "team")
    assert PASSWORD not in secrets(home)


def test_files_of_certificates_are_kept_with_their_whole_paths(server: Server, run: Run, home: Path) -> None:
    """The next command may be given in another folder."""
    Path("ca.crt").write_bytes(make(datetime.now(UTC))[0])
    run("repo", "add", "team", server.url, "--ca-file", "ca.crt")
    (entry_,) = documents.read((home / "helm_config_home" / "repositories.yaml").read_bytes()).data["repositories"]
    assert str(Path("ca.crt").absolute()) == entry_["caFile"]


def test_a_token_is_no_password(server: Server, run: Run) -> None:
    """Helm knows none, so that sharing is no advice."""
    protect(server)
    told = run("repo", "add", "team", server.url, "--token-stdin", stdin=PASSWORD).stderr
    assert "the token of team is kept" in told
    assert "--share-password" not in told


def test_what_a_version_is_written_as_goes_first(team: Server, run: Run) -> None:
    """A search for 1.0.0 shows it, not what differs from it in build metadata."""
    team.answers["/index.yaml"] = stored(index(entry(WEB), entry(WEB, version="1.0.0+b1")))
    run("repo", "update")
    (found,) = json.loads(run("search", "repo", "--version", "1.0.0", "-o", "json").stdout)
    assert "1.0.0" == found["version"]


def test_a_fetched_chart_is_named_by_its_file(team: Server, run: Run) -> None:
    """Not by its place in the cache, which says nothing to anybody."""
    bad = archive(files={"values.yaml": "a: [", "templates/x.yaml": "x"})
    team.answers["/web-1.0.0.tgz"] = stored(bad)
    team.answers["/index.yaml"] = stored(index(entry(bad)))
    run("repo", "update")
    assert "web-1.0.0.tgz/values.yaml:" in run("template", "team/web", code=1).stderr


def test_debug_tells_each_request(team: Server, run: Run) -> None:
    """And what was kept, so that one sees where a chart comes from."""
    told = run("pull", "team/web", "--debug").stderr
    assert f"GET {team.url}/web-1.0.0.tgz: 200\n" in told
    again = run("pull", "team/web", "--debug").stderr
    assert "kept under its sha256" in again
    assert "GET" not in again
    assert "GET" not in run("pull", "team/web").stderr


def test_a_busy_server_is_waited_for_with_a_word(server: Server, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits is told why."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    good = stored(index(entry(WEB)))
    busy = [Reply(status=503, headers={"Retry-After": "7"}), *[good(Seen(path="/index.yaml", headers={}))] * 3]
    server.answers["/index.yaml"] = busy
    assert "503 Service Unavailable: trying again in 7 seconds" in run("repo", "add", "team", server.url).stderr


def test_a_folder_for_archives_is_made(team: Server, run: Run) -> None:
    """As for packages."""
    run("pull", "team/web", "-d", "some/where")
    assert ["web-1.0.0.tgz"] == files(Path("some/where"))


def test_a_shard_that_is_behind_its_index_hides_nothing(team: Server, run: Run) -> None:
    """Where files are copied to servers one by one, the index that was fetched tells."""
    shards = {"annotations": {"helmlite.dev/shards": "charts/{name}.json"}}
    team.answers["/index.yaml"] = stored(index(entry(WEB), entry(OLD, version="0.9.0"), **shards))
    team.answers["/charts/web.json"] = stored(shard(entry(OLD, version="0.9.0")))
    run("repo", "update")
    run("pull", "team/web", "--version", "1.0.0")
    assert ["web-1.0.0.tgz"] == files(Path())
    chart = depends("@team")
    run("dependency", "update", "app")
    assert "charts/web-1.0.0.tgz" in files(chart)


def test_a_refusal_after_a_redirect_names_who_refused(server: Server, run: Run) -> None:
    """The credentials were right, and were not shown there."""
    with Server().running() as other:
        other.answers["/index.yaml"] = Reply(status=401)
        server.answers["/index.yaml"] = Reply(status=302, headers={"Location": f"{other.url}/index.yaml"})
        told = run("repo", "add", "team", server.url, *GIVEN, stdin=PASSWORD, code=1).stderr
    assert f"it leads to {other.url}/index.yaml, where the server answers 401" in told
    assert "credentials go to their own server only" in told


def test_charts_of_two_servers_are_not_packed_with_one_password(server: Server, run: Run) -> None:
    """It is shown to neither: each chart alone has one server, but the command line has two."""
    with Server().running() as other:
        for name, url in (("one", server.url), ("two", other.url)):
            Path(name).mkdir()
            dependencies = [{"name": "web", "version": "^1.0", "repository": url}]
            data = {"apiVersion": "v2", "name": name, "version": "1.0.0", "dependencies": dependencies}
            (Path(name) / "Chart.yaml").write_text(documents.write(data))
        told = run("package", "one", "two", "-u", *GIVEN, stdin=PASSWORD, code=2).stderr
        assert "are for one server" in told
        assert [] == [*server.seen, *other.seen]
    assert ["one/Chart.yaml", "two/Chart.yaml"] == files(Path())


def test_standard_input_is_read_for_one_thing(server: Server, run: Run) -> None:
    """Who comes second would find it empty, and go on with nothing."""
    words = ("template", "x", f"{server.url}/web-1.0.0.tgz", "-f", "-", *GIVEN)
    assert "standard input is asked for twice" in run(*words, stdin=PASSWORD, code=2).stderr
