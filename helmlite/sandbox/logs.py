"""What the containers of a pod have said."""

from __future__ import annotations

from helmlite.sandbox.controllers.pods import logs_of
from helmlite.sandbox.request import Reply, Request, number
from helmlite.sandbox.status import StatusError, bad_request, not_found
from helmlite.sandbox.store import Store
from helmlite.sandbox.writes import Target


def log_of(request: Request, target: Target, store: Store) -> Reply:
    """Answer a GET of a pod's log; raises StatusError."""
    pod = store.get("pods", target.namespace, target.name)
    if pod is None:
        raise not_found(target.kind, target.name)
    spec = pod["spec"]
    names = [each["name"] for part in ("initContainers", "containers") for each in spec.get(part) or ()]
    container = request.query.get("container") or (names[0] if len(names) == 1 else "")
    if not container:
        said = f"a container name must be specified for pod {target.name}, choose one of: [{' '.join(names)}]"
        raise bad_request(said)
    if container not in names:
        raise bad_request(f"container {container} is not valid for pod {target.name}")
    statuses = pod.get("status") or {}
    found = [*statuses.get("containerStatuses", ()), *statuses.get("initContainerStatuses", ())]
    state = next((each for each in found if each["name"] == container), None) or {}
    previous = request.flag("previous")
    if previous and not (state.get("lastState") or {}).get("terminated"):
        raise bad_request(f'previous terminated container "{container}" in pod "{target.name}" not found')
    waiting = (state.get("state") or {}).get("waiting")
    if not previous and (waiting or not state) and not (state.get("lastState") or {}).get("terminated"):
        reason = (waiting or {}).get("reason", "ContainerCreating")
        said = f'container "{container}" in pod "{target.name}" is waiting to start: {reason}'
        raise bad_request(said)
    lines = logs_of(pod, container, previous).splitlines(keepends=True)
    tail, limit = number(request.query, "tailLines"), number(request.query, "limitBytes")
    if tail is not None and tail < 0:
        said = f"Invalid value: {tail}: must be greater than or equal to 0"
        cause = {"reason": "FieldValueInvalid", "message": said, "field": "tailLines"}
        details = {"name": target.name, "kind": "PodLogOptions", "causes": [cause]}
        raise StatusError(422, "Invalid", f'PodLogOptions "{target.name}" is invalid: tailLines: {said}', details)
    if tail is not None:
        lines = lines[max(0, len(lines) - tail) :]
    if request.flag("timestamps"):
        began = statuses.get("startTime", "1970-01-01T00:00:00Z")
        lines = [f"{began.removesuffix('Z')}.000000000Z {each}" for each in lines]
    text = "".join(lines)
    return Reply(body=text if limit is None else text[:limit], content_type="text/plain")
