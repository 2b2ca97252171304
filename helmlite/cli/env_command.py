"""``helmlite env``: the environment variables that count, and their values."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from helmlite.cli.main import command
from helmlite.cli.output import write
from helmlite.cli.session import Session
from helmlite.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "env", examples="helmlite env\nhelmlite env HELM_NAMESPACE")
    def env(
        ctx: typer.Context,
        name: Annotated[
            str, typer.Argument(metavar="[NAME]", help="Print only this one's value.", show_default=False)
        ] = "",
    ) -> None:
        """Show the environment that helmlite works in; the token is never shown."""
        from helmlite.action.configuration import repository_places, user_config_folder

        session: Session = ctx.obj
        places = repository_places(repositories=session.repository_config, indexes=session.repository_cache)
        found = {
            "HELMLITE_CACHE_HOME": str(session.configuration.cache_folder or ""),
            "HELMLITE_CONFIG_HOME": str(user_config_folder() or ""),
            "HELM_BURST_LIMIT": str(session.cluster.burst_limit),
            "HELM_DEBUG": str(session.debug).lower(),
            "HELM_KUBEAPISERVER": session.cluster.api_server,
            "HELM_KUBEASGROUPS": ",".join(session.cluster.as_groups),
            "HELM_KUBEASUSER": session.cluster.as_user,
            "HELM_KUBECAFILE": session.cluster.ca_file,
            "HELM_KUBECONTEXT": session.cluster.context,
            "HELM_KUBEINSECURE_SKIP_TLS_VERIFY": str(session.cluster.insecure_skip_tls_verify).lower(),
            "HELM_KUBETLS_SERVER_NAME": session.cluster.tls_server_name,
            "HELM_KUBETOKEN": "***" if session.cluster.token else "",
            "HELM_MAX_HISTORY": os.environ.get("HELM_MAX_HISTORY", "10"),
            "HELM_NAMESPACE": namespace_of(session),
            "HELM_QPS": f"{session.cluster.qps:g}",
            "HELM_REPOSITORY_CACHE": str(places.indexes),
            "HELM_REPOSITORY_CONFIG": str(places.repositories),
        }
        if "KUBECONFIG" in os.environ:
            found["KUBECONFIG"] = os.environ["KUBECONFIG"]
        if not name:
            write("".join(f'{key}="{value}"\n' for key, value in sorted(found.items())))
        elif name in found:
            write(f"{found[name]}\n")
        else:
            raise UsageError(f"env: there is no variable {name}", hint="`helmlite env` shows all of them")


def namespace_of(session: Session) -> str:
    """Return the namespace that is worked in; ``default`` where no cluster is configured."""
    from helmlite.errors import ClusterError

    try:
        return session.configuration.namespace
    except ClusterError:
        return session.cluster.namespace or "default"
