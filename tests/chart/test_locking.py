"""Chart.lock: read, written, with Helm's digest and the sha256 of each archive."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from helmlite import documents
from helmlite.chart.chart import ChartLock
from helmlite.chart.loader import load_declared
from helmlite.chart.locking import (
    LIMIT_ENTRIES,
    lock_digest,
    lock_from_data,
    lock_name,
    lock_text,
    lock_time,
    locked_dependencies,
    make_lock,
    old_lock_digest,
    pins_of,
    renewed,
)
from helmlite.chart.metadata import ChartMetadata, Dependency
from helmlite.errors import ChartError

NOW = datetime(2026, 11, 26, 10, 30, tzinfo=UTC)
DECLARED = [Dependency(name="db", version="^1.0.0", repository="https://charts.example.com")]
LOCKED = [Dependency(name="db", version="1.2.0", repository="https://charts.example.com")]
PIN = "0123456789abcdef" * 4
TEXT = f"""\
dependencies:
- name: db
  repository: https://charts.example.com
  sha256: "{PIN}"
  version: 1.2.0
digest: {lock_digest(DECLARED, LOCKED)}
generated: "2026-11-26T10:30:00Z"
"""


def read(text: str) -> ChartLock:
    """Return the lock in a text."""
    return lock_from_data(documents.read(text).data, source="Chart.lock")


def test_the_text_is_helms_with_a_pin() -> None:
    """Keys are sorted, the time is quoted text, the archive's sha256 stands in its dependency's entry."""
    assert TEXT == lock_text(make_lock(DECLARED, LOCKED, [PIN], NOW))


def test_what_is_written_is_read() -> None:
    """A lock survives being written and read."""
    lock = make_lock(DECLARED, LOCKED, [PIN], NOW)
    assert lock == read(lock_text(lock))


def test_a_dependency_without_an_archive_has_no_pin() -> None:
    """What is packed from a folder, or stands in charts/, has no sha256 in the lock."""
    assert (
        "sha256:"
        not in lock_text(make_lock([], [Dependency(name="db", version="1")], [""], NOW)).partition("digest")[0]
    )


def test_hexadecimal_digits_stay_text() -> None:
    """A sha256 that looks like a number is text to every reader."""
    pin = "1" * 31 + "e" + "1" * 32
    assert [pin] == pins_of(read(lock_text(make_lock(DECLARED, LOCKED, [pin], NOW))), source="x")


def test_the_digest_counts_no_pins() -> None:
    """The digest is of names, versions and repositories, so that Helm computes the same."""
    with_pins, without = (make_lock(DECLARED, LOCKED, [pin], NOW) for pin in (PIN, ""))
    assert without.digest == with_pins.digest


def test_the_digest_is_helms() -> None:
    """A digest that Helm 4.3 wrote, of a condition with signs that Go escapes, tags and an alias."""
    url = "http://127.0.0.1:18733"
    declared = [
        Dependency(name="redis", version="^1.0.0", repository=url),
        Dependency(
            name="redis", version="1.0.x", repository=url, alias="second", condition="a & b < c", tags=("x", "é ")
        ),
    ]
    locked = [Dependency(name="redis", version=version, repository=url) for version in ("1.2.0", "1.0.0")]
    expected = "sha256:7df906f2801850d13651dd18dac9e05040293ba3fb32793572213412f523db09"
    assert expected == lock_digest(declared, locked)


def test_the_old_digest_is_of_what_is_declared() -> None:
    """Helm 2 hashed an object with what requirements.yaml declares, and nothing else."""
    text = b'{"dependencies":[{"name":"db","version":"^1.0.0","repository":"https://charts.example.com"}]}'
    assert f"sha256:{hashlib.sha256(text).hexdigest()}" == old_lock_digest(DECLARED)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (["a"], "it is not of a lock's shape"),
        ({"dependencies": "x"}, "it is not of a lock's shape"),
        ({"dependencies": ["x"]}, "it is not of a lock's shape"),
        ({"dependencies": [{}] * (LIMIT_ENTRIES + 1)}, "it has more than 10,000 dependencies"),
    ],
    ids=["list", "text", "entry", "many"],
)
def test_what_is_no_lock(data: Any, message: str) -> None:
    """Another shape is refused, with the file named."""
    with pytest.raises(ChartError, match=f"^Chart.lock: {message}$"):
        lock_from_data(data, source="Chart.lock")


@pytest.mark.parametrize("pin", ["x", "A" * 64, "a" * 63, "../../etc/passwd", "a" * 65], ids=len)
def test_what_is_no_pin(pin: str) -> None:
    """A pin is 64 small hexadecimal digits."""
    lock = ChartLock(generated="", digest="", dependencies=[{"name": "db", "sha256": pin}])
    with pytest.raises(ChartError, match=r"^Chart.lock: dependencies\[0\].sha256: .* is not 64 hexadecimal digits$"):
        pins_of(lock, source="Chart.lock")


@pytest.mark.parametrize("fields", [{"name": 1}, {"name": "db", "sha256": 12}, {"sha256": ["a"]}], ids=str)
def test_fields_of_other_types_are_refused(fields: dict[str, Any]) -> None:
    """A pin that is no text must not be as good as none."""
    with pytest.raises(ChartError, match=r"^x: the (name|sha256) of .* is no text$"):
        lock_from_data({"dependencies": [{"version": "1.0.0", **fields}]}, source="x")


def test_unknown_fields_are_passed_over() -> None:
    """As Helm does."""
    found = lock_from_data({"dependencies": [{"name": "db", "version": "1.0.0", "more": "x"}]}, source="x")
    assert [Dependency(name="db", version="1.0.0")] == locked_dependencies(found)


@pytest.mark.parametrize(
    ("version", "name"), [("v1", "requirements.lock"), ("v2", "Chart.lock")], ids=["old chart", "chart"]
)
def test_the_name_of_the_file(version: str, name: str) -> None:
    """A v1 chart has its lock in requirements.lock."""
    assert name == lock_name(ChartMetadata(name="web", version="1.0.0", api_version=version))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOW, "2026-11-26T10:30:00Z"),
        (NOW + timedelta(microseconds=120), "2026-11-26T10:30:00.00012Z"),
        (NOW.astimezone(timezone(timedelta(hours=2))), "2026-11-26T10:30:00Z"),
    ],
    ids=["seconds", "microseconds", "zone"],
)
def test_the_time(moment: datetime, text: str) -> None:
    """Times are RFC 3339 in UTC."""
    assert text == lock_time(moment)


LATER = NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("before", "is_kept"),
    [
        (make_lock(DECLARED, LOCKED, [PIN], NOW), True),
        (make_lock(DECLARED, LOCKED, [""], NOW), True),
        (make_lock(DECLARED, LOCKED, ["f" * 64], NOW), False),
        (make_lock(DECLARED, [Dependency(name="db", version="1.1.0")], [PIN], NOW), False),
        (None, False),
    ],
    ids=["same", "without pins", "other pin", "other version", "no lock"],
)
def test_the_time_is_kept(before: ChartLock | None, is_kept: bool) -> None:
    """A lock that says nothing new but missing pins has the time of the one before."""
    made = renewed(before, make_lock(DECLARED, LOCKED, [PIN], LATER))
    assert lock_time(NOW if is_kept else LATER) == made.generated
    assert PIN == made.dependencies[0]["sha256"]


NAMES = ["db", "web", "a.b", "päckchen", "x_y-z"]
WORDS = ["", "db.enabled", "a,b", "a & b", "<x>", "tick ' quote \"", "back\\slash", "naïve  ", "line\nbreak", "tab\t"]


def made_up(chance: random.Random) -> dict[str, Any]:
    """Return a dependency with random fields, all that Helm knows, vendored so that no server is needed."""
    ranges = ["1.0.0", "^1.0.0", ">=1.0.0 <2", "1.x", "*", "~1", "1", ">= 1.0.0, < 2.0.0"]
    made: dict[str, Any] = {"name": chance.choice(NAMES), "version": chance.choice(ranges)}
    if chance.random() < 0.7:
        made["repository"] = ""
    for key, few in (("condition", WORDS), ("alias", ["second", "a_b", "A-1"])):
        if chance.random() < 0.5:
            made[key] = chance.choice(few)
    if chance.random() < 0.5:
        made["tags"] = [chance.choice(WORDS) for _ in range(chance.randrange(3))]
    if chance.random() < 0.3:
        made["enabled"] = chance.random() < 0.5
    if chance.random() < 0.5:
        imports = ["net", "a&b", {"child": "x", "parent": "y"}, {"parent": ".", "child": "q<r", "more": True}]
        made["import-values"] = [chance.choice(imports) for _ in range(chance.randrange(3))]
    return made


@pytest.mark.helm
@pytest.mark.parametrize("seed", range(40))
def test_any_digest_is_helms(seed: int, tmp_path: Path) -> None:
    """For dependencies with any fields, Helm's own lock has the digest that is computed of it."""
    chance = random.Random(seed)
    found = {}
    for _ in range(chance.randrange(1, 5)):
        each = made_up(chance)
        found[each.get("alias") or each["name"]] = each
    folder = tmp_path / "app"
    for name in NAMES:
        (folder / "charts" / name).mkdir(parents=True)
        (folder / "charts" / name / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: 1.0.0\n")
    data = {"apiVersion": "v2", "name": "app", "version": "1.0.0", "dependencies": list(found.values())}
    (folder / "Chart.yaml").write_text(documents.write(data))
    homes = {f"HELM_{each}_HOME": str(tmp_path / each) for each in ("CACHE", "CONFIG", "DATA")}
    done = subprocess.run(
        ["helm", "dependency", "update", "--skip-refresh", str(folder)],
        env={**os.environ, **homes},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)
    chart = load_declared(folder)
    assert chart.lock is not None
    assert chart.lock.digest == lock_digest(chart.metadata.dependencies, locked_dependencies(chart.lock))
