"""A package manager for Kubernetes: Jinja2 charts, Helm's own release records.

The same verbs as on the command line, as functions that never print and never exit::

    from helmlite import ClusterConfig, Configuration, Policy, install

    configuration = Configuration(cluster_config=ClusterConfig(namespace="prod"))
    values = {"image": {"tag": "4f2c1aa"}}
    outcome = install(configuration, "shop", "charts/shop", values=values, policy=Policy(wait=True))
    print(outcome.revision.number)

Everything is loaded on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helmlite.action.configuration import Configuration
    from helmlite.action.deploy import Outcome
    from helmlite.action.dry_run import DryRun
    from helmlite.action.explain import Explanation, explain
    from helmlite.action.install import install, upgrade
    from helmlite.action.listing import get_revision, history, list_releases, status
    from helmlite.action.rollback import rollback
    from helmlite.action.template import template
    from helmlite.action.uninstall import uninstall
    from helmlite.chart.chart import Chart
    from helmlite.chart.loader import load_chart
    from helmlite.errors import HelmliteError
    from helmlite.kube.config import ClusterConfig
    from helmlite.plan.plan import Plan
    from helmlite.plan.policy import Policy
    from helmlite.release.release import BadRecord, Release, Revision, Status
    from helmlite.values.layers import UserValues, ValueSources

__version__ = "0.1.0"

_HOMES = {
    "BadRecord": "helmlite.release.release",
    "Chart": "helmlite.chart.chart",
    "ClusterConfig": "helmlite.kube.config",
    "Configuration": "helmlite.action.configuration",
    "DryRun": "helmlite.action.dry_run",
    "Explanation": "helmlite.action.explain",
    "HelmliteError": "helmlite.errors",
    "Outcome": "helmlite.action.deploy",
    "Plan": "helmlite.plan.plan",
    "Policy": "helmlite.plan.policy",
    "Release": "helmlite.release.release",
    "Revision": "helmlite.release.release",
    "Status": "helmlite.release.release",
    "UserValues": "helmlite.values.layers",
    "ValueSources": "helmlite.values.layers",
    "explain": "helmlite.action.explain",
    "get_revision": "helmlite.action.listing",
    "history": "helmlite.action.listing",
    "install": "helmlite.action.install",
    "list_releases": "helmlite.action.listing",
    "load_chart": "helmlite.chart.loader",
    "rollback": "helmlite.action.rollback",
    "status": "helmlite.action.listing",
    "template": "helmlite.action.template",
    "uninstall": "helmlite.action.uninstall",
    "upgrade": "helmlite.action.install",
}

__all__ = [
    "BadRecord",
    "Chart",
    "ClusterConfig",
    "Configuration",
    "DryRun",
    "Explanation",
    "HelmliteError",
    "Outcome",
    "Plan",
    "Policy",
    "Release",
    "Revision",
    "Status",
    "UserValues",
    "ValueSources",
    "explain",
    "get_revision",
    "history",
    "install",
    "list_releases",
    "load_chart",
    "rollback",
    "status",
    "template",
    "uninstall",
    "upgrade",
]


def __getattr__(name: str) -> Any:
    """Return a public name, loading its module when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'helmlite' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
