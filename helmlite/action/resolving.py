"""Where each dependency of a chart comes from: a repository, a folder beside it, or ``charts/`` itself.

Nothing here writes. What a repository gives is checked by its client against the index; what is resolved here is
checked against what the chart declares and, where there is one, against its lock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from helmlite.action.charts import check_signature, needed_provenance
from helmlite.action.configuration import Configuration
from helmlite.action.demands import USUAL, Demand, DependencyOptions, Resolved, Source, check_server
from helmlite.action.events import StepDone, StepStarted
from helmlite.chart.chart import Chart
from helmlite.chart.dependencies import fits
from helmlite.chart.loader import load_chart, load_declared
from helmlite.chart.metadata import ChartMetadata
from helmlite.chart.siblings import FILE, check_cycles, check_local, local_path
from helmlite.chart.vendoring import FOLDER, Archive, check_plain, file_sha256, packed_in
from helmlite.errors import ChartError, HelmliteError, Interrupted, RepositoryError, public_url

if TYPE_CHECKING:
    from helmlite.repo.index import IndexEntry
    from helmlite.repo.repositories import Repository

Key = TypeVar("Key", bound=Hashable)
T = TypeVar("T")


class Resolver:
    """Resolves what one chart directory demands, each index, folder and archive once."""

    def __init__(
        self,
        configuration: Configuration,
        client: Source,
        chart: Chart,
        folder: Path,
        options: DependencyOptions = USUAL,
    ) -> None:
        self._configuration = configuration
        self._client = client
        self._chart = chart
        self._folder = folder
        self._options = options
        self._packed: dict[Path, Archive] = {}

    def resolve(self, demands: Sequence[Demand]) -> list[Resolved]:
        """Return all dependencies resolved, in their order; raises HelmliteError's family, naming all that failed."""
        for each in demands:
            check_plain(each.dependency.name, source=each.source)
            if each.dependency.repository.startswith(FILE):
                check_local(each.dependency, self._folder)
        check_cycles(self._folder, self._chart.metadata)
        remote = {
            number: each
            for number, each in enumerate(demands)
            if each.dependency.repository and not each.dependency.repository.startswith(FILE)
        }
        check_server(self._options.server, [each.dependency.repository for each in remote.values()])
        fetched = self._fetched(remote)
        resolved, faults = [], []
        for number, each in enumerate(demands):
            try:
                if number in fetched:
                    resolved.append(fetched[number])
                elif each.dependency.repository:
                    resolved.append(self._from_folder(each))
                else:
                    resolved.append(self._vendored(each))
            except HelmliteError as error:
                faults.append(error)
        _raise_all(faults)
        _check_file_names(resolved)
        return resolved

    def _fetched(self, demands: dict[int, Demand]) -> dict[int, Resolved]:
        there = {number: each for number, each in demands.items() if self._stands(each)}
        found = {number: self._standing(each) for number, each in there.items()}
        demands = {number: each for number, each in demands.items() if number not in there}
        repositories = self._repositories(each.dependency.repository for each in demands.values())

        def refreshed(key: tuple[str, str]) -> Sequence[IndexEntry]:
            return self._client.indexes.entries(repositories[key[0]], key[1], refresh=not self._options.skip_refresh)

        def known(key: tuple[str, str]) -> Sequence[IndexEntry]:
            return self._client.indexes.entries(repositories[key[0]], key[1], refresh=False)

        keys = dict.fromkeys((each.dependency.repository, each.dependency.name) for each in demands.values())
        # the first chart of a repository brings its index, which the others share
        firsts = {url: (url, name) for url, name in reversed(keys)}
        listed = self._in_parallel("look up", refreshed, {key: key[1] for key in firsts.values()})
        listed |= self._in_parallel("look up", known, {key: key[1] for key in keys if key not in listed})
        chosen: dict[tuple[str, str, str, str], IndexEntry] = {}
        wanted: dict[int, tuple[str, str, str, str]] = {}
        faults: list[HelmliteError] = []
        for number, each in demands.items():
            url, name = each.dependency.repository, each.dependency.name
            try:
                entry = self._entry(each, repositories[url], listed[url, name])
            except HelmliteError as error:
                faults.append(error)
                continue
            wanted[number] = (url, name, entry.version, each.pin)
            chosen[wanted[number]] = entry
        _raise_all(faults)

        def archive(key: tuple[str, str, str, str]) -> Archive:
            return self._archive(repositories[key[0]], chosen[key], key[3])

        archives = self._in_parallel("fetch", archive, {key: f"{key[1]} {key[2]}" for key in wanted.values()})
        for number, key in wanted.items():
            made = archives[key]
            dependency = replace(demands[number].dependency, version=chosen[key].version)
            found[number] = Resolved(dependency=dependency, archive=made, pin=made.sha256)
        return found

    def _repositories(self, urls: Iterable[str]) -> dict[str, Repository]:
        """Return repositories by URL, each as it is to be asked."""
        return {url: self._options.server.of(self._client.repository_for_url(url)) for url in dict.fromkeys(urls)}

    def _stands(self, demand: Demand) -> bool:
        """Return whether ``charts/`` has the very archive that the lock pins, so that nobody need be asked."""
        if not demand.pin or self._options.keyring is not None:
            return False
        return file_sha256(self._place(demand.dependency.name, demand.dependency.version)) == demand.pin

    def _standing(self, demand: Demand) -> Resolved:
        name, version = demand.dependency.name, demand.dependency.version
        archive = Archive(name=name, version=version, sha256=demand.pin, content=self._place(name, version).read_bytes)
        return Resolved(dependency=demand.dependency, archive=archive, pin=demand.pin)

    def _place(self, name: str, version: str) -> Path:
        return self._folder / FOLDER / f"{name}-{version}.tgz"

    def _entry(self, demand: Demand, repository: Repository, entries: Sequence[IndexEntry]) -> IndexEntry:
        wanted, where = demand.dependency, public_url(demand.dependency.repository)
        if not entries:
            raise RepositoryError(f"{demand.source}: there is no chart {wanted.name} in {where}")
        usable, found = _chosen(demand, entries)
        if found is None:
            # a shard may be behind its index where files are copied to servers one by one
            usable, found = _chosen(demand, self._client.indexes.entries(repository, wanted.name, from_index=True))
        if found is None:
            known = ", ".join(each.version for each in usable[:5]) or "none that can be fetched"
            more = ", ..." if len(usable) > 5 else ""
            raise RepositoryError(
                f"{demand.source}: no version of {wanted.name} in {where} is {wanted.version or 'a release'}",
                hint=f"there are: {known}{more}",
            )
        if demand.pin and found.digest and found.digest != demand.pin:
            raise _changed(
                demand.source, f"{wanted.name} {found.version}", demand.pin, found.digest, f"the index of {where}"
            )
        return found

    def _archive(self, repository: Repository, entry: IndexEntry, pin: str) -> Archive:
        place = self._place(entry.name, entry.version)
        if entry.digest and self._options.keyring is None and file_sha256(place) == entry.digest:
            return Archive(name=entry.name, version=entry.version, sha256=entry.digest, content=place.read_bytes)
        fetched = self._client.download(repository, entry)
        if pin and fetched.digest != pin:
            raise _changed("the lock", f"{entry.name} {entry.version}", pin, fetched.digest, public_url(fetched.url))
        if self._options.keyring is not None:
            signature = needed_provenance(self._client, fetched, repository)
            check_signature(self._configuration, fetched, signature, self._options.keyring)
        return Archive(name=entry.name, version=entry.version, sha256=fetched.digest, content=fetched.path.read_bytes)

    def _from_folder(self, demand: Demand) -> Resolved:
        from helmlite.chart.packing import pack

        wanted = demand.dependency
        path = local_path(wanted, self._folder)
        if path not in self._packed:
            packed = pack(path, epoch_seconds=self._options.epoch_seconds)
            self._packed[path] = Archive(
                name=packed.name,
                version=packed.version,
                sha256=hashlib.sha256(packed.data).hexdigest(),
                content=lambda: packed.data,
            )
        made = self._packed[path]
        if made.name != wanted.name:
            raise ChartError(
                f"{demand.source}: dependency {wanted.name}: the chart in {wanted.repository} is {made.name}"
            )
        if made.version != wanted.version and (demand.exact or not fits(wanted.version, made.version)):
            raise ChartError(
                f"{demand.source}: dependency {demand.shown}: the chart in {wanted.repository} is {made.version}",
                hint="run `helmlite dependency update`" if demand.exact else "change the declared range",
            )
        return Resolved(dependency=replace(wanted, version=made.version), archive=made)

    def _vendored(self, demand: Demand) -> Resolved:
        """Return a dependency without a repository, which must be in ``charts/`` already, as folder or archive."""
        wanted = demand.dependency
        found = [each.version for each in self._in_charts() if each.name == wanted.name]
        if not found:
            raise ChartError(
                f"{demand.source}: dependency {wanted.name} has no repository, and {FOLDER}/ does not hold it",
                hint=f"put the chart into {self._folder / FOLDER / wanted.name}, or give a repository",
            )
        if not any(fits(wanted.version, version) for version in found):
            raise ChartError(f"{demand.source}: dependency {demand.shown}: {FOLDER}/ holds {' and '.join(found)}")
        return Resolved(dependency=wanted)

    def _in_charts(self) -> list[ChartMetadata]:
        folder = self._folder / FOLDER
        try:
            folders = sorted(
                each for each in folder.iterdir() if each.is_dir() and not each.name.startswith((".", "_"))
            )
        except OSError:
            return []
        found = [load_declared(each).metadata for each in folders]
        for each in packed_in(self._folder):
            with suppress(ChartError):
                found.append(load_chart(each).metadata)
        return found

    def _in_parallel(self, verb: str, call: Callable[[Key], T], keys: dict[Key, str]) -> dict[Key, T]:
        """Return what a call gives for each key (with its name for people), several at once; all faults are raised."""
        emit, stop, total = self._configuration.emit, self._configuration.stop, len(keys)
        done: dict[Key, T] = {}
        faults: list[HelmliteError] = []
        if not keys:
            return done
        from concurrent.futures import ThreadPoolExecutor

        pool = ThreadPoolExecutor(max_workers=max(1, min(self._configuration.concurrency, total)))
        try:
            calls = {key: pool.submit(call, key) for key in keys}
            for number, (key, name) in enumerate(keys.items(), 1):
                emit(StepStarted(step=name, text=f"{verb} {name}"))
                try:
                    done[key] = calls[key].result()
                except HelmliteError as error:
                    faults.append(error)
                emit(StepDone(step=name, text=f"{verb} {name}", done=number, total=total))
                if stop.is_set():
                    raise Interrupted("stopped before anything was changed")
        finally:
            # who presses Ctrl-C does not wait for a slow server
            pool.shutdown(wait=False, cancel_futures=True)
        _raise_all(faults)
        return done


