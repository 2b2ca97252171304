"""Dependencies: what a chart declares, fetched into ``charts/`` and written down in its lock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from helmlite.action.configuration import Configuration
from helmlite.action.demands import USUAL, Demand, DependencyOptions, Resolved, check_server, with_urls
from helmlite.action.events import Warned
from helmlite.action.resolving import Resolver
from helmlite.chart.chart import Chart, ChartLock
from helmlite.chart.dependencies import (
    DependencyStatus,
    check_dependencies,
    dependency_statuses,
    fits,
    undeclared,
)
from helmlite.chart.loader import load_chart, load_declared
from helmlite.chart.locking import (
    declaring_file,
    lock_digest,
    lock_name,
    lock_text,
    locked_dependencies,
    make_lock,
    old_lock_digest,
    pins_of,
    renewed,
)
from helmlite.chart.metadata import Dependency
from helmlite.chart.vendoring import Archive, Vendored, change_vendored
from helmlite.errors import ChartError
from helmlite.repo.repositories import ServerOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A chart's declared dependencies with their statuses, and warnings on what else ``charts/`` holds."""

    statuses: Sequence[DependencyStatus]
    warnings: Sequence[str]
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """What an update or a build did: the dependencies as resolved, and what was changed on disk."""

    dependencies: Sequence[Dependency] = ()
    vendored: Vendored = field(default_factory=Vendored)
    lock_file: str = ""


def list_dependencies(reference: str | Path) -> Listing:
    """Return the dependencies of a chart directory or archive, which is not changed; raises ChartError."""
    place = Path(reference)
    if not place.exists():
        raise ChartError(f"{place}: there is no such chart directory or archive")
    chart = load_chart(place)
    declared = chart.metadata.dependencies
    return Listing(
        statuses=dependency_statuses(chart, place),
        warnings=undeclared(chart, place) if declared else (),
        folder=place / "charts",
    )


def update_dependencies(
    configuration: Configuration,
    folder: str | Path,
    options: DependencyOptions = USUAL,
) -> Updated:
    """Fetch the newest version that satisfies each declared range into ``charts/``, and write the lock.

    Everything is fetched and checked first; a failure changes nothing. Raises ChartError, RepositoryError and
    UsageError.
    """
    place = Path(folder)
    chart = _opened(configuration, place)
    if not chart.metadata.dependencies:
        return Updated()
    client = configuration.repositories
    declared = with_urls(chart.metadata.dependencies, client)
    source = str(place / declaring_file(chart.metadata))
    resolver = Resolver(configuration, client, chart, place, options)
    resolved = resolver.resolve([Demand(dependency=each, source=source) for each in declared])
    seconds = options.epoch_seconds
    now = configuration.now() if seconds is None else datetime.fromtimestamp(seconds, UTC)
    lock = make_lock(declared, [each.dependency for each in resolved], [each.pin for each in resolved], now)
    _warn_of_changes(configuration, chart.lock, lock)
    lock = renewed(chart.lock, lock)
    return _put(configuration, chart, place, resolved, lock)


def build_dependencies(
    configuration: Configuration,
    folder: str | Path,
    options: DependencyOptions = USUAL,
) -> Updated:
    """Fetch exactly what the lock says into ``charts/``; without a lock do as ``update_dependencies``.

    The lock stays as it is. An archive whose sha256 is not the pinned one is refused. Where ``charts/`` holds all
    pinned archives already, no repository is asked. Raises ChartError, RepositoryError and UsageError, with nothing
    changed.
    """
    place = Path(folder)
    chart = _opened(configuration, place)
    if chart.lock is None:
        return update_dependencies(configuration, place, options)
    client = configuration.repositories
    declared = with_urls(chart.metadata.dependencies, client)
    demands = _locked_demands(chart, declared, chart.lock, place)
    resolver = Resolver(configuration, client, chart, place, options)
    return _put(configuration, chart, place, resolver.resolve(demands), None)


