"""TLS as the command line has it: servers of an own authority, and servers that want a client certificate."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helmlite import documents
from tests.cli.fetching.conftest import WEB, Run, snapshot
from tests.repo.server import Server

pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS request")

ONE_RUN = {
    "pull --repo": ("pull", "web", "--repo", "<url>"),
    "pull URL": ("pull", "<url>/web-1.0.0.tgz"),
    "template --repo": ("template", "web", "--repo", "<url>"),
    "show URL": ("show", "values", "<url>/web-1.0.0.tgz"),
}
"""Commands on a repository that has no name."""
NAMED = {
    "repo update": ("repo", "update", "team"),
    "pull": ("pull", "team/web"),
    "pull --untar": ("pull", "team/web", "--untar"),
    "template": ("template", "team/web"),
    "install": ("install", "x", "team/web", "--dry-run=client"),
}
"""Commands on one that was added as ``team``."""


def words(line: tuple[str, ...], server: Server) -> tuple[str, ...]:
    """Return a command line on a server."""
    return tuple(each.replace("<url>", server.url) for each in line)


def flags(authority: Path, *names: str) -> tuple[str, ...]:
    """Return the flags of these names with the files that are right for them."""
    right = {"--ca-file": "ca.crt", "--cert-file": "me.crt", "--key-file": "me.key"}
    return tuple(word for name in names for word in (name, str(authority / right[name])))


ALL = ("--ca-file", "--cert-file", "--key-file")


def outcome(line: tuple[str, ...]) -> bool:
    """Return whether the command left what it should: the right archive, where it pulls one."""
    if line[0] != "pull":
        return os.listdir() == []  # noqa: PTH208  # names are what is compared
    return Path("web-1.0.0.tgz").read_bytes() == WEB if "--untar" not in line else Path("web/Chart.yaml").is_file()


@pytest.mark.parametrize("line", ONE_RUN.values(), ids=ONE_RUN)
def test_an_own_authority_is_given_by_flag(secure: Server, authority: Path, run: Run, line: tuple[str, ...]) -> None:
    """With --ca-file the server is trusted, for this run."""
    run(*words(line, secure), *flags(authority, "--ca-file"))
    assert outcome(line)


@pytest.mark.parametrize("line", ONE_RUN.values(), ids=ONE_RUN)
def test_no_check_at_all_is_given_by_flag(secure: Server, run: Run, line: tuple[str, ...]) -> None:
    """With --insecure-skip-tls-verify whoever answers is trusted, without a word of a library's on the terminal."""
    assert "" == run(*words(line, secure), "--insecure-skip-tls-verify").stderr
    assert outcome(line)


@pytest.mark.parametrize("line", [*ONE_RUN.values(), ("repo", "add", "team", "<url>")], ids=[*ONE_RUN, "repo add"])
def test_an_unknown_authority_is_an_error(secure: Server, run: Run, home: Path, line: tuple[str, ...]) -> None:
    """It names the server and the flag that helps; nothing was asked for, nothing is left."""
    ended = run(*words(line, secure), code=1)
    assert f"{secure.url}/" in ended.stderr
    assert "its certificate is not trusted: unable to get local issuer certificate" in ended.stderr
    assert "Try: give its authority with --ca-file\n" in ended.stderr
    assert ("", [], {}) == (ended.stdout, secure.seen, snapshot(home))


@pytest.mark.parametrize("line", NAMED.values(), ids=NAMED)
def test_what_a_repository_was_added_with_is_kept(
    strict: Server, authority: Path, run: Run, line: tuple[str, ...]
) -> None:
    """Authority, certificate and key of ``repo add`` serve every later command."""
    run("repo", "add", "team", strict.url, *flags(authority, *ALL))
    run(*line)
    assert {"ada"} == {each.certificate for each in strict.seen}
    assert outcome(line)


