"""Rollback: an upgrade to an old manifest. Nothing is rendered again."""

from __future__ import annotations

from helmlite.action.configuration import Configuration
from helmlite.action.deploy import Outcome, deploy
from helmlite.action.desire import desire_revision
from helmlite.action.listing import not_there
from helmlite.errors import ReleaseError, UsageError
from helmlite.manifest.capabilities import Capabilities
from helmlite.manifest.identity import ReleaseId
from helmlite.plan.policy import Desired, Policy
from helmlite.release.names import check_release_name
from helmlite.release.release import Release, Revision, Status

MAX_DESCRIPTION = 256


def rollback(
    configuration: Configuration,
    name: str,
    revision: int = 0,
    *,
    policy: Policy | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Return a new revision that is what ``revision`` was; 0 means the last good one before the latest.

    Raises ReleaseNotFoundError when there is no such release or revision. Helm takes the latest revision minus one,
    even if that one failed; here "the previous" is the newest that was once deployed.
    """
    policy = policy or Policy()
    check_release_name(name)
    if len(policy.description) > MAX_DESCRIPTION:
        raise UsageError(f"the description has {len(policy.description)} characters; {MAX_DESCRIPTION} is the most")
    release_id = ReleaseId(namespace=configuration.namespace, name=name)

    def desired(release: Release, capabilities: Capabilities) -> Desired:
        if not release.exists:
            raise not_there(release_id)
        number = revision or previous(release).number
        return desire_revision(configuration, release, number, capabilities, policy)

    return deploy(configuration, release_id, desired, policy, dry_run=dry_run)


def previous(release: Release) -> Revision:
    """Return the newest good revision before the latest; raises ReleaseError when there is none."""
    for each in reversed(release.revisions[:-1]):
        if each.status in (Status.SUPERSEDED, Status.DEPLOYED):
            return each
    raise ReleaseError(
        f"release {release.id} has no earlier revision that was ever deployed",
        hint="name a revision of `helmlite history`",
    )
