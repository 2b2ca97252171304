"""Every error that helmlite raises on purpose; a bug is any other exception.

::

    HelmliteError                  what a user can do something about
    ├── UsageError                 the command line, or a call's arguments (exit code 2)
    ├── Interrupted                Ctrl-C, after what was in flight is finished (exit code 130)
    ├── ChartError                 Chart.yaml, an archive, a chart directory, a dependency
    ├── ValuesError                -f files, --set and its kin, values.schema.json
    ├── RenderError                a template: syntax, undefined name, `fail`, the sandbox, a bound
    ├── ManifestError              rendered text that is no Kubernetes object
    ├── ReleaseError               names, records, statuses, values reuse
    │   ├── ReleaseNotFoundError   no such release or revision
    │   └── LockedError            somebody else is at work on this release
    ├── OwnershipError             objects that exist and belong to another release or to nobody
    ├── HookError                  a hook failed
    ├── ReadinessError             objects did not become ready, or did not go, in time
    ├── ClusterError               the Kubernetes API server said no, or nothing
    │   ├── UnreachableError       no answer: network, TLS, DNS, time
    │   ├── UnauthorizedError      401
    │   ├── ForbiddenError         403
    │   ├── NotFoundError          404
    │   ├── AlreadyExistsError     409, reason AlreadyExists
    │   ├── ConflictError          409: a stale resourceVersion, or fields that another manager owns
    │   ├── InvalidObjectError     400, 422 and strict validation's 500: the object is at fault
    │   └── ExpiredError           410: the watch or list must start over
    ├── RepositoryError            chart repositories, indexes, downloads
    │   └── DownloadError          a server gave no good answer, or none
    └── SandboxError               the embedded cluster cannot start, or its folder be used

An error says what, on which thing, where, why, and in ``hint`` what to try. Data of Secrets never enters one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_PORT_AND_SCOPES = re.compile(r"[^/?#@]*:[0-9]*(?:/@?[^@/]*)*$")
"""A host with its port, and a path in which an @ begins a part (``/@scope/``)."""
_USERINFO = re.compile(r"(?<![^/])[^/\s@:]*:[^\s@]*@")


def public_url(url: str) -> str:
    """Return a URL as it may be shown: without what may be a password before its host, or a token in its query."""
    start, slashes, rest = url.partition("://")
    if not slashes:
        # a mistyped URL, or a path
        return _USERINFO.sub("", url)
    if re.search(r":.*@", rest) and not _PORT_AND_SCOPES.match(rest):
        # whatever signs a password has that should be escaped; what follows the last @ is a host, or harmless
        rest = rest.rpartition("@")[2]
    place, mark, more = rest.partition("/")
    place, cut, _ = place.partition("?")
    path = more.partition("?")[0].partition("#")[0]
    return f"{start}://{place.partition('#')[0].rpartition('@')[2]}{'' if cut else mark + path}"


class HelmliteError(Exception):
    """The root: ``message`` says what, where and why; ``hint`` says what to try."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def located(self, where: str) -> HelmliteError:
        """Return the same kind of error with ``where`` put before its message; the location grows as it rises."""
        self.message = f"{where}: {self.message}"
        self.args = (self.message,)
        return self

    def followed_by(self, text: str) -> HelmliteError:
        """Return the same error with ``text`` put after its message: what else went wrong because of it."""
        self.message = f"{self.message}\n{text}"
        self.args = (self.message,)
        return self

    def reworded(self, change: Callable[[str], str]) -> HelmliteError:
        """Return the same error with every text of it, and of what caused it, changed: how secrets are taken out."""
        self.message = change(self.message)
        self.hint = change(self.hint) if self.hint else self.hint
        self.args = (self.message,)
        for cause in (self.__cause__, self.__context__):
            if isinstance(cause, HelmliteError) and cause.message != change(cause.message):
                cause.reworded(change)
        return self

    def __str__(self) -> str:
        return self.message


class UsageError(HelmliteError):
    """The command line, or the arguments of a library call, make no sense."""

    exit_code = 2


class Interrupted(HelmliteError):  # noqa: N818  # what happened, not a fault
    """The user asked to stop; the request in flight was finished and the release recorded."""

    exit_code = 130


class ChartError(HelmliteError):
    """A chart directory or archive, its metadata or a dependency is at fault."""


class ValuesError(HelmliteError):
    """A values file, an assignment or the schema check is at fault."""


class RenderError(HelmliteError):
    """A template is at fault.

    ``path`` is the template's chart path (``shop/templates/web.yaml.j2``), ``line`` counts from 1 and is None where
    there is none; ``excerpt`` holds the lines around it as ``(number, text)``; ``chain`` the including templates, the
    outermost first, as ``path:line``; ``inputs`` the paths of the values that the failing statement read, where a
    traced rendering found them. ``is_cause`` tells that a traced rendering found it to be why another, which did not
    trace, stumbled further down.
    """

    def __init__(
        self,
        message: str,
        *,
        path: str,
        line: int | None = None,
        excerpt: Sequence[tuple[int, str]] = (),
        chain: Sequence[str] = (),
        hint: str | None = None,
    ) -> None:
        self.reason = message
        self.path = path
        self.line = line
        self.excerpt = tuple(excerpt)
        self.chain = tuple(chain)
        self.inputs: tuple[tuple[str | int, ...], ...] = ()
        self.is_cause = False
        self.told: tuple[str, ...] = ()
        super().__init__(self._text(), hint=hint)

    def followed_by(self, text: str) -> HelmliteError:
        """Return the same error with ``text`` put below it."""
        self.told = (*self.told, text)
        return super().followed_by(text)

    def reworded(self, change: Callable[[str], str]) -> HelmliteError:
        """Return the same error with its texts changed; the excerpt is the template's own text."""
        self.reason = change(self.reason)
        self.told = tuple(map(change, self.told))
        self.hint = change(self.hint) if self.hint else self.hint
        self.message = self._text()
        self.args = (self.message,)
        return self

    def _text(self) -> str:
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        lines = below(self.chain, self.excerpt, self.line)
        return "\n".join([f"{where}: {self.reason}", *lines, *self.told])


