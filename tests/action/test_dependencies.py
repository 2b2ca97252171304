"""dependency update and build over repositories in memory; what is written is looked at on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from helmlite import documents
from helmlite.action.configuration import Configuration
from helmlite.action.demands import DependencyOptions
from helmlite.action.dependencies import (
    Updated,
    build_dependencies,
    complete_dependencies,
    list_dependencies,
    update_dependencies,
)
from helmlite.action.events import Event, Warned
from helmlite.chart.loader import load_chart
from helmlite.errors import ChartError, DownloadError, HelmliteError, RepositoryError, UsageError
from helmlite.repo.client import Fetched
from helmlite.repo.index import IndexEntry
from helmlite.repo.repositories import Repository, ServerOptions
from tests.chart.archives import file, packed

URL = "https://charts.example.com"
OTHER = "https://other.example.com"
NOW = datetime(2026, 11, 26, 10, 30, tzinfo=UTC)


def archive(name: str, version: str, note: str = "") -> bytes:
    """Return a packed chart."""
    return packed(
        file(f"{name}/Chart.yaml", f"apiVersion: v2\nname: {name}\nversion: {version}\n".encode()),
        file(f"{name}/NOTE", note.encode()),
    )


@dataclass
class Memory:
    """Repositories in memory, checked as the client checks them: a digest that is wrong is refused."""

    folder: Path
    charts: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=lambda: {"example": URL})
    digests: dict[tuple[str, str], str] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def put(self, name: str, *versions: str, url: str = URL, note: str = "") -> None:
        """Publish versions of a chart."""
        for each in versions:
            self.charts.setdefault(url, {}).setdefault(name, {})[each] = archive(name, each, note)

    @property
    def indexes(self) -> Memory:
        """Return what looks charts up."""
        return self

    def repository(self, name: str) -> Repository:
        """Return a configured repository."""
        if name not in self.names:
            raise RepositoryError(f"no repo named {name!r} found")
        return Repository(name=name, url=self.names[name])

    def repository_for_url(self, url: str) -> Repository:
        """Return a bare repository."""
        return Repository(url=url)

    def entries(
        self, repository: Repository, chart: str, *, refresh: bool = False, from_index: bool = False
    ) -> Sequence[IndexEntry]:
        """Return the entries of a chart, the newest first."""
        if from_index:
            return ()
        self.asked.append(("entries", repository.url, chart, "refresh" if refresh else "cached"))
        found = self.charts.get(repository.url, {}).get(chart, {})
        entries = [
            IndexEntry(
                name=chart,
                version=each,
                urls=[f"{chart}-{each}.tgz"],
                digest=self.digests.get((chart, each), hashlib.sha256(data).hexdigest()),
            )
            for each, data in found.items()
        ]
        return list(reversed(entries))

    def download(self, repository: Repository, entry: IndexEntry) -> Fetched:
        """Return an archive, if it is what the entry says."""
        self.asked.append(("download", repository.url, entry.name, entry.version))
        data = self.charts[repository.url][entry.name][entry.version]
        digest = hashlib.sha256(data).hexdigest()
        if entry.digest and digest != entry.digest:
            raise RepositoryError(f"{entry.name}: the archive has sha256 {digest}, but the index says {entry.digest}")
        path = self.folder / digest
        path.write_bytes(data)
        return Fetched(path=path, digest=digest, name=entry.name, version=entry.version, url=f"{repository.url}/x.tgz")

    def provenance(self, fetched: Fetched, repository: Repository | None = None) -> bytes:
        """Return nothing that is signed."""
        raise DownloadError(f"{fetched.url}.prov: the server answers 404", status=404)


@dataclass
class Place:
    """A chart directory, the repositories that it takes from, and what was told."""

    folder: Path
    memory: Memory
    events: list[Event] = field(default_factory=list)
    now: datetime = NOW

    def declare(self, *dependencies: Mapping[str, Any], **fields: Any) -> None:
        """Write Chart.yaml."""
        data = {"apiVersion": "v2", "name": "app", "version": "1.0.0", **fields, "dependencies": list(dependencies)}
        (self.folder / "Chart.yaml").write_text(documents.write(data))

    def update(self, **options: Any) -> Updated:
        """Run an update."""
        return update_dependencies(self.connected, self.folder, DependencyOptions(**options))

    def build(self, **options: Any) -> Updated:
        """Run a build."""
        return build_dependencies(self.connected, self.folder, DependencyOptions(**options))

    @property
    def configuration(self) -> Configuration:
        """Return a configuration with the clock of the test."""
        return Configuration(emit=self.events.append, now=lambda: self.now)

    @property
    def connected(self) -> Configuration:
        """Return a configuration that has the repositories in memory."""
        return replace(self.configuration, _repositories=self.memory)  # type: ignore[arg-type]  # as much as is needed

    @property
    def warnings(self) -> list[str]:
        """Return the warnings that were told."""
        return [each.text for each in self.events if isinstance(each, Warned)]

    @property
    def vendored(self) -> list[str]:
        """Return what stands in charts/."""
        return sorted(each.name for each in (self.folder / "charts").iterdir())

    @property
    def lock(self) -> Any:
        """Return the data of Chart.lock."""
        return documents.read((self.folder / "Chart.lock").read_text()).data

    def snapshot(self) -> Mapping[str, bytes]:
        """Return all files of the chart with their content."""
        return {
            str(each.relative_to(self.folder)): each.read_bytes() for each in self.folder.rglob("*") if each.is_file()
        }


def dependency(name: str = "db", version: str = "^1.0.0", repository: str = URL, **more: Any) -> dict[str, Any]:
    """Return a dependency as Chart.yaml has it."""
    return {"name": name, "version": version, "repository": repository, **more}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a chart that declares one dependency, which a repository has in four versions."""
    (tmp_path / "app").mkdir()
    (tmp_path / "cache").mkdir()
    made = Place(folder=tmp_path / "app", memory=Memory(folder=tmp_path / "cache"))
    made.memory.put("db", "1.0.0", "1.1.0", "1.2.0", "2.0.0", "1.3.0-rc.1")
    made.declare(dependency())
    return made


