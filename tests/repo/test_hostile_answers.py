"""Hostile and broken servers: how each attempt ends, in what time and memory, and that nothing of it is kept."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import tarfile
import time
import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from helmlite.errors import HelmliteError
from helmlite.repo.client import Places, RepositoryClient
from helmlite.repo.http import Patience
from helmlite.repo.index import choose
from helmlite.repo.repositories import Repository
from tests.repo.charts import archive, digest, entry, index, shard
from tests.repo.conftest import refreshed
from tests.repo.server import Reply, Server

GOOD = archive()
EVIL = archive(files={"templates/evil.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: evil}\n"})
KNOWN = archive("known")
SHARDS = {"annotations": {"helmlite.dev/shards": "charts/{name}.json"}}
HOST = "http://127.0.0.1"
ZEROS = bytes(64 << 10)
PATIENT = Patience(total_seconds=20.0, read_seconds=5.0)


def bomb(size: int) -> bytes:
    """Return gzip that unpacks to so many zeros."""
    return gzip.compress(bytes(1 << 20), mtime=0) * (size >> 20)


def large_chart(size: int) -> bytes:
    """Return the archive of a chart with a file of so many zeros."""
    member = tarfile.TarInfo("web/zeros")
    member.size = size
    return gzip.compress(member.tobuf(), mtime=0) + bomb(size)


def update(client: RepositoryClient, repository: Repository) -> object:
    """Update the index."""
    return client.indexes.update(repository)


def pull(client: RepositoryClient, repository: Repository) -> object:
    """Update the index and fetch the newest ``web``; return the sha256 of what came."""
    client.indexes.update(repository)
    found = choose(client.indexes.entries(repository, "web"))
    assert found is not None
    return client.download(repository, found).digest


def pull_known(client: RepositoryClient, repository: Repository) -> object:
    """Fetch the newest ``web`` of the index that is kept."""
    found = choose(client.indexes.entries(repository, "web"))
    assert found is not None
    return client.download(repository, found).digest


@dataclass(frozen=True, kw_only=True)
class Case:
    """An attempt: the answers by path, what is done, and how it ends: an error of these words, else this result."""

    answers: dict[str, Any]
    says: Iterable[str] = ()
    gives: object = None
    do: Callable[[RepositoryClient, Repository], object] = pull
    mebibytes: int = 48
    seconds: float = 10.0
    patience: Patience = PATIENT


def serving(data: bytes, **fields: Any) -> dict[str, Any]:
    """Return the answers of a repository whose one entry is of the good archive, and whose file is ``data``."""
    return {"/index.yaml": Reply(body=index(entry(GOOD, **fields))), "/web-1.0.0.tgz": Reply(body=data)}


def at(*urls: str) -> dict[str, Any]:
    """Return the answers of a repository whose archive is said to be at these URLs; all paths serve it."""
    return serving(GOOD, urls=list(urls))


def redirect(target: str, status: int = 302) -> Reply:
    """Return a redirect."""
    return Reply(status=status, headers={"Location": target}, body=b"see there")


def named(name: str, version: str) -> dict[str, Any]:
    """Return the answers of a repository whose archive, of the right sha256, is another chart than is said."""
    data = archive(name, version)
    return {"/index.yaml": Reply(body=index(entry(data))), "/web-1.0.0.tgz": Reply(body=data)}


def with_shard(body: bytes) -> dict[str, Any]:
    """Return the answers of a repository with shards, that of ``web`` being these bytes."""
    return {
        "/index.yaml": Reply(body=index(entry(GOOD), **SHARDS)),
        "/charts/web.json": Reply(body=body),
        "/web-1.0.0.tgz": Reply(body=GOOD),
    }


def of_index(body: bytes, *says: str, **more: Any) -> Case:
    """Return the case of an index that is these bytes."""
    return Case(answers={"/index.yaml": Reply(body=body)}, says=says, do=update, **more)


def deep(open_: str, close: str, count: int = 100_000) -> bytes:
    """Return an index whose entries nest so deep."""
    return f'{{"apiVersion": "v1", "entries": {open_ * count}{close * count}}}'.encode()


def drips(body: bytes) -> Iterable[bytes]:
    """Yield bytes one by one."""
    return (body[place : place + 1] for place in range(len(body)))


IMPATIENT = Patience(total_seconds=1.0, read_seconds=0.6)

CASES = {
    # archives that are not what the index says
    "archive-swapped": Case(answers=serving(EVIL), says=[digest(EVIL), digest(GOOD), "/web-1.0.0.tgz", "is not used"]),
    "archive-swapped-in-part": Case(answers=serving(GOOD[:-1] + b"x"), says=["sha256", digest(GOOD)]),
    "archive-of-a-page": Case(answers=serving(b"<html>please log in</html>"), says=["sha256", digest(GOOD)]),
    "archive-of-another-name": Case(answers=named("other", "1.0.0"), says=["'other'", "'web'", "is not used"]),
    "archive-of-another-version": Case(answers=named("web", "6.6.6"), says=["'6.6.6'", "'1.0.0'", "is not used"]),
    "archive-without-chart": Case(
        answers={
            "/index.yaml": Reply(body=index(entry(gzip.compress(b"", mtime=0)))),
            "/web-1.0.0.tgz": Reply(body=gzip.compress(b"", mtime=0)),
        },
        says=["/web-1.0.0.tgz", "holds no files"],
    ),
    "archive-bomb": Case(
        answers={
            "/index.yaml": Reply(body=index(entry(large_chart(1 << 30)))),
            "/web-1.0.0.tgz": Reply(body=large_chart(1 << 30)),
        },
        says=["/web-1.0.0.tgz", "larger than 100 MiB unpacked"],
    ),
    "digest-that-is-a-path": Case(answers=serving(GOOD, digest="../../../etc/passwd"), says=["sha256", digest(GOOD)]),
    "digest-with-prefix": Case(answers=serving(GOOD, digest=f"sha256:{digest(GOOD)}"), gives=digest(GOOD)),
    "digest-that-is-a-number": Case(answers=serving(GOOD, digest=5), says=["found no"], do=lambda c, r: found(c, r)),
    # sizes
    "index-that-claims-to-be-huge": Case(
        answers={"/index.yaml": Reply(length=10 << 30, pieces=[b"{"])}, says=["larger than 128 MiB"], do=update
    ),
    "index-without-end": Case(
        answers={"/index.yaml": Reply(length=None, pieces=itertools.repeat(ZEROS))},
        says=["larger than 128 MiB"],
        do=update,
        mebibytes=320,
        seconds=30,
    ),
    "index-bomb-of-gzip": Case(
        answers={"/index.yaml": Reply(headers={"Content-Encoding": "gzip"}, body=bomb(4 << 30))},
        says=["larger than 128 MiB"],
        do=update,
        mebibytes=320,
        seconds=30,
    ),
    "index-in-damaged-gzip": Case(
        answers={"/index.yaml": Reply(headers={"Content-Encoding": "gzip"}, body=b"\x1f\x8b\x08no gzip at all")},
        says=["/index.yaml", "damaged gzip"],
        do=update,
    ),
    "index-in-unknown-packing": Case(
        answers={"/index.yaml": Reply(headers={"Content-Encoding": "zstd"}, body=b"?")}, says=["'zstd'"], do=update
    ),
    "index-in-gzip": Case(
        answers={
            "/index.yaml": Reply(headers={"Content-Encoding": "gzip"}, body=gzip.compress(index(entry(GOOD)))),
            "/web-1.0.0.tgz": Reply(body=GOOD),
        },
        gives=digest(GOOD),
    ),
    "archive-that-claims-to-be-huge": Case(
        answers={**serving(b""), "/web-1.0.0.tgz": Reply(length=10 << 30, pieces=[b"x"])}, says=["larger than 100 MiB"]
    ),
    "archive-without-end": Case(
        answers={**serving(b""), "/web-1.0.0.tgz": Reply(length=None, pieces=itertools.repeat(ZEROS))},
        says=["larger than 100 MiB"],
        seconds=30,
    ),
    "archive-larger-than-its-shard-says": Case(
        answers={
            **with_shard(shard(entry(GOOD, size=len(GOOD)))),
            "/web-1.0.0.tgz": Reply(body=GOOD + bytes(100)),
        },
        says=[digest(GOOD + bytes(100)), digest(GOOD), "is not used"],
    ),
    "archive-larger-than-its-shard-says-without-digest": Case(
        answers={
            **with_shard(shard(entry(GOOD, size=len(GOOD), digest=None))),
            "/web-1.0.0.tgz": Reply(body=GOOD + bytes(100)),
        },
        says=[f"larger than {len(GOOD)} bytes"],
    ),
    "header-without-end": Case(
        answers={"/index.yaml": Reply(raw=b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n")},
        says=["does not speak HTTP"],
        do=update,
    ),
    "headers-without-number": Case(
        answers={"/index.yaml": Reply(raw=b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000 + b"\r\n")},
        says=["does not speak HTTP"],
        do=update,
    ),
    "no-http": Case(answers={"/index.yaml": Reply(raw=b"SSH-2.0-OpenSSH_9.9\r\n")}, says=["speak HTTP"], do=update),
    # redirects
    "redirect-loop": Case(
        answers={"/index.yaml": redirect("/a"), "/a": redirect("/b"), "/b": redirect("/a")},
        says=["loop", "/a -> ", "/b -> "],
        do=update,
    ),
    "redirect-to-itself": Case(answers={"/index.yaml": redirect("/index.yaml")}, says=["loop"], do=update),
    "redirects-without-end": Case(
        answers={"/index.yaml": redirect("/0"), **{f"/{n}": redirect(f"/{n + 1}") for n in range(40)}},
        says=["more than 10 times"],
        do=update,
    ),
    "redirect-to-a-file": Case(answers={"/index.yaml": redirect("file:///etc/passwd")}, says=["only http"], do=update),
    "redirect-to-nowhere": Case(answers={"/index.yaml": redirect("")}, says=["says not where to"], do=update),
    "redirect-to-no-url": Case(answers={"/index.yaml": redirect("http://[::1")}, says=["no URL"], do=update),
    "redirect-with-an-endless-body": Case(
        answers={
            "/index.yaml": Reply(status=302, headers={"Location": "/x"}, length=None, pieces=itertools.repeat(ZEROS)),
            "/x": Reply(body=index(entry(GOOD))),
        },
        gives=True,
        do=update,
    ),
    "redirect-of-the-archive": Case(
        answers={**serving(b""), "/web-1.0.0.tgz": redirect("/elsewhere", 307), "/elsewhere": Reply(body=GOOD)},
        gives=digest(GOOD),
    ),
    # indexes
    "index-of-bad-yaml": of_index(b"apiVersion: v1\nentries: [\n", "/index.yaml", "no index of charts"),
    "index-of-a-page": of_index(b"<!doctype html><p>hello", "no index of charts"),
    "index-of-no-text": of_index(b"\xff\xfe\x00\x01", "no index of charts"),
    "index-that-is-empty": of_index(b"", "it is empty"),
    "index-that-is-a-list": of_index(b"[1, 2]", "it is no mapping"),
    "index-with-entries-of-a-wrong-type": of_index(b'{"apiVersion": "v1", "entries": 5}', "no mapping"),
    "index-of-deep-json": of_index(deep("[", "]"), "no index of charts", seconds=30),
    "index-of-deep-yaml": of_index(b"entries: " + b"[" * 100_000, "no index of charts", seconds=30),
    "index-with-nan": of_index(b'{"apiVersion": "v1", "entries": NaN}', "no index of charts"),
    "index-that-expands": of_index(
        b"apiVersion: v1\na: &a [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(b"%c: &%c [%s]\n" % (n + 1, n + 1, b",".join([b"*%c" % n] * 9)) for n in range(97, 110))
        + b"entries: {}\n",
        "no index of charts",
        seconds=30,
    ),
    "index-with-names-of-paths": Case(
        answers={"/index.yaml": Reply(body=index(entry(GOOD, "../../web"), entry(GOOD, "a/b"), entry(GOOD, "..")))},
        gives=set(),
        do=lambda client, repository: set(refreshed(client, repository).entries),
    ),
    # URLs in an index
    "url-of-a-file": Case(answers=at("file:///etc/passwd"), says=["file:///etc/passwd", "only http and https"]),
    "url-of-a-file-in-capitals": Case(answers=at("FILE:/etc/passwd"), says=["only http and https"]),
    "url-of-unknown-scheme": Case(answers=at("gopher://127.0.0.1/web.tgz"), says=["gopher", "only http and https"]),
    "url-of-a-registry": Case(answers=at("oci://127.0.0.1/web"), says=["oci://", "only http and https"]),
    "url-of-a-local-path": Case(answers=at("/etc/passwd"), says=["/etc/passwd: the server answers 404"]),
    "url-that-climbs": Case(answers=at("../../../../etc/passwd"), says=["/etc/passwd: the server answers 404"]),
    "url-that-climbs-within-the-server": Case(answers=at("x/../web-1.0.0.tgz"), gives=digest(GOOD)),
    "url-with-a-backslash": Case(answers=at("..\\web.tgz"), says=["no URL"]),
    "url-with-a-line-end": Case(answers=at("web.tgz\r\nHost: evil"), says=["no URL"]),
    "url-without-host": Case(answers=at("http:///web.tgz"), says=["no URL"]),
    "url-with-a-bad-port": Case(answers=at("http://127.0.0.1:99999/web.tgz"), says=["no URL"]),
    "urls-none": Case(answers=serving(GOOD, urls=[]), says=["has no URL"]),
    "urls-of-numbers": Case(answers=serving(GOOD, urls=[5]), says=["found no"], do=lambda c, r: found(c, r)),
    "urls-of-which-the-first-is-gone": Case(answers=at("gone.tgz", "web-1.0.0.tgz"), gives=digest(GOOD)),
    # shards
    "shard-of-another-chart": Case(
        answers=with_shard(shard(entry(GOOD), name="other")), says=["no shard of chart web"]
    ),
    "shard-with-a-wrong-digest": Case(
        answers=with_shard(shard(entry(GOOD, digest="0" * 64))), says=["0" * 64, digest(GOOD)]
    ),
    "shard-that-promises-another-archive": Case(
        answers={**with_shard(shard(entry(EVIL, version="9.9.9", urls=["evil.tgz"]))), "/evil.tgz": Reply(body=EVIL)},
        says=["'1.0.0'", "'9.9.9'"],
    ),
    "shard-that-is-no-shard": Case(answers=with_shard(b"[]"), says=["/charts/web.json"]),
    "shard-that-is-deep": Case(answers=with_shard(deep("[", "]")), says=["/charts/web.json"], seconds=30),
    "shard-without-end": Case(
        answers={
            **with_shard(b""),
            "/charts/web.json": Reply(length=None, pieces=itertools.repeat(ZEROS)),
        },
        says=["larger than 16 MiB"],
    ),
    "shard-that-is-missing": Case(
        answers={key: value for key, value in with_shard(b"").items() if "json" not in key}, gives=digest(GOOD)
    ),
    # what breaks on the way
    "archive-cut-off": Case(
        answers={**serving(b""), "/web-1.0.0.tgz": Reply(body=GOOD[:50], length=len(GOOD))}, says=["cut off"]
    ),
    "archive-cut-off-once": Case(
        answers={**serving(b""), "/web-1.0.0.tgz": [Reply(body=GOOD[:50], length=len(GOOD)), Reply(body=GOOD)]},
        gives=digest(GOOD),
    ),
    "archive-longer-than-it-claims": Case(
        answers={**serving(b""), "/web-1.0.0.tgz": Reply(body=GOOD, length=60)}, says=["sha256", digest(GOOD)]
    ),
    "length-that-is-no-number": Case(
        answers={
            **serving(b""),
            "/web-1.0.0.tgz": Reply(headers={"Content-Length": "many"}, length=None, pieces=[GOOD]),
        },
        gives=digest(GOOD),
    ),
    "busy-then-well": Case(
        answers={**serving(b""), "/web-1.0.0.tgz": [Reply(status=503), Reply(status=429), Reply(body=GOOD)]},
        gives=digest(GOOD),
    ),
    "busy-for-good": Case(answers={"/index.yaml": Reply(status=503)}, says=["503"], do=update),
    "broken-for-good": Case(answers={"/index.yaml": Reply(status=500)}, says=["500"], do=update),
    "forbidden": Case(answers={"/index.yaml": Reply(status=403)}, says=["403"], do=update),
    "unchanged-though-nobody-asked": Case(
        answers={**serving(b""), "/web-1.0.0.tgz": Reply(status=304, length=None)}, says=["304"]
    ),
    "a-part-though-nobody-asked": Case(
        answers={
            **serving(b""),
            "/web-1.0.0.tgz": Reply(status=206, headers={"Content-Range": "bytes 5-9/10"}, body=GOOD),
        },
        says=["206"],
    ),
    "silence": Case(
        answers={"/index.yaml": Reply(raw=b"", pause_seconds=0)}, says=["closed the connection"], do=update
    ),
    "drips-of-a-body": Case(
        answers={"/index.yaml": Reply(length=10_000, pieces=drips(bytes(10_000)), pause_seconds=0.1)},
        says=["no whole answer within 1 seconds"],
        do=update,
        patience=IMPATIENT,
        seconds=5,
    ),
    "drips-of-an-archive": Case(
        answers={**serving(b""), "/web-1.0.0.tgz": Reply(length=10_000, pieces=drips(GOOD), pause_seconds=0.1)},
        says=["no whole answer within 1 seconds"],
        patience=IMPATIENT,
        seconds=5,
    ),
    "one-byte-then-nothing": Case(
        answers={"/index.yaml": Reply(length=10, pieces=iter([b"{", b"}"]), pause_seconds=3)},
        says=["within 1 seconds"],
        do=update,
        patience=IMPATIENT,
        seconds=5,
    ),
}


def found(client: RepositoryClient, repository: Repository) -> object:
    """Raise an error of our own where the index has no usable ``web``."""
    if not refreshed(client, repository).entries.get("web"):
        raise HelmliteError("found no web")
    return None


def snapshot(places: Places) -> dict[str, str]:
    """Return all files of the folders by their sha256."""
    home = places.repositories.parent.parent
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file()
    }


def content_of(files: dict[str, str]) -> dict[str, str]:
    """Return what is of archives."""
    return {path: sha256 for path, sha256 in files.items() if path.startswith("cache/content/")}


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_answer_ends_well(
    name: str, server: Server, places: Places, make_client: Callable[..., RepositoryClient], tmp_path: Path
) -> None:
    """Each ends in its one error or its right result, within seconds and memory, and leaves nothing behind."""
    case = CASES[name]
    client = make_client(patience=case.patience)
    repository = Repository(name="hostile", url=server.url)
    server.answers = {
        "/index.yaml": Reply(body=index(entry(KNOWN, "known"))),
        "/known-1.0.0.tgz": Reply(body=KNOWN),
    }
    client.indexes.update(repository)
    (known,) = client.indexes.entries(repository, "known")
    client.download(repository, known)
    before = snapshot(places)
    server.reset()
    server.answers = dict(case.answers)

    tracemalloc.start()
    started = time.monotonic()
    result: object = None
    error: HelmliteError | None = None
    try:
        result = case.do(client, repository)
    except HelmliteError as raised:
        error = raised
    took = time.monotonic() - started
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    text = f"{error.message}\n{error.hint}" if error else ""
    if case.says:
        assert error is not None
        assert [] == [each for each in case.says if each not in text], text
    else:
        assert error is None, text
        assert case.gives == result
    assert took < case.seconds
    assert peak < case.mebibytes << 20
    after = snapshot(places)
    if case.says and case.do is update:
        assert before == after
    if case.says:
        # the index may have been good: of archives nothing was added, removed or changed
        assert content_of(before) == content_of(after)
    assert [] == [key for key in after if "new-" in key or key.endswith(".tmp")]
