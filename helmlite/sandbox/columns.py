"""The cells of built-in kinds' columns: what ``columns.yaml`` names beside plain paths, and reading both."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

from helmlite import documents
from helmlite.sandbox.objects import Obj, annotations_of, meta

STEP = re.compile(
    r"""\.((?:\\.|[^.\[\\])+) | \['([^']+)'\] | \[(\d+|\*)\] | \[\?\(@\.([\w.]+)\s*==\s*["']([^"']*)["']\)\]""", re.X
)
"""A step of a path: a name (plain or in brackets), an index or ``*``, or a filter by a text."""
TYPES = ("string", "integer", "boolean", "date")
MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; ``is_wide`` says that only ``-o wide`` shows it, ``cell`` what it shows of an object."""

    name: str
    type: str
    is_wide: bool
    cell: Callable[[Obj], Any]


def columns_of(resource: str) -> Sequence[Column]:
    """Return the columns of a built-in resource."""
    return _all().get(resource) or _read({"Created At": "date .metadata.creationTimestamp"})


@cache
def _all() -> Mapping[str, Sequence[Column]]:
    content = resources.files("helmlite.sandbox").joinpath("columns.yaml").read_bytes()
    return {resource: _read(columns) for resource, columns in documents.read(content).data.items()}


def _read(columns: Mapping[str, str]) -> Sequence[Column]:
    named = {} if {"Name", "Name*"} & columns.keys() else {"Name": ".metadata.name"}
    return [_column(name, said) for name, said in {**named, **columns}.items()]


def _column(name: str, said: str) -> Column:
    first, _, rest = said.partition(" ")
    kind_of, said = (first, rest) if first in TYPES else ("string", said)
    said, _, missing = said.partition(" or ")
    function, *arguments = said.split(" ")
    if function.startswith("."):
        function, arguments = "at", [said]
    nothing = int(missing) if missing.isdigit() else missing or {"integer": 0, "boolean": False, "date": None}

    def cell(obj: Obj) -> Any:
        found = CELLS[function](obj, *arguments)
        empty = nothing.get(kind_of, "") if isinstance(nothing, dict) else nothing
        return empty if found in (None, "") else found

    return Column(name=name.rstrip("*"), type=kind_of, is_wide=name.endswith("*"), cell=cell)


def every(obj: Any, path: str) -> list[Any]:
    """Return the values at a path (``.spec.ports[0].port``, ``.items[*]['a.b']``, ``.list[?(@.type=="Ready")]``)."""
    found = [obj]
    for plain, quoted, index, key, wanted in STEP.findall(path):
        name = (plain or quoted).replace("\\", "")
        if name:
            found = [each[name] for each in found if isinstance(each, Mapping) and name in each]
            continue
        lists = [each for each in found if isinstance(each, list)]
        if index.isdigit():
            found = [item for each in lists for item in each[int(index) : int(index) + 1]]
        else:
            found = [item for each in lists for item in each if not key or at(item, f".{key}") == wanted]
    return found


def at(obj: Any, path: str) -> Any:
    """Return the first value at a path, None where there is none."""
    return next(iter(every(obj, path)), None)


def since(moment: Any) -> str | None:
    """Return how long ago a time of an object was, None where it is none."""
    try:
        began = datetime.fromisoformat(moment)
    except (TypeError, ValueError):
        return None
    return duration((datetime.now(UTC) - began).total_seconds())


def duration(seconds: float) -> str:
    """Return a duration as kubectl shows it: ``45s``, ``3m20s``, ``5h``, ``12d``."""
    whole = max(0, int(seconds))
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if whole < 120:
        return f"{whole}s"
    if minutes < 10:
        return f"{minutes}m{whole % 60}s" if whole % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    return f"{days}d{hours % 24}h" if days < 8 and hours % 24 else f"{days}d"


# Cells: each is given the object, and the arguments that the table names.


def age(obj: Obj, path: str = ".metadata.creationTimestamp", missing: str = "<unknown>") -> str:
    """Return how long ago the time at a path was, by itself the object's age."""
    return since(at(obj, path)) or missing


def _text(obj: Obj, path: str, missing: str) -> str:
    found = at(obj, path)
    return missing if found is None else str(found)


def _count(obj: Obj, *paths: str) -> int:
    return sum(len(at(obj, path) or ()) for path in paths)


def _joined(obj: Obj, path: str) -> str:
    return ",".join(map(str, every(obj, path)))


def _slash(obj: Obj, *paths: str) -> str:
    found = [at(obj, path) for path in paths]
    return "" if found == [None] * len(found) else "/".join(str(each or 0) for each in found)


def _pairs(obj: Obj, path: str) -> str:
    found = at(obj, path) or {}
    exact = found.get("matchLabels") or {} if {"matchLabels", "matchExpressions"} & found.keys() else found
    return ",".join(f"{key}={value}" for key, value in sorted(exact.items()))


def _modes(obj: Obj, path: str) -> str:
    return ",".join(MODES.get(each, each) for each in at(obj, path) or ())


def _shortened(obj: Obj, path: str) -> str:
    return _first_three([each for each in every(obj, path) if each])


def _first_three(found: Sequence[str]) -> str:
    more = f" + {len(found) - 3} more..." if len(found) > 3 else ""
    return ",".join(found[:3]) + more


def _pod_ready(obj: Obj) -> str:
    ready = every(obj, ".status.containerStatuses[*].ready")
    return f"{sum(map(bool, ready))}/{_count(obj, '.spec.containers')}"


def _pod_status(obj: Obj) -> str:
    """Return what is said first of a pod: why a container waits or ended, else its phase."""
    if meta(obj).get("deletionTimestamp"):
        return "Terminating"
    for place, state in enumerate(every(obj, ".status.initContainerStatuses[*].state")):
        if at(state, ".terminated.exitCode") == 0:
            continue
        reason = _reason(state)
        said = reason if reason and reason != "PodInitializing" else f"{place}/{_count(obj, '.spec.initContainers')}"
        return f"Init:{said}"
    reasons = filter(None, map(_reason, every(obj, ".status.containerStatuses[*].state")))
    return str(next(reasons, None) or at(obj, ".status.reason") or at(obj, ".status.phase") or "")


def _reason(state: Obj) -> Any:
    return at(state, ".waiting.reason") or at(state, ".terminated.reason")


def _restarts(obj: Obj) -> str:
    count = sum(every(obj, ".status.containerStatuses[*].restartCount"))
    last = max(every(obj, ".status.containerStatuses[*].lastState.terminated.finishedAt"), default=None)
    return f"{count} ({since(last)} ago)" if count and last else str(count)


def _gates(obj: Obj) -> str:
    gates = every(obj, ".spec.readinessGates[*].conditionType")
    met = every(obj, '.status.conditions[?(@.status=="True")].type')
    return f"{sum(each in met for each in gates)}/{len(gates)}" if gates else ""


def _external(obj: Obj) -> str:
    if at(obj, ".spec.type") == "ExternalName":
        return str(at(obj, ".spec.externalName"))
    found = [*filter(None, [_addresses(obj)]), *every(obj, ".spec.externalIPs[*]")]
    return ",".join(found) or ("<pending>" if at(obj, ".spec.type") == "LoadBalancer" else "")


def _addresses(obj: Obj) -> str:
    found = every(obj, ".status.loadBalancer.ingress[*]")
    return ",".join(filter(None, (each.get("ip") or each.get("hostname") for each in found)))


def _ports(obj: Obj) -> str:
    ports = every(obj, ".spec.ports[*]")
    numbers = [f"{each['port']}:{each['nodePort']}" if each.get("nodePort") else str(each["port"]) for each in ports]
    return ",".join(f"{number}/{each['protocol']}" for number, each in zip(numbers, ports, strict=True))


def _endpoints(obj: Obj) -> str:
    return _first_three(
        [
            f"{address}:{port}"
            for subset in every(obj, ".subsets[*]")
            for port in every(subset, ".ports[*].port")
            for address in every(subset, ".addresses[*].ip")
        ]
    )


def _web_ports(obj: Obj) -> str:
    return "80, 443" if at(obj, ".spec.tls") else "80"


def _job_status(obj: Obj) -> str:
    ends = ("Complete", "Failed", "Suspended")
    said = [each for each in every(obj, '.status.conditions[?(@.status=="True")].type') if each in ends]
    return said[0] if said else "Terminating" if meta(obj).get("deletionTimestamp") else "Running"


def _completions(obj: Obj) -> str:
    wanted, parallel = at(obj, ".spec.completions"), at(obj, ".spec.parallelism") or 0
    many = f"1 of {parallel}" if parallel > 1 else "1"
    return f"{at(obj, '.status.succeeded') or 0}/{many if wanted is None else wanted}"


def _lasted(obj: Obj) -> str:
    began, ended = at(obj, ".status.startTime"), at(obj, ".status.completionTime")
    if not began or not ended:
        return since(began) or ""
    return duration((datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds())


def _node_status(obj: Obj) -> str:
    said = "Ready" if at(obj, '.status.conditions[?(@.type=="Ready")].status') == "True" else "NotReady"
    return f"{said},SchedulingDisabled" if at(obj, ".spec.unschedulable") else said


def _quota(obj: Obj, prefix: str) -> str:
    hard, used = at(obj, ".status.hard") or {}, at(obj, ".status.used") or {}
    names = [each for each in sorted(hard) if each.startswith("limits.") is (prefix == "limits.")]
    return ", ".join(f"{each}: {used.get(each, '0')}/{hard[each]}" for each in names)


def _class_name(obj: Obj) -> str:
    is_default = annotations_of(obj).get(DEFAULT_CLASS) == "true"
    return f"{meta(obj)['name']} (default)" if is_default else str(meta(obj)["name"])


def _expands(obj: Obj) -> bool:
    return bool(obj.get("allowVolumeExpansion"))


def _subjects(obj: Obj, kind: str) -> str:
    found = every(obj, f'.subjects[?(@.kind=="{kind}")]')
    is_account = kind == "ServiceAccount"
    return ", ".join(f"{each['namespace']}/{each['name']}" if is_account else each["name"] for each in found)


def _about(obj: Obj) -> str:
    return f"{str(at(obj, '.involvedObject.kind') or '').lower()}/{at(obj, '.involvedObject.name') or ''}"


def _last_seen(obj: Obj) -> str:
    return since(obj.get("lastTimestamp")) or age(obj, ".eventTime")


def _targets(obj: Obj) -> str:
    found = every(obj, ".spec.metrics[*].resource")
    said = [(each.get("name"), at(each, ".target.averageUtilization")) for each in found]
    return ", ".join(f"{name}: <unknown>/{percent}%" for name, percent in said)


CELLS: Mapping[str, Callable[..., Any]] = {
    "at": at,
    "age": age,
    **{
        each.__name__[1:]: each
        for each in (
            *(_text, _count, _joined, _slash, _pairs, _modes, _shortened, _pod_ready, _pod_status, _restarts, _gates),
            *(_external, _addresses, _ports, _endpoints, _web_ports, _job_status, _completions, _lasted, _node_status),
            *(_quota, _class_name, _expands, _subjects, _about, _last_seen, _targets),
        )
    },
}
"""The functions by the names that the table has for them."""
