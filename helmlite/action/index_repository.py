"""Index a folder of archives, so that any web server can serve it as a chart repository."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from helmlite.action.events import Emit, Note, StepDone, Warned
from helmlite.repo.index_text import Form
from helmlite.repo.indexing import IndexingResult, Listener, index_folder

if TYPE_CHECKING:
    from helmlite.action.configuration import Configuration


def index_repository(
    configuration: Configuration,
    folder: str | Path,
    *,
    url: str = "",
    merge: str | Path | None = None,
    form: Form = "json",
    epoch_seconds: int | None = None,
) -> IndexingResult:
    """Write the index of all archives below a folder; return what that did. See ``index_folder``.

    Raises RepositoryError. Archives that are of no use are in the result, and no error.
    """
    emit = configuration.emit
    return index_folder(
        Path(folder),
        url=url,
        merge=Path(merge) if merge else None,
        form=form,
        now=configuration.now(),
        epoch_seconds=epoch_seconds,
        listener=_listener(emit),
    )


def _listener(emit: Emit) -> Listener:
    def progress(done: int, total: int) -> None:
        emit(StepDone(step="archives", text="archives read", done=done, total=total))

    return Listener(
        waiting=lambda text: emit(Note(text=text)),
        warning=lambda text: emit(Warned(text=text)),
        progress=progress,
    )