def check_one_server(configuration: Configuration, folders: Iterable[str | Path], server: ServerOptions) -> None:
    """Raise UsageError where credentials would be shown to several servers, of the dependencies of several charts."""
    if server.identifies:
        declared = [each for folder in folders for each in load_declared(Path(folder)).metadata.dependencies]
        check_server(server, [each.repository for each in with_urls(declared, configuration.repositories)])


def complete_dependencies(
    configuration: Configuration, reference: str | Path, options: DependencyOptions = USUAL
) -> None:
    """Update the dependencies of a chart directory where ``charts/`` lacks one; anything else is left as it is.

    This is what ``--dependency-update`` of install, upgrade and template means.
    """
    place = Path(reference)
    if not place.is_dir() or not load_declared(place).metadata.dependencies:
        return
    try:
        check_dependencies(load_chart(place))
    except ChartError:
        update_dependencies(configuration, place, options)


def _opened(configuration: Configuration, place: Path) -> Chart:
    chart = load_declared(place)
    for each in chart.warnings:
        configuration.emit(Warned(text=each, source="chart"))
    return chart


def _put(
    configuration: Configuration, chart: Chart, place: Path, resolved: Sequence[Resolved], lock: ChartLock | None
) -> Updated:
    archives: dict[str, Archive] = {}
    for each in resolved:
        if each.archive is not None:
            archives[each.archive.file_name] = each.archive
    local = {each.name for each in chart.metadata.dependencies if not each.repository}

    def is_obsolete(path: Path) -> bool:
        try:
            return load_chart(path).metadata.name not in local
        except ChartError:
            configuration.emit(Warned(text=f"{path} is no chart, so it was left there", source="chart"))
            return False

    name = lock_name(chart.metadata)
    vendored = change_vendored(
        place,
        archives=list(archives.values()),
        is_obsolete=is_obsolete,
        lock=(name, lock_text(lock)) if lock is not None else None,
    )
    return Updated(dependencies=[each.dependency for each in resolved], vendored=vendored, lock_file=name)


def _locked_demands(chart: Chart, declared: Sequence[Dependency], lock: ChartLock, place: Path) -> list[Demand]:
    """Return what a lock demands; raises ChartError where it is not the lock of what the chart declares.

    The digest says so, but whoever writes a lock can write its digest too: the entries are held against what is
    declared one by one, and nothing else of the lock is used.
    """
    name, written = lock_name(chart.metadata), declaring_file(chart.metadata)
    source = str(place / name)
    locked = locked_dependencies(lock)
    is_old = chart.metadata.api_version == "v1" and lock.digest == old_lock_digest(chart.metadata.dependencies)
    out_of_sync = ChartError(
        f"{source} is out of sync with {written}: it was made for other dependencies",
        hint="run `helmlite dependency update`",
    )
    if not is_old and lock.digest != lock_digest(declared, locked):
        raise out_of_sync
    if [(each.name, each.repository) for each in declared] != [(each.name, each.repository) for each in locked]:
        raise out_of_sync
    demands = []
    for each, exact, pin in zip(declared, locked, pins_of(lock, source=source), strict=True):
        if each.repository and not fits(each.version, exact.version):
            raise ChartError(
                f"{source}: {exact.name} {exact.version!r} is no version in the declared range {each.version!r}",
                hint="run `helmlite dependency update`",
            )
        wanted = replace(each, version=exact.version) if each.repository else each
        demands.append(Demand(dependency=wanted, source=source, exact=bool(each.repository), pin=pin))
    return demands


def _warn_of_changes(configuration: Configuration, before: ChartLock | None, lock: ChartLock) -> None:
    """Warn of each archive that is not the one that the lock pinned for the same version."""
    pinned = {
        (each.get("name"), each.get("version"), each.get("repository")): each["sha256"]
        for each in (before.dependencies if before is not None else ())
        if each.get("sha256")
    }
    for each in lock.dependencies:
        pin = pinned.get((each["name"], each["version"], each["repository"]))
        if pin and pin != each.get("sha256"):
            text = (
                f"{each['name']} {each['version']} is another archive than before: sha256 {pin} was locked, "
                f"now it is {each.get('sha256')}"
            )
            configuration.emit(Warned(text=text, source="chart"))