def test_files_are_kept_by_their_whole_path(
    strict: Server, authority: Path, run: Run, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    """Given relative to the current folder, they are found from another one."""
    monkeypatch.chdir(authority)
    given = ("--ca-file", "ca.crt", "--cert-file", "me.crt", "--key-file", "me.key")
    run("repo", "add", "team", strict.url, *given)
    assert "already exists with the same configuration" in run("repo", "add", "team", strict.url, *given).stdout
    monkeypatch.chdir(home / "work")
    run("pull", "team/web")
    assert outcome(("pull",))


def test_that_nothing_is_checked_is_kept(secure: Server, run: Run) -> None:
    """--insecure-skip-tls-verify of ``repo add``, as Helm keeps it."""
    run("repo", "add", "team", secure.url, "--insecure-skip-tls-verify")
    run("repo", "update")
    run("pull", "team/web")
    assert outcome(("pull",))


@pytest.mark.parametrize("line", NAMED.values(), ids=NAMED)
def test_an_authority_that_is_not_kept_is_missed(
    secure: Server, authority: Path, run: Run, home: Path, monkeypatch: pytest.MonkeyPatch, line: tuple[str, ...]
) -> None:
    """What the environment lent to ``repo add`` is not kept; later commands end in the error, and change nothing."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority / "ca.crt"))
    run("repo", "add", "team", secure.url)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    before, asked = snapshot(home), len(secure.seen)
    ended = run(*line, code=1)
    assert "give its authority with --ca-file" in f"{ended.stdout}{ended.stderr}"
    assert (before, asked) == (snapshot(home), len(secure.seen))


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_the_environment_names_authorities(
    secure: Server, authority: Path, run: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """For every command, and for repositories with names too."""
    monkeypatch.setenv(name, str(authority / "ca.crt"))
    run("repo", "add", "team", secure.url)
    run("repo", "update")
    run("pull", "team/web")
    assert outcome(("pull",))
    assert "a: 1\n" == run("show", "values", "web", "--repo", secure.url).stdout


def test_a_flag_goes_before_the_environment(
    secure: Server, authority: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bundle without the server's authority does not stand in the way of --ca-file, nor the other way round."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority / "me.crt"))
    run("pull", "web", "--repo", secure.url, *flags(authority, "--ca-file"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority / "ca.crt"))
    ended = run("show", "chart", "web", "--repo", secure.url, "--ca-file", str(authority / "me.crt"), code=1)
    assert "its certificate is not trusted" in ended.stderr


@pytest.mark.parametrize("line", ONE_RUN.values(), ids=ONE_RUN)
def test_a_client_certificate_is_given_by_flag(
    strict: Server, authority: Path, run: Run, line: tuple[str, ...]
) -> None:
    """With --cert-file and --key-file a server that wants one is content."""
    run(*words(line, strict), *flags(authority, *ALL))
    assert {"ada"} == {each.certificate for each in strict.seen}
    assert outcome(line)


def test_one_file_may_hold_certificate_and_key(strict: Server, authority: Path, run: Run) -> None:
    """Then --key-file is not needed."""
    both = authority / "both.pem"
    both.write_text((authority / "me.crt").read_text() + (authority / "me.key").read_text())
    run("pull", "web", "--repo", strict.url, *flags(authority, "--ca-file"), "--cert-file", str(both))
    assert outcome(("pull",))


@pytest.mark.parametrize("line", [*ONE_RUN.values(), ("repo", "add", "team", "<url>")], ids=[*ONE_RUN, "repo add"])
def test_a_client_certificate_that_is_missing_is_an_error(
    strict: Server, authority: Path, run: Run, home: Path, line: tuple[str, ...]
) -> None:
    """It says that the server wants one, and the flags; nothing was answered, nothing is left."""
    ended = run(*words(line, strict), *flags(authority, "--ca-file"), code=1)
    assert "the server wants a client certificate" in ended.stderr
    assert "Try: give one that it knows with --cert-file and --key-file\n" in ended.stderr
    assert ("", [], {}) == (ended.stdout, strict.seen, snapshot(home))


@pytest.mark.parametrize("line", NAMED.values(), ids=NAMED)
def test_a_client_certificate_that_is_not_kept_is_missed(
    strict: Server, authority: Path, run: Run, home: Path, line: tuple[str, ...]
) -> None:
    """A repository that lost it among its settings ends in the error, and nothing changes."""
    run("repo", "add", "team", strict.url, *flags(authority, *ALL))
    file = home / "helm_config_home" / "repositories.yaml"
    data = documents.read(file.read_bytes()).data
    data["repositories"][0] |= {"certFile": "", "keyFile": ""}
    file.write_text(documents.write(data))
    before, asked = snapshot(home), len(strict.seen)
    ended = run(*line, code=1)
    assert "the server wants a client certificate" in f"{ended.stdout}{ended.stderr}"
    assert (before, asked) == (snapshot(home), len(strict.seen))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("--cert-file", "me.crt"), "/me.crt: no client certificate and key in PEM form"),
        (("--cert-file", "me.crt", "--key-file", "server.key"), "the key is not that of the certificate"),
        (("--cert-file", "me.key", "--key-file", "me.crt"), "no client certificate and key in PEM form"),
        (("--cert-file", "server.crt", "--key-file", "server.key"), "the server does not accept the client"),
        (("--cert-file", "none.crt", "--key-file", "me.key"), "/none.crt: certificates or keys cannot be read"),
        (("--cert-file", "me.crt", "--key-file", "none.key"), "/none.key: certificates or keys cannot be read"),
        (("--key-file", "me.key"), "give --cert-file, too"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else "",
)
def test_a_wrong_client_certificate_is_named_as_such(
    strict: Server, authority: Path, run: Run, home: Path, given: tuple[str, ...], says: str
) -> None:
    """The error is on the files, not on the server's authority; nothing was answered, nothing is left."""
    files = [each if each.startswith("--") else str(authority / each) for each in given]
    ended = run("pull", "web", "--repo", strict.url, *flags(authority, "--ca-file"), *files, code=1)
    assert says in ended.stderr
    assert "give its authority" not in ended.stderr
    assert ("", [], {}) == (ended.stdout, strict.seen, snapshot(home))


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("me.key", "/me.key: no authorities' certificates in PEM form"),
        ("none.crt", "/none.crt: certificates or keys cannot be read"),
        ("me.crt", "its certificate is not trusted"),
    ],
)
def test_a_wrong_authority_is_named_as_such(
    secure: Server, authority: Path, run: Run, home: Path, file: str, says: str
) -> None:
    """A file that holds none, one that is not there, and another authority's are three errors."""
    ended = run("repo", "add", "team", secure.url, "--ca-file", str(authority / file), code=1)
    assert says in ended.stderr
    assert ("", [], {}) == (ended.stdout, secure.seen, snapshot(home))


def test_another_name_than_the_certificates_is_an_error(secure: Server, authority: Path, run: Run) -> None:
    """An authority that is known does not make a server another one's."""
    url = secure.url.replace("127.0.0.1", "127.1")
    ended = run("pull", "web", "--repo", url, *flags(authority, "--ca-file"), code=1)
    assert "its certificate is not trusted: " in ended.stderr
    assert [] == secure.seen
