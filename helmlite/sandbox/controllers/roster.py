"""Every controller there is."""

from __future__ import annotations

from collections.abc import Sequence

from helmlite.sandbox.controllers import (
    daemons,
    definitions,
    deployments,
    disruption,
    events,
    garbage,
    jobs,
    namespaces,
    network,
    pods,
    quotas,
    replicas,
    roles,
    scheduler,
    stateful,
    volumes,
)
from helmlite.sandbox.controllers.controller import Controller

# garbage comes first: the dependents of a kind's last object are found while the kind is still served
_PARTS = (
    *(garbage, definitions, namespaces, deployments, replicas, stateful, daemons, jobs, scheduler, pods, network),
    *(volumes, quotas, roles, disruption, events),
)
CONTROLLERS: Sequence[Controller] = tuple(controller for part in _PARTS for controller in part.CONTROLLERS)
