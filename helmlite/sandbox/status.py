"""What the API server refuses with: a Status object of code, reason, message and details."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from helmlite.sandbox.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One fault of an object: ``field`` is its path (``spec.ports[0].port``); ``reason`` as FieldValueRequired.

    ``message`` is the server's without the path: ``Required value``, ``Invalid value: 0: must be between 1 and 65535,
    inclusive``.
    """

    field: str
    reason: str
    message: str


class StatusError(Exception):
    """A request that is refused; ``details`` is the Status's own (name, group, kind, causes, retryAfterSeconds)."""

    def __init__(self, code: int, reason: str, message: str, details: dict[str, Any] | None = None) -> None:
        self.code = code
        self.reason = reason
        self.details = details
        super().__init__(message)

    @property
    def body(self) -> dict[str, Any]:
        """Return the Status object."""
        found: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": str(self),
            "reason": self.reason,
            "details": self.details,
            "code": self.code,
        }
        return {key: value for key, value in found.items() if value not in (None, "")}


def _details(kind: Kind, name: str, causes: Sequence[Cause] = (), *, by_kind: bool = False) -> dict[str, Any]:
    listed = [{"reason": each.reason, "message": each.message, "field": each.field} for each in causes]
    found = {"name": name, "group": kind.group, "kind": kind.kind if by_kind else kind.plural, "causes": listed}
    return {key: value for key, value in found.items() if value}


def bad_request(message: str) -> StatusError:
    """Return 400: the request cannot be understood."""
    return StatusError(400, "BadRequest", message)


def too_large(message: str) -> StatusError:
    """Return 413: a body that is larger than may be, or asks for more."""
    return StatusError(413, "RequestEntityTooLarge", f"Request entity too large: {message}")


def no_resource() -> StatusError:
    """Return 404: a resource or subresource that its group does not have."""
    return StatusError(404, "NotFound", "the server could not find the requested resource", {})


def not_found(kind: Kind, name: str) -> StatusError:
    """Return 404: ``pods "web" not found``."""
    return StatusError(404, "NotFound", f'{kind.resource} "{name}" not found', _details(kind, name))


def already_exists(kind: Kind, name: str) -> StatusError:
    """Return 409: ``pods "web" already exists``."""
    return StatusError(409, "AlreadyExists", f'{kind.resource} "{name}" already exists', _details(kind, name))


def conflict(kind: Kind, name: str, message: str, causes: Sequence[Cause] = ()) -> StatusError:
    """Return 409: ``Operation cannot be fulfilled on pods "web": ...``."""
    text = f'Operation cannot be fulfilled on {kind.resource} "{name}": {message}'
    return StatusError(409, "Conflict", text, _details(kind, name, causes))


def conflict_of_kind(kind: Kind, name: str, message: str) -> StatusError:
    """Return 409 as preconditions of a deletion are refused: by the kind's name, not the resource's."""
    details = {"name": name, "group": kind.group, "kind": kind.kind}
    text = f'Operation cannot be fulfilled on {kind.kind} "{name}": {message}'
    return StatusError(409, "Conflict", text, {key: value for key, value in details.items() if value})


def forbidden(kind: Kind, name: str, message: str) -> StatusError:
    """Return 403: ``pods "web" is forbidden: ...``."""
    subject = f'{kind.resource} "{name}"' if name else kind.resource
    return StatusError(403, "Forbidden", f"{subject} is forbidden: {message}", _details(kind, name))


def invalid(kind: Kind, name: str, causes: Sequence[Cause]) -> StatusError:
    """Return 422 with every fault: ``Deployment.apps "web" is invalid: spec.selector: Required value``."""
    said = [f"{each.field}: {each.message}" for each in causes]
    text = said[0] if len(said) == 1 else f"[{', '.join(said)}]"
    whole = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    details = _details(kind, name, causes, by_kind=True)
    return StatusError(422, "Invalid", f'{whole} "{name}" is invalid: {text}', details)


def invalid_option(options: str, field: str, reason: str, message: str, *, group: str = "meta.k8s.io") -> StatusError:
    """Return 422 about a parameter: ``PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: ...``."""
    cause = {"reason": reason, "message": message, "field": field}
    details = {"group": group, "kind": options, "causes": [cause]}
    return StatusError(422, "Invalid", f'{options}.{group} "" is invalid: {field}: {message}', details)


def too_new(asked: int, current: int) -> StatusError:
    """Return 504: a list at a resourceVersion that is not reached yet."""
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    message = f"Timeout: Too large resource version: {asked}, current: {current}"
    return StatusError(504, "Timeout", message, {"causes": [cause], "retryAfterSeconds": 1})
