"""Revisions in Secrets of the release's namespace, as Helm keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from helmlite.errors import AlreadyExistsError, ConflictError, ForbiddenError
from helmlite.kube.cluster import Cluster
from helmlite.manifest.capabilities import ServedKind
from helmlite.manifest.identity import GroupVersionKind, ReleaseId
from helmlite.release import codec
from helmlite.release.codec import SECRET_TYPE, decode, to_secret
from helmlite.release.release import BadRecord, Release, Revision

SECRETS = ServedKind(gvk=GroupVersionKind(group="", version="v1", kind="Secret"), plural="secrets", namespaced=True)
CONFIG_MAPS = ServedKind(
    gvk=GroupVersionKind(group="", version="v1", kind="ConfigMap"), plural="configmaps", namespaced=True
)
MERGE_PATCH = "application/merge-patch+json"


def _selector(release_id: ReleaseId) -> str:
    return f"name={release_id.name},owner=helm"


class SecretsDriver:
    """The store over one cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def release(self, release_id: ReleaseId) -> Release:
        """Return the whole history of one release, oldest first; an empty Release when there is none."""
        listed = self._cluster.list(SECRETS, release_id.namespace, label_selector=_selector(release_id))
        records = [decode(each) for each in listed.items]
        good = [each for each in records if isinstance(each, Revision)]
        return Release(
            id=release_id,
            revisions=sorted(good, key=lambda each: each.number),
            bad=[each for each in records if isinstance(each, BadRecord)],
        )

    def moved(self, release: Release) -> bool:
        """Return whether the history went on since it was read: a newer record, or the newest one changed or gone.

        Every command that changes a release does one or the other. Two GETs tell, at once: a list would wait until the
        API server's cache has caught up with the last write to anything.
        """
        following = codec.secret_name(release.id, release.next_number)
        if self._cluster.get(SECRETS, release.id.namespace, following, metadata_only=True) is not None:
            return True
        newest = release.newest
        if newest is None:
            return False
        name = newest.secret_name if isinstance(newest, BadRecord) else codec.secret_name(release.id, newest.number)
        live = self._cluster.get(SECRETS, release.id.namespace, name, metadata_only=True)
        return live is None or str(live["metadata"].get("resourceVersion", "")) != newest.resource_version

    def list(self, namespace: str | None, selector: str = "") -> Sequence[Revision | BadRecord]:
        """Return every record of a namespace (None: of all), by release and number; ``selector`` adds labels."""
        wanted = f"owner=helm,{selector}" if selector else "owner=helm"
        records = [decode(each) for each in self._cluster.list(SECRETS, namespace, label_selector=wanted).items]
        return sorted(records, key=lambda each: (each.id, each.number))

    def list_latest(self, namespace: str | None, selector: str = "") -> Sequence[Revision | BadRecord]:
        """Return the newest record of each release; reads labels first, then only the records that are wanted."""
        listed = self._cluster.list(SECRETS, namespace, label_selector="owner=helm", metadata_only=True)
        newest: dict[tuple[str, str], tuple[int, str]] = {}
        for each in listed.items:
            metadata = each["metadata"]
            bare = decode({"metadata": metadata})
            key = (bare.id.namespace, bare.id.name)
            newest[key] = max(newest.get(key, (-1, "")), (bare.number, str(metadata["name"])))
        found: list[Revision | BadRecord] = []
        matching = None
        if selector:
            chosen = self._cluster.list(SECRETS, namespace, label_selector=f"owner=helm,{selector}", metadata_only=True)
            matching = {(each["metadata"].get("namespace"), each["metadata"]["name"]) for each in chosen.items}
        for (space, _), (_, name) in sorted(newest.items()):
            if matching is not None and (space, name) not in matching:
                continue
            body = self._cluster.get(SECRETS, space, name)
            if body is not None:
                found.append(decode(body))
        return found

    def create(self, revision: Revision) -> Revision:
        """Store a new record; raises AlreadyExistsError when the number is taken. Returns it with resource_version."""
        body = to_secret(revision)
        body["metadata"].pop("resourceVersion", None)
        try:
            answer = self._cluster.create(body, repeatable=True).body
        except AlreadyExistsError:
            ours = self._ours(body)
            if ours is None:
                raise
            answer = ours
        stored = decode(answer)
        return stored if isinstance(stored, Revision) else revision

    def update(self, revision: Revision) -> Revision:
        """Rewrite a record, guarded by ``resource_version`` when it has one; foreign labels and annotations stay."""
        body = to_secret(revision)
        metadata: dict[str, Any] = {"labels": {**dict.fromkeys(_dropped_marks(revision)), **body["metadata"]["labels"]}}
        if revision.resource_version:
            metadata["resourceVersion"] = revision.resource_version
        try:
            answer = self._cluster.patch(
                SECRETS,
                revision.id.namespace,
                body["metadata"]["name"],
                {"metadata": metadata, "type": SECRET_TYPE, "data": body["data"]},
                content_type=MERGE_PATCH,
                repeatable=True,
            ).body
        except ConflictError:
            ours = self._ours(body)
            if ours is None:
                raise
            answer = ours
        return replace(revision, resource_version=str(answer["metadata"].get("resourceVersion", "")))

    def _ours(self, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the stored record if it is, byte for byte, the one just written, else None.

        So a write is recognised whose answer was lost and which was repeated. No other command's record has the same
        bytes, since its times are in them.
        """
        metadata = body["metadata"]
        live = self._cluster.get(SECRETS, metadata["namespace"], metadata["name"])
        return live if live is not None and live.get("data") == body["data"] else None

    def delete(self, release_id: ReleaseId, number: int, *, secret_name: str | None = None) -> None:
        """Delete one record; one that is gone already is fine."""
        self._cluster.delete(SECRETS, release_id.namespace, secret_name or codec.secret_name(release_id, number))

    def foreign(self, release_id: ReleaseId) -> str | None:
        """Return the name of another storage driver that holds records of this release (``configmap``), else None."""
        try:
            listed = self._cluster.list(
                CONFIG_MAPS, release_id.namespace, label_selector=_selector(release_id), metadata_only=True, limit=1
            )
        except ForbiddenError:
            return None
        return "configmap" if listed.items else None


def _dropped_marks(revision: Revision) -> Sequence[str]:
    """Return our labels that the record no longer bears: a merge patch removes them only when told to."""
    return [each for each in ("helmlite.dev/lock",) if each not in revision.marks]