def chart(folder: Path, name: str, version: str = "1.0.0", *dependencies: Mapping[str, Any]) -> Path:
    """Write another chart directory."""
    folder.mkdir(parents=True)
    data = {"apiVersion": "v2", "name": name, "version": version, "dependencies": list(dependencies)}
    (folder / "Chart.yaml").write_text(documents.write(data))
    return folder


class TestUpdate:
    """What ``dependency update`` fetches and writes."""

    def test_the_newest_that_fits(self, place: Place) -> None:
        """The newest release in the range is taken; pre-releases are not."""
        assert ("db-1.2.0.tgz",) == place.update().vendored.added
        assert ["db-1.2.0.tgz"] == place.vendored

    def test_the_lock(self, place: Place) -> None:
        """The lock has name, repository, version and the archive's sha256, and when it was made."""
        place.update()
        sha256 = hashlib.sha256(place.memory.charts[URL]["db"]["1.2.0"]).hexdigest()
        assert [{"name": "db", "repository": URL, "sha256": sha256, "version": "1.2.0"}] == place.lock["dependencies"]
        assert "2026-11-26T10:30:00Z" == place.lock["generated"]

    def test_the_lock_of_an_old_chart(self, place: Place) -> None:
        """A v1 chart declares in requirements.yaml, and has its lock in requirements.lock."""
        place.declare(apiVersion="v1")
        (place.folder / "requirements.yaml").write_text(documents.write({"dependencies": [dependency()]}))
        place.update()
        assert "1.2.0" in (place.folder / "requirements.lock").read_text()
        assert not (place.folder / "Chart.lock").exists()
        place.build()

    def test_again_changes_nothing(self, place: Place) -> None:
        """A second update a day later writes nothing, and downloads nothing."""
        place.update()
        before, place.memory.asked = place.snapshot(), []
        place.now = datetime(2026, 11, 27, tzinfo=UTC)
        assert not place.update().vendored.wrote_lock
        assert before == place.snapshot()
        assert ["entries"] == [each[0] for each in place.memory.asked]

    def test_the_time_of_the_lock_can_be_given(self, place: Place) -> None:
        """SOURCE_DATE_EPOCH is the time in the lock."""
        place.update(epoch_seconds=0)
        assert "1970-01-01T00:00:00Z" == place.lock["generated"]

    def test_a_lock_without_pins_gets_them(self, place: Place) -> None:
        """Helm's lock is completed, and keeps its time."""
        place.update()
        text = (place.folder / "Chart.lock").read_text()
        (place.folder / "Chart.lock").write_text("".join(f"{x}\n" for x in text.splitlines() if "sha256: " not in x))
        place.now = datetime(2026, 11, 27, tzinfo=UTC)
        assert place.update().vendored.wrote_lock
        assert text == (place.folder / "Chart.lock").read_text()

    def test_a_newer_version_takes_the_place_of_an_older(self, place: Place) -> None:
        """The archive that is not declared any more goes; folders and what has no repository stay."""
        place.update()
        place.memory.put("db", "1.4.0")
        chart(place.folder / "charts" / "loose", "loose")
        (place.folder / "charts" / "own-1.0.0.tgz").write_bytes(archive("own", "1.0.0"))
        place.declare(dependency(), dependency("own", "1.x", ""))
        done = place.update()
        assert (("db-1.4.0.tgz",), ("db-1.2.0.tgz",)) == (done.vendored.added, done.vendored.removed)
        assert ["db-1.4.0.tgz", "loose", "own-1.0.0.tgz"] == place.vendored

    def test_what_is_no_chart_stays(self, place: Place) -> None:
        """An archive that cannot be read is left, with a warning."""
        (place.folder / "charts").mkdir()
        (place.folder / "charts" / "odd.tgz").write_bytes(b"x")
        place.update()
        assert ["db-1.2.0.tgz", "odd.tgz"] == place.vendored
        assert [f"{place.folder}/charts/odd.tgz is no chart, so it was left there"] == place.warnings

    def test_a_damaged_archive_is_replaced(self, place: Place) -> None:
        """What stands under the right name with other bytes is put right, though the chart does not load before."""
        (place.folder / "charts").mkdir()
        (place.folder / "charts" / "db-1.2.0.tgz").write_bytes(b"x")
        place.update()
        assert ["db"] == [each.metadata.name for each in load_chart(place.folder).subcharts]

    @pytest.mark.parametrize("written", ["@example", "alias:example"])
    def test_repositories_by_name(self, place: Place, written: str) -> None:
        """A configured repository's URL is what the lock has."""
        place.declare(dependency(repository=written))
        place.update()
        assert URL == place.lock["dependencies"][0]["repository"]
        place.build()

    def test_a_password_does_not_enter_the_lock(self, place: Place) -> None:
        """The URL of a configured repository is written without what stands before its host."""
        place.memory.names = {"example": "https://ada:secret@charts.example.com"}
        place.declare(dependency(repository="@example"))
        place.update()
        assert "secret" not in (place.folder / "Chart.lock").read_text()

    def test_one_chart_twice(self, place: Place) -> None:
        """Two ranges of one chart under two names are two archives, by one look-up."""
        place.declare(dependency(), dependency(version="1.0.x", alias="second", condition="second.enabled"))
        place.update()
        assert ["db-1.0.0.tgz", "db-1.2.0.tgz"] == place.vendored
        assert ["1.2.0", "1.0.0"] == [each["version"] for each in place.lock["dependencies"]]
        assert ["entries", "download", "download"] == [each[0] for each in place.memory.asked]
        assert () == place.build().vendored.added

    def test_one_archive_twice(self, place: Place) -> None:
        """The same version under two names is downloaded once."""
        place.declare(dependency(), dependency(alias="second"))
        place.update()
        assert ["entries", "download"] == [each[0] for each in place.memory.asked]

    def test_an_index_is_refreshed_once(self, place: Place) -> None:
        """Only the first look-up in a repository asks its server whether the index is still right."""
        names = [f"chart-{number}" for number in range(10)]
        for each in names:
            place.memory.put(each, "1.0.0")
        place.declare(*(dependency(each) for each in names))
        place.update()
        looked = [each for each in place.memory.asked if each[0] == "entries"]
        assert (10, 1, "refresh") == (len(looked), [each[3] for each in looked].count("refresh"), looked[0][3])

    def test_no_refresh(self, place: Place) -> None:
        """--skip-refresh takes what is cached."""
        place.update(skip_refresh=True)
        assert ["cached"] == [each[3] for each in place.memory.asked if each[0] == "entries"]

    def test_a_folder_beside(self, place: Place) -> None:
        """file:// is packed from a folder relative to the chart's, has no pin, and is the same bytes next time."""
        chart(place.folder.parent / "web", "web", "1.5.0")
        place.declare(dependency("web", "1.x", "file://../web"))
        place.update()
        assert ["web-1.5.0.tgz"] == place.vendored
        assert [{"name": "web", "repository": "file://../web", "version": "1.5.0"}] == place.lock["dependencies"]
        before = place.snapshot()
        place.build()
        assert () == place.update().vendored.added
        assert before == place.snapshot()

    def test_in_charts_already(self, place: Place) -> None:
        """Without a repository a dependency is in charts/, and its range is what is locked."""
        chart(place.folder / "charts" / "web", "web", "1.5.0")
        place.declare(dependency("web", ">=1.0.0", ""))
        place.update()
        assert [{"name": "web", "repository": "", "version": ">=1.0.0"}] == place.lock["dependencies"]
        place.build()

    def test_nothing_declared(self, place: Place) -> None:
        """A chart without dependencies is left as it is."""
        place.declare()
        assert Updated() == place.update()
        assert ["Chart.yaml"] == list(place.snapshot())

    def test_another_archive_of_a_version(self, place: Place) -> None:
        """An update takes what the repository has now, and warns with both digests."""
        place.update()
        old = place.lock["dependencies"][0]["sha256"]
        place.memory.put("db", "1.2.0", note="other")
        place.update()
        new = place.lock["dependencies"][0]["sha256"]
        assert [f"db 1.2.0 is another archive than before: sha256 {old} was locked, now it is {new}"] == place.warnings

    def test_thousands(self, place: Place) -> None:
        """Thousands of dependencies on one chart are one look-up and one archive."""
        place.declare(*(dependency(alias=f"a-{number}") for number in range(3000)))
        place.update()
        assert 3000 == len(place.lock["dependencies"])
        assert 2 == len(place.memory.asked)
        place.build()


