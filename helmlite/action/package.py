"""Package: a chart directory to an archive, and to a provenance file where somebody signs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from helmlite.action.configuration import Configuration
from helmlite.action.demands import DependencyOptions
from helmlite.action.dependencies import update_dependencies
from helmlite.action.events import Warned
from helmlite.action.saving import save_file
from helmlite.chart.packing import pack

if TYPE_CHECKING:
    from helmlite.repo.provenance import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What was written: the archive, its sha256 in hexadecimal digits, and the provenance file of a signed one."""

    name: str
    version: str
    path: Path
    digest: str
    provenance: Path | None = None


def package(
    configuration: Configuration,
    chart: str | Path,
    *,
    destination: str | Path = ".",
    version: str = "",
    app_version: str = "",
    epoch_seconds: int | None = None,
    dependencies: DependencyOptions | None = None,
    signer: Signer | None = None,
) -> Package:
    """Return the package that was made of a chart directory: ``NAME-VERSION.tgz`` in ``destination``.

    ``destination`` is made where it is missing; an older package of that name is replaced. ``epoch_seconds`` since 1970
    is the time of all that is in it; without one it is always the same. With ``dependencies`` what the chart depends on
    is updated first; ``signer`` adds the ``.prov`` file. Raises ChartError for a chart that cannot be packed,
    HelmliteError where nothing can be written.
    """
    folder = Path(chart)
    if dependencies is not None:
        update_dependencies(configuration, folder, dependencies)
    packed = pack(folder, version=version, app_version=app_version, epoch_seconds=epoch_seconds)
    for each in packed.warnings:
        configuration.emit(Warned(text=each, source=str(folder)))
    path = Path(destination) / packed.file_name
    beside = path.with_name(f"{path.name}.prov")
    # The signature is made first: where that fails nothing was written.
    text = (
        signer.provenance(packed.data, file_name=path.name, metadata_text=packed.metadata_text)
        if signer is not None
        else ""
    )
    is_new = not path.exists() or path.read_bytes() != packed.data
    save_file(path, packed.data)
    if text:
        save_file(beside, text.encode())
    elif is_new and beside.exists():
        configuration.emit(
            Warned(text=f"{beside} is of an earlier package: sign this one too, or remove it", source=str(folder))
        )
    return Package(
        name=packed.name,
        version=packed.version,
        path=path,
        digest=hashlib.sha256(packed.data).hexdigest(),
        provenance=beside if text else None,
    )