def _chosen(demand: Demand, entries: Sequence[IndexEntry]) -> tuple[list[IndexEntry], IndexEntry | None]:
    """Return the entries that can be fetched, and the one of them that is demanded, if there is one."""
    from helmlite.repo.index import choose

    usable = [each for each in entries if each.urls]
    if demand.exact:
        return usable, next((each for each in usable if each.version == demand.dependency.version), None)
    return usable, choose(usable, demand.dependency.version)


def _check_file_names(resolved: Sequence[Resolved]) -> None:
    seen: dict[str, Resolved] = {}
    for each in resolved:
        if each.archive is None:
            continue
        first = seen.setdefault(each.archive.file_name, each)
        if first.archive is not None and first.archive.sha256 != each.archive.sha256:
            places = " and ".join(public_url(one.dependency.repository) for one in (first, each))
            raise ChartError(
                f"{each.archive.file_name} is two archives, of {places}: sha256 {first.archive.sha256} and "
                f"{each.archive.sha256}",
                hint=f"{FOLDER}/ has room for one: take both from one repository, or different versions",
            )


def _changed(source: str, name: str, pin: str, found: str, where: str) -> RepositoryError:
    return RepositoryError(
        f"{source}: {name} is not the archive that was locked: the lock pins sha256 {pin}, {where} has {found}",
        hint="if the new archive is the right one, run `helmlite dependency update`",
    )


def _raise_all(faults: Sequence[HelmliteError]) -> None:
    """Raise the first of several faults, with the others below it."""
    if not faults:
        return
    first = faults[0]
    told = {first.message}
    for each in faults[1:]:
        if each.message not in told:
            told.add(each.message)
            first.followed_by(each.message)
    raise first