def not_there(place: Place) -> None:
    """Declare a chart that the repository does not have."""
    place.declare(dependency("nope"))


def no_version(place: Place) -> None:
    """Declare a range that nothing fits."""
    place.declare(dependency(version="^9"))


def no_name(place: Place) -> None:
    """Name a repository that is not configured."""
    place.declare(dependency(repository="@nope"))


def bare_word(place: Place) -> None:
    """Name a repository as Helm 2 did."""
    place.declare(dependency(repository="stable"))


def registry(place: Place) -> None:
    """Name an OCI registry."""
    place.declare(dependency(repository="oci://registry.example.com/charts"))


def no_folder(place: Place) -> None:
    """Name a folder that is not there."""
    place.declare(dependency(repository="file://../nope"))


def other_name(place: Place) -> None:
    """Name a folder with another chart."""
    chart(place.folder.parent / "web", "web")
    place.declare(dependency(repository="file://../web"))


def other_version(place: Place) -> None:
    """Name a folder with another version."""
    chart(place.folder.parent / "db", "db", "2.0.0")
    place.declare(dependency(repository="file://../db"))


def itself(place: Place) -> None:
    """Depend on the chart itself."""
    place.declare(dependency("app", repository="file://."))


def above(place: Place) -> None:
    """Depend on the folder that the chart is in."""
    place.declare(dependency(repository="file://.."))


