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
    from helmlite.action.charts import ChartSource, locate_chart
    from helmlite.action.configuration import Configuration
    from helmlite.action.create import create
    from helmlite.action.demands import DependencyOptions
    from helmlite.action.dependencies import build_dependencies, list_dependencies, update_dependencies
    from helmlite.action.deploy import Outcome
    from helmlite.action.dry_run import DryRun
    from helmlite.action.explain import Explanation, explain
    from helmlite.action.index_repository import index_repository
    from helmlite.action.install import install, upgrade
    from helmlite.action.listing import get_revision, history, list_releases, status
    from helmlite.action.package import package
    from helmlite.action.pull import pull
    from helmlite.action.repositories import add_repository, remove_repositories, update_repositories
    from helmlite.action.rollback import rollback
    from helmlite.action.search import search_repositories
    from helmlite.action.template import template
    from helmlite.action.uninstall import uninstall
    from helmlite.chart.chart import Chart
    from helmlite.chart.loader import load_chart
    from helmlite.errors import HelmliteError
    from helmlite.kube.config import ClusterConfig
    from helmlite.plan.plan import Plan
    from helmlite.plan.policy import Policy
    from helmlite.release.release import BadRecord, Release, Revision, Status
    from helmlite.repo.provenance import open_signer, verify_file
    from helmlite.repo.repositories import Repository, ServerOptions
    from helmlite.values.layers import UserValues, ValueSources

__version__ = "0.1.0"

_HOMES = {
    "BadRecord": "helmlite.release.release",
    "Chart": "helmlite.chart.chart",
    "ChartSource": "helmlite.action.charts",
    "ClusterConfig": "helmlite.kube.config",
    "Configuration": "helmlite.action.configuration",
    "DependencyOptions": "helmlite.action.demands",
    "DryRun": "helmlite.action.dry_run",
    "Explanation": "helmlite.action.explain",
    "HelmliteError": "helmlite.errors",
    "Outcome": "helmlite.action.deploy",
    "Plan": "helmlite.plan.plan",
    "Policy": "helmlite.plan.policy",
    "Release": "helmlite.release.release",
    "Repository": "helmlite.repo.repositories",
    "Revision": "helmlite.release.release",
    "ServerOptions": "helmlite.repo.repositories",
    "Status": "helmlite.release.release",
    "UserValues": "helmlite.values.layers",
    "ValueSources": "helmlite.values.layers",
    "add_repository": "helmlite.action.repositories",
    "build_dependencies": "helmlite.action.dependencies",
    "create": "helmlite.action.create",
    "explain": "helmlite.action.explain",
    "get_revision": "helmlite.action.listing",
    "history": "helmlite.action.listing",
    "index_repository": "helmlite.action.index_repository",
    "install": "helmlite.action.install",
    "list_dependencies": "helmlite.action.dependencies",
    "list_releases": "helmlite.action.listing",
    "load_chart": "helmlite.chart.loader",
    "locate_chart": "helmlite.action.charts",
    "open_signer": "helmlite.repo.provenance",
    "package": "helmlite.action.package",
    "pull": "helmlite.action.pull",
    "remove_repositories": "helmlite.action.repositories",
    "rollback": "helmlite.action.rollback",
    "search_repositories": "helmlite.action.search",
    "status": "helmlite.action.listing",
    "template": "helmlite.action.template",
    "uninstall": "helmlite.action.uninstall",
    "update_dependencies": "helmlite.action.dependencies",
    "update_repositories": "helmlite.action.repositories",
    "upgrade": "helmlite.action.install",
    "verify_file": "helmlite.repo.provenance",
}

__all__ = [
    "BadRecord",
    "Chart",
    "ChartSource",
    "ClusterConfig",
    "Configuration",
    "DependencyOptions",
    "DryRun",
    "Explanation",
    "HelmliteError",
    "Outcome",
    "Plan",
    "Policy",
    "Release",
    "Repository",
    "Revision",
    "ServerOptions",
    "Status",
    "UserValues",
    "ValueSources",
    "add_repository",
    "build_dependencies",
    "create",
    "explain",
    "get_revision",
    "history",
    "index_repository",
    "install",
    "list_dependencies",
    "list_releases",
    "load_chart",
    "locate_chart",
    "open_signer",
    "package",
    "pull",
    "remove_repositories",
    "rollback",
    "search_repositories",
    "status",
    "template",
    "uninstall",
    "update_dependencies",
    "update_repositories",
    "upgrade",
    "verify_file",
]


def __getattr__(name: str) -> Any:
    """Return a public name, loading its module when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'helmlite' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
