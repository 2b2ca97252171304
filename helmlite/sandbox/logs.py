"""What the containers of a pod have said."""

from __future__ import annotations

from helmlite.sandbox.objects import Obj
from helmlite.sandbox.request import Reply, Request, number
from helmlite.sandbox.status import bad_request, not_found
from helmlite.sandbox.store import Store
from helmlite.sandbox.writes import Target


def log_of(request: Request, target: Target, store: Store) -> Reply:
    """Answer a GET of a pod's log; raises StatusError."""
    pod = store.get("pods", target.namespace, target.name)
    if pod is None:
        raise not_found(target.kind, target.name)
    names = [each["name"] for part in ("initContainers", "containers") for each in pod["spec"].get(part) or ()]
    container = request.query.get("container") or (names[0] if len(names) == 1 else "")
    if not container:
        said = f"a container name must be specified for pod {target.name}, choose one of: [{' '.join(names)}]"
        raise bad_request(said)
    if container not in names:
        raise bad_request(f"container {container} is not valid for pod {target.name}")
    lines = lines_of(pod, container, previous=request.flag("previous"))
    tail, limit = number(request.query, "tailLines"), number(request.query, "limitBytes")
    if tail is not None:
        lines = lines[max(0, len(lines) - max(0, tail)) :]
    if request.flag("timestamps"):
        began = (pod.get("status") or {}).get("startTime", "1970-01-01T00:00:00Z")
        lines = [f"{began.removesuffix('Z')}.000000000Z {each}" for each in lines]
    return Reply(body="".join(lines)[:limit], content_type="text/plain")


def lines_of(pod: Obj, container: str, *, previous: bool) -> list[str]:
    """Return what a container has said: 40 lines, and for a run that failed one more that tells of its end.

    While the container waits for its next run these are of the last one. Raises StatusError 400 where there was none.
    """
    status, name = pod.get("status") or {}, pod["metadata"]["name"]
    found = [*status.get("containerStatuses", ()), *status.get("initContainerStatuses", ())]
    state: Obj = next((each for each in found if each["name"] == container), {})
    now, last = state.get("state") or {}, (state.get("lastState") or {}).get("terminated")
    if previous and not last:
        raise bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
    if not last and ("waiting" in now or not state):
        reason = now.get("waiting", {}).get("reason", "ContainerCreating")
        raise bad_request(f'container "{container}" in pod "{name}" is waiting to start: {reason}')
    ended = (last if previous or "waiting" in now else now.get("terminated")) or {}
    lines = [f"line {number} of the container's log\n" for number in range(1, 41)]
    if ended.get("exitCode"):
        lines.append(f"the container was ordered to fail: {ended.get('reason')}, exit code {ended['exitCode']}\n")
    return lines