def cycle(place: Place) -> None:
    """Depend on a chart that depends on this one, by way of a third."""
    chart(place.folder.parent / "b", "b", "1.0.0", dependency("c", repository="file://../c"))
    chart(place.folder.parent / "c", "c", "1.0.0", dependency("app", repository="file://../app"))
    place.declare(dependency("b", repository="file://../b"))


def incomplete(place: Place) -> None:
    """Depend on a folder that lacks its own dependencies."""
    chart(place.folder.parent / "db", "db", "1.0.0", dependency("deep"))
    place.declare(dependency(repository="file://../db"))


def not_in_charts(place: Place) -> None:
    """Have a dependency without a repository that is not there."""
    (place.folder / "charts" / "db-1.2.0.tgz").unlink()
    place.declare(dependency(repository=""))


def old_in_charts(place: Place) -> None:
    """Have a dependency without a repository in a version that does not fit."""
    (place.folder / "charts" / "db-1.2.0.tgz").unlink()
    chart(place.folder / "charts" / "db", "db", "0.1.0")
    place.declare(dependency(repository=""))


def two_archives(place: Place) -> None:
    """Take one version from two repositories that differ."""
    place.memory.put("db", "1.2.0", url=OTHER, note="other")
    place.declare(dependency(), dependency(repository=OTHER, alias="second"))