def below(chain: Sequence[str], excerpt: Sequence[tuple[int, str]], line: int | None) -> list[str]:
    """Return the lines that stand below the message of a template's fault: its including places, its excerpt."""
    width = len(str(excerpt[-1][0])) if excerpt else 0
    shown = [f"  {'>' if number == line else ' '} {number:>{width}} | {text}".rstrip() for number, text in excerpt]
    return [*(f"  included from {each}" for each in reversed(chain)), *shown]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestFault:
    """What is wrong with one object of rendered text.

    ``source`` names its document (``shop/templates/web.yaml.j2, document 2``). ``field`` is the path of what is at
    fault; where the text is no YAML, ``index`` is the offset in the document's text, ``line`` says which of the
    rendered text, and ``excerpt`` shows it.
    """

    source: str
    reason: str
    field: tuple[str | int, ...] = ()
    index: int | None = None
    line: int | None = None
    excerpt: str = ""

    def __str__(self) -> str:
        at = f", line {self.line} of what it rendered" if self.line else ""
        return f"{self.source}{at}: {self.reason}{self.excerpt}"


class ManifestError(HelmliteError):
    """Rendered text is no Kubernetes object; the message names the template of each of ``faults``."""

    def __init__(self, message: str = "", *, faults: Sequence[ManifestFault] = (), hint: str | None = None) -> None:
        self.faults = tuple(faults)
        super().__init__(message or "\n".join(map(str, self.faults)), hint=hint)

    @classmethod
    def of(cls, source: str, reason: str, *path: str | int, hint: str | None = None) -> ManifestError:
        """Return the error that the field at ``path`` of an object is at fault."""
        return cls(faults=[ManifestFault(source=source, reason=reason, field=path)], hint=hint)


class ReleaseError(HelmliteError):
    """A release's name, record, status or history forbids what was asked."""


class ReleaseNotFoundError(ReleaseError):
    """There is no such release, or no such revision of it."""


class LockedError(ReleaseError):
    """Somebody else is at work on this release; the message says who, and since when."""


class OwnershipError(HelmliteError):
    """Objects exist that are not this release's; the message names every one of them."""


class HookError(HelmliteError):
    """A hook failed; ``logs`` holds what its pods said, if the hook's policy asks for it."""

    def __init__(self, message: str, *, logs: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.logs = logs


class ReadinessError(HelmliteError):
    """Objects did not become ready, or did not go, in time; the message lists each with its reason."""


class ClusterError(HelmliteError):
    """The Kubernetes API server refused a request.

    ``status`` is the HTTP status (0 when there was no answer), ``reason`` the server's word for it (``AlreadyExists``).
    ``causes`` are the fields that it names, in its words, each with the value that it quotes (empty: none).
    """

    causes: Sequence[tuple[str, str]] = ()

    def __init__(self, message: str, *, status: int = 0, reason: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.reason = reason


class UnreachableError(ClusterError):
    """No answer from the API server: network, TLS, DNS or time."""


class UnauthorizedError(ClusterError):
    """401: the server does not know who we are."""


class ForbiddenError(ClusterError):
    """403: the server knows us and says no."""


class NotFoundError(ClusterError):
    """404: no such object, or no such kind."""


class AlreadyExistsError(ClusterError):
    """409: an object of that name exists."""


class ConflictError(ClusterError):
    """409: a stale resourceVersion, or fields that another manager owns (one line each in ``conflicts``)."""

    def __init__(
        self,
        message: str,
        *,
        conflicts: Sequence[str] = (),
        status: int = 409,
        reason: str = "",
        hint: str | None = None,
    ) -> None:
        super().__init__(message, status=status, reason=reason, hint=hint)
        self.conflicts = tuple(conflicts)

    def reworded(self, change: Callable[[str], str]) -> HelmliteError:
        """Return the same error with the conflicts' texts changed too."""
        self.conflicts = tuple(map(change, self.conflicts))
        return super().reworded(change)


class InvalidObjectError(ClusterError):
    """400, 422, or strict validation's 500: the object that we sent is at fault."""


class ExpiredError(ClusterError):
    """410: a watch or list is too old and must start over."""


class RepositoryError(HelmliteError):
    """A chart repository, its index or a download is at fault."""


class DownloadError(RepositoryError):
    """A repository's server gave no good answer (``status``), or none (0).

    ``is_passing`` says that it may give one later: it is busy, or cannot be reached.
    """

    def __init__(self, message: str, *, status: int = 0, hint: str | None = None, is_passing: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.is_passing = is_passing


class SandboxError(HelmliteError):
    """The embedded cluster, or the real control plane in its place, cannot be started, stopped or found."""
