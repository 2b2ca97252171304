"""Uninstall: an upgrade to nothing."""

from __future__ import annotations

from helmlite.action.configuration import Configuration
from helmlite.action.deploy import Outcome, deploy
from helmlite.action.desire import desire_nothing
from helmlite.action.listing import not_there
from helmlite.errors import ReleaseError
from helmlite.manifest.capabilities import Capabilities
from helmlite.manifest.identity import ReleaseId
from helmlite.plan.policy import Desired, Policy
from helmlite.release.names import check_release_name
from helmlite.release.release import Release, Status


def uninstall(
    configuration: Configuration, name: str, *, policy: Policy | None = None, dry_run: bool = False
) -> Outcome:
    """Return how the removal of a release ended; raises ReleaseNotFoundError when there is none.

    Objects with ``helm.sh/resource-policy: keep``, and those that are another's, stay and are named in the plan.
    """
    policy = policy or Policy()
    check_release_name(name)
    release_id = ReleaseId(namespace=configuration.namespace, name=name)

    def desired(release: Release, capabilities: Capabilities) -> Desired:
        if not release.exists:
            raise not_there(release_id)
        latest = release.latest
        if latest is None:
            raise ReleaseError(
                f"no record of release {release_id} can be read, so what it owns is unknown: {release.bad[-1].reason}",
                hint="delete its objects and its record Secrets by hand",
            )
        if latest.status == Status.UNINSTALLED and policy.keep_history:
            raise ReleaseError(f"release {release_id} is uninstalled already")
        return desire_nothing(release, capabilities, policy)

    return deploy(configuration, release_id, desired, policy, dry_run=dry_run)