def swapped(place: Place) -> None:
    """Let the index say another digest than the archive has."""
    place.memory.digests["db", "1.2.0"] = "0" * 64


def unsigned(place: Place) -> None:
    """Change nothing; what is asked for is a signature."""


def path_in_name(place: Place) -> None:
    """Declare a name with slashes, which a hostile repository really has."""
    place.memory.put("../../etc/cron.d/x", "1.0.0")
    place.declare(dependency("../../etc/cron.d/x"))


def hidden_name(place: Place) -> None:
    """Declare a name that loading would pass over."""
    place.memory.put("_db", "1.0.0")
    place.declare(dependency("_db"))


def long_name(place: Place) -> None:
    """Declare a name that no file can have."""
    place.memory.put("a" * 5000, "1.0.0")
    place.declare(dependency("a" * 5000))


def path_in_version(place: Place) -> None:
    """Declare a version with dots and slashes."""
    place.declare(dependency(version="../../x"))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (not_there, "there is no chart nope in https://charts.example.com"),
        (no_version, r"no version of db in https://charts.example.com is \^9"),
        (no_name, "dependency db: no repo named 'nope' found"),
        (bare_word, "repository 'stable' is neither a URL .* nor a configured repository"),
        (registry, "oci://registry.example.com/charts: charts in OCI registries cannot be fetched yet"),
        (no_folder, "file://../nope: .*/nope is not there"),
        (other_name, "dependency db: the chart in file://../web is web"),
        (other_version, r"dependency db \^1.0.0: the chart in file://../db is 2.0.0"),
        (itself, "file://. is the chart itself, or a folder that it is in"),
        (above, "file://.. is the chart itself, or a folder that it is in"),
        (cycle, "the chart depends on itself: app -> b -> c -> app"),
        (incomplete, "chart db declares dependencies that are not in its charts/: deep"),
        (not_in_charts, "dependency db has no repository, and charts/ does not hold it"),
        (old_in_charts, r"dependency db \^1.0.0: charts/ holds 0.1.0"),
        (two_archives, "db-1.2.0.tgz is two archives, of https://charts.example.com and https://other.example.com"),
        (swapped, "the archive has sha256 [0-9a-f]{64}, but the index says 0{64}"),
        (path_in_name, "'../../etc/cron.d/x' cannot be the name of a dependency"),
        (hidden_name, "'_db' cannot be the name of a dependency"),
        (long_name, "'a{80}' cannot be the name of a dependency"),
        (path_in_version, "'../../x' is no version range"),
    ],
)
def test_a_failure_changes_nothing(place: Place, spoil: Any, message: str) -> None:
    """Whatever goes wrong is told in one error, and the chart is as it was."""
    place.update()
    spoil(place)
    before = place.snapshot()
    with pytest.raises(HelmliteError, match=message):
        place.update()
    assert before == place.snapshot()


def test_credentials_are_for_one_server(place: Place) -> None:
    """Those of one call are not shown to two servers: nothing is asked, nothing written."""
    place.declare(
        {"name": "a", "version": "1", "repository": URL},
        {"name": "b", "version": "1", "repository": "https://b.example"},
    )
    with pytest.raises(UsageError, match="are for one server") as raised:
        place.update(server=ServerOptions(username="ada", password="hunter2"))
    assert "https://b.example" in raised.value.message
    assert "hunter2" not in f"{raised.value.message}{raised.value.hint}"
    assert [] == place.memory.asked
    assert ["Chart.yaml"] == sorted(each.name for each in place.folder.iterdir())


@pytest.mark.parametrize("how", [{"ca_file": "ca.pem"}, {"insecure_skip_tls_verify": True}], ids=["ca", "insecure"])
def test_what_shows_nobody_is_for_all_servers(place: Place, how: dict[str, Any]) -> None:
    """Authorities, or none, are no secret: two servers may be asked with them."""
    place.memory.put("a", "1.0.0")
    place.memory.put("b", "1.0.0", url="https://b.example")
    place.declare(
        {"name": "a", "version": "1", "repository": URL},
        {"name": "b", "version": "1", "repository": "https://b.example"},
    )
    assert ("a-1.0.0.tgz", "b-1.0.0.tgz") == place.update(server=ServerOptions(**how)).vendored.added


def test_without_a_signature_nothing_is_taken(place: Place, tmp_path: Path) -> None:
    """With a keyring, an archive that has no provenance file is refused."""
    with pytest.raises(RepositoryError, match=r"\.prov: .*404: without a provenance file nothing can be verified"):
        place.update(keyring=tmp_path / "keys.gpg")
    assert ["Chart.yaml"] == list(place.snapshot())


def test_all_that_is_wrong_is_told_at_once(place: Place) -> None:
    """One error names every dependency that cannot be had."""
    place.declare(dependency(version="^9"), dependency("nope"))
    with pytest.raises(RepositoryError, match=r"(?s)no version of db .*there is no chart nope"):
        place.update()


class TestBuild:
    """What ``dependency build`` demands of lock and repository."""

    def test_exactly_what_is_locked(self, place: Place) -> None:
        """A newer version that fits is not taken."""
        place.update()
        (place.folder / "charts" / "db-1.2.0.tgz").unlink()
        place.memory.put("db", "1.4.0")
        before = place.snapshot()["Chart.lock"]
        assert ("db-1.2.0.tgz",) == place.build().vendored.added
        assert before == place.snapshot()["Chart.lock"]

    def test_nobody_is_asked_for_what_is_there(self, place: Place) -> None:
        """Where charts/ holds the pinned archives, no repository is asked."""
        place.update()
        place.memory.asked = []
        place.build()
        assert [] == place.memory.asked

    def test_without_a_lock_it_updates(self, place: Place) -> None:
        """A first build is an update."""
        place.build()
        assert "1.2.0" == place.lock["dependencies"][0]["version"]

    def test_other_dependencies(self, place: Place) -> None:
        """A lock of other dependencies is out of sync, with the way out."""
        place.update()
        place.declare(dependency(version="^1.1.0"))
        with pytest.raises(ChartError, match=r"Chart.lock is out of sync with Chart.yaml") as caught:
            place.build()
        assert "run `helmlite dependency update`" == caught.value.hint

    def test_a_republished_archive(self, place: Place) -> None:
        """An archive that the repository changed, index and all, is refused with both digests; charts/ stays."""
        place.update()
        pin = place.lock["dependencies"][0]["sha256"]
        place.memory.put("db", "1.2.0", note="other")
        (place.folder / "charts" / "db-1.2.0.tgz").write_bytes(archive("db", "1.2.0", "local"))
        new = hashlib.sha256(place.memory.charts[URL]["db"]["1.2.0"]).hexdigest()
        before = place.snapshot()
        with pytest.raises(RepositoryError, match=f"the lock pins sha256 {pin}, the index of {URL} has {new}"):
            place.build()
        assert before == place.snapshot()

    def test_a_republished_archive_without_a_digest(self, place: Place) -> None:
        """Where the index has no digest, the archive itself is held against the lock."""
        place.update()
        pin = place.lock["dependencies"][0]["sha256"]
        place.memory.put("db", "1.2.0", note="other")
        place.memory.digests["db", "1.2.0"] = ""
        (place.folder / "charts" / "db-1.2.0.tgz").unlink()
        new = hashlib.sha256(place.memory.charts[URL]["db"]["1.2.0"]).hexdigest()
        with pytest.raises(RepositoryError, match=f"the lock pins sha256 {pin}, .* has {new}"):
            place.build()
        assert [] == place.vendored

    def test_a_swapped_archive(self, place: Place) -> None:
        """An archive that is not what its index says is refused with both digests; charts/ stays."""
        place.update()
        (place.folder / "charts" / "db-1.2.0.tgz").unlink()
        pin = place.lock["dependencies"][0]["sha256"]
        place.memory.digests["db", "1.2.0"] = pin
        place.memory.put("db", "1.2.0", note="other")
        with pytest.raises(RepositoryError, match=f"has sha256 [0-9a-f]{{64}}, but the index says {pin}"):
            place.build()
        assert [] == place.vendored

    def test_a_folder_that_moved_on(self, place: Place) -> None:
        """A chart beside whose version is not the locked one any more needs an update."""
        beside = chart(place.folder.parent / "web", "web", "1.5.0")
        place.declare(dependency("web", "1.x", "file://../web"))
        place.update()
        (beside / "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 1.6.0\n")
        with pytest.raises(ChartError, match=r"dependency web 1.5.0: the chart in file://../web is 1.6.0"):
            place.build()

    def test_a_version_that_is_gone(self, place: Place) -> None:
        """A locked version that the repository does not have any more is an error that names what there is."""
        place.update()
        (place.folder / "charts" / "db-1.2.0.tgz").unlink()
        del place.memory.charts[URL]["db"]["1.2.0"]
        with pytest.raises(RepositoryError, match=r"no version of db in https://charts.example.com is 1.2.0"):
            place.build()

    @pytest.mark.parametrize(
        ("entry", "message"),
        [
            ({"name": "../../evil"}, "is out of sync"),
            ({"repository": OTHER}, "is out of sync"),
            ({"version": "../../../evil"}, "db '../../../evil' is no version in the declared range"),
            ({"version": "2.0.0"}, "db '2.0.0' is no version in the declared range"),
            ({"version": ""}, "db '' is no version in the declared range"),
            ({"sha256": "../x"}, "'../x' is not 64 hexadecimal digits"),
        ],
        ids=["name", "repository", "path", "version", "no version", "pin"],
    )
    def test_a_forged_lock(self, place: Place, entry: Mapping[str, str], message: str) -> None:
        """A lock whose digest is right is still held against what is declared, entry by entry."""
        from helmlite.chart.loader import load_declared
        from helmlite.chart.locking import lock_digest, locked_dependencies

        place.update()
        forged = {**place.lock, "dependencies": [{**place.lock["dependencies"][0], **entry}]}
        (place.folder / "Chart.lock").write_text(documents.write(forged))
        found = load_declared(place.folder)
        assert found.lock is not None
        forged["digest"] = lock_digest(found.metadata.dependencies, locked_dependencies(found.lock))
        (place.folder / "Chart.lock").write_text(documents.write(forged))
        before = place.snapshot()
        with pytest.raises(ChartError, match=message):
            place.build()
        assert before == place.snapshot()

    def test_helm_2s_lock(self, place: Place) -> None:
        """A v1 chart's lock with the digest of Helm 2 is accepted; any other one is not."""
        from helmlite.chart.loader import load_declared
        from helmlite.chart.locking import old_lock_digest

        place.declare(apiVersion="v1")
        (place.folder / "requirements.yaml").write_text(documents.write({"dependencies": [dependency()]}))
        place.update()
        path = place.folder / "requirements.lock"
        old = documents.read(path.read_text()).data
        old["digest"] = old_lock_digest(load_declared(place.folder).metadata.dependencies)
        path.write_text(documents.write(old))
        place.build()
        path.write_text(documents.write({**old, "digest": "sha256:x"}))
        with pytest.raises(ChartError, match=r"requirements.lock is out of sync with requirements.yaml"):
            place.build()


class TestComplete:
    """``--dependency-update`` of install, upgrade and template."""

    def test_what_is_missing_is_fetched(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        """A chart that lacks a dependency is updated."""
        complete_dependencies(place.connected, place.folder)
        assert ["db-1.2.0.tgz"] == place.vendored

    def test_what_is_complete_stays(self, place: Place) -> None:
        """A chart that has all is left as it is, though there is something newer."""
        place.update()
        place.memory.put("db", "1.4.0")
        complete_dependencies(place.connected, place.folder)
        assert ["db-1.2.0.tgz"] == place.vendored

    @pytest.mark.parametrize("reference", ["app.tgz", "example/app", "https://charts.example.com/app.tgz"])
    def test_what_is_no_folder_stays(self, place: Place, reference: str) -> None:
        """An archive, a name and a URL have nothing to update."""
        complete_dependencies(place.configuration, reference)


class TestList:
    """Statuses in Helm's words."""

    def statuses(self, place: Place) -> list[str]:
        """Return the statuses of the chart's dependencies."""
        return [each.status for each in list_dependencies(place.folder).statuses]

    def test_missing(self, place: Place) -> None:
        """Nothing there is missing."""
        assert ["missing"] == self.statuses(place)

    def test_ok(self, place: Place) -> None:
        """An archive that fits is ok; one of a name that begins alike does not matter."""
        place.update()
        (place.folder / "charts" / "db-tools-1.0.0.tgz").write_bytes(archive("db-tools", "1.0.0"))
        assert ["ok"] == self.statuses(place)

    def test_unpacked(self, place: Place) -> None:
        """A folder that fits is unpacked."""
        chart(place.folder / "charts" / "db", "db", "1.2.0")
        assert ["unpacked"] == self.statuses(place)

    def test_wrong_version(self, place: Place) -> None:
        """Archive or folder that does not fit is a wrong version."""
        (place.folder / "charts").mkdir()
        (place.folder / "charts" / "db-2.0.0.tgz").write_bytes(archive("db", "2.0.0"))
        assert ["wrong version"] == self.statuses(place)

    def test_misnamed(self, place: Place) -> None:
        """An archive that holds another chart is misnamed."""
        (place.folder / "charts").mkdir()
        (place.folder / "charts" / "db-1.0.0.tgz").write_bytes(archive("web", "1.0.0"))
        assert ["misnamed"] == self.statuses(place)

    def test_too_many(self, place: Place) -> None:
        """Two archives of one name are too many, as Helm has it."""
        place.declare(dependency(), dependency(version="1.0.x", alias="second"))
        place.update()
        assert ["too many matches"] * 2 == self.statuses(place)

    def test_what_is_not_declared(self, place: Place) -> None:
        """Charts that nobody declared are told, with their paths."""
        place.update()
        chart(place.folder / "charts" / "loose", "loose")
        assert [f'"{place.folder}/charts/loose" is not in Chart.yaml.'] == list_dependencies(place.folder).warnings

    def test_of_an_archive(self, place: Place, tmp_path: Path) -> None:
        """What a packed chart carries is unpacked."""
        from helmlite.chart.packing import pack

        place.update()
        (tmp_path / "app.tgz").write_bytes(pack(place.folder).data)
        assert ["unpacked"] == [each.status for each in list_dependencies(tmp_path / "app.tgz").statuses]
