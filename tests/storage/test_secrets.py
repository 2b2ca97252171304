"""Revisions in Secrets: on a real API server, and on one that loses answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from helmlite.errors import AlreadyExistsError, ClusterError, ConflictError
from helmlite.kube.cluster import Cluster
from helmlite.kube.config import ClusterConfig
from helmlite.manifest.identity import ReleaseId
from helmlite.release.codec import to_secret
from helmlite.release.release import BadRecord, Revision, Status
from helmlite.storage.secrets import SECRETS, SecretsDriver
from tests.fake_api import FakeApi, Reply
from tests.release.cases import revision


@pytest.fixture
def driver(cluster: Cluster) -> SecretsDriver:
    """Return the store of the cluster."""
    return SecretsDriver(cluster)


def made(namespace: str, number: int = 1, name: str = "shop", status: Status = Status.DEPLOYED) -> Revision:
    """Return a revision of a release in a namespace."""
    return revision(number, status, id=ReleaseId(namespace=namespace, name=name))


def put(cluster: Cluster, namespace: str, name: str, labels: dict[str, str], data: dict[str, str]) -> None:
    """Put a Secret there that is no record of ours."""
    metadata = {"name": name, "namespace": namespace, "labels": labels}
    cluster.create({"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata, "data": data})


@pytest.mark.cluster
class TestOnAServer:
    """What the protocol promises, kept by a real API server."""

    def test_there_is_nothing_at_first(self, driver: SecretsDriver, namespace: str) -> None:
        """No record is an empty history, no error."""
        release = driver.release(ReleaseId(namespace=namespace, name="shop"))
        assert not release.exists
        assert [] == list(driver.list(namespace))
        assert [] == list(driver.list_latest(namespace))
        assert driver.foreign(release.id) is None

    def test_what_is_stored_is_read(self, driver: SecretsDriver, namespace: str) -> None:
        """Every field of a revision comes back, with the version that guards the next write."""
        stored = driver.create(made(namespace))
        assert stored.resource_version
        release = driver.release(stored.id)
        assert [stored] == list(release.revisions)
        assert replace(made(namespace), resource_version=stored.resource_version) == stored

    def test_a_number_is_taken_once(self, driver: SecretsDriver, namespace: str) -> None:
        """Another's record of that number stays as it is."""
        driver.create(made(namespace))
        with pytest.raises(AlreadyExistsError):
            driver.create(replace(made(namespace), description="another's"))
        assert "Upgrade complete" == driver.release(made(namespace).id).revisions[0].description

    def test_history_is_by_number(self, driver: SecretsDriver, namespace: str) -> None:
        """10 comes after 9, however names sort."""
        for number in (10, 2, 9, 1):
            driver.create(made(namespace, number))
        assert [1, 2, 9, 10] == [each.number for each in driver.release(made(namespace).id).revisions]
        assert [10] == [each.number for each in driver.list_latest(namespace)]
        assert [1, 2, 9, 10] == [each.number for each in driver.list(namespace)]

    def test_an_update_is_guarded(self, driver: SecretsDriver, namespace: str) -> None:
        """Who has read an older version is refused; without a version the write goes through."""
        stored = driver.create(made(namespace))
        failed = driver.update(replace(stored, status=Status.FAILED))
        assert failed.resource_version != stored.resource_version
        with pytest.raises(ConflictError):
            driver.update(replace(stored, status=Status.SUPERSEDED))
        driver.update(replace(stored, status=Status.SUPERSEDED, resource_version=""))
        assert [Status.SUPERSEDED] == [each.status for each in driver.release(stored.id).revisions]

    def test_an_update_leaves_what_others_put_there(
        self, driver: SecretsDriver, cluster: Cluster, namespace: str
    ) -> None:
        """Labels and annotations of others stay; our own mark goes when the revision bears it no longer."""
        stored = driver.create(replace(made(namespace), marks={"helmlite.dev/lock": "x"}))
        name = "sh.helm.release.v1.shop.v1"
        patch = {"metadata": {"labels": {"team": "blue"}, "annotations": {"note": "keep"}}}
        cluster.patch(SECRETS, namespace, name, patch, content_type="application/merge-patch+json")
        driver.update(replace(stored, marks={}, resource_version=""))
        metadata = (cluster.get(SECRETS, namespace, name) or {})["metadata"]
        assert ("blue", "keep") == (metadata["labels"]["team"], metadata["annotations"]["note"])
        assert "helmlite.dev/lock" not in metadata["labels"]
        assert "deployed" == metadata["labels"]["status"]

    def test_deleting_twice_is_fine(self, driver: SecretsDriver, namespace: str) -> None:
        """Gone is gone."""
        stored = driver.create(made(namespace))
        driver.delete(stored.id, 1)
        driver.delete(stored.id, 1)
        assert not driver.release(stored.id).exists

    def test_releases_are_kept_apart(self, driver: SecretsDriver, namespace: str) -> None:
        """By name; a selector chooses among the latest by their labels."""
        driver.create(made(namespace, 1, "shop", Status.SUPERSEDED))
        driver.create(made(namespace, 2, "shop"))
        driver.create(made(namespace, 1, "shop-2", Status.FAILED))
        assert [("shop", 2), ("shop-2", 1)] == [(each.id.name, each.number) for each in driver.list_latest(namespace)]
        assert ["shop-2"] == [each.id.name for each in driver.list_latest(namespace, "status=failed")]
        assert [] == list(driver.list_latest(namespace, "status=superseded"))
        assert [("shop", 1)] == [(each.id.name, each.number) for each in driver.list(namespace, "status=superseded")]

    def test_a_history_that_goes_on_is_noticed(self, driver: SecretsDriver, cluster: Cluster, namespace: str) -> None:
        """By a newer record, or by another version or the end of the newest one, readable or not."""
        empty = driver.release(made(namespace).id)
        assert not driver.moved(empty)
        first = driver.create(made(namespace))
        assert driver.moved(empty)
        one = driver.release(first.id)
        assert not driver.moved(one)
        second = driver.create(made(namespace, 2))
        assert driver.moved(one)
        two = driver.release(first.id)
        driver.update(replace(second, status=Status.FAILED))
        assert driver.moved(two)
        driver.delete(first.id, 2)
        assert driver.moved(two)
        labels = {"owner": "helm", "name": "shop", "version": "2", "status": "deployed"}
        put(cluster, namespace, "sh.helm.release.v1.shop.v2", labels, {"release": "bm9uc2Vuc2U="})
        assert not driver.moved(driver.release(first.id))

    def test_a_record_that_cannot_be_read_hides_no_other(
        self, driver: SecretsDriver, cluster: Cluster, namespace: str
    ) -> None:
        """It is listed as what it is; Secrets of others are no records."""
        driver.create(made(namespace))
        labels = {"owner": "helm", "name": "shop", "version": "2", "status": "deployed"}
        put(cluster, namespace, "sh.helm.release.v1.shop.v2", labels, {"release": "bm9uc2Vuc2U="})
        put(cluster, namespace, "other", {"name": "shop"}, {"release": "eA=="})
        release = driver.release(made(namespace).id)
        assert [1] == [each.number for each in release.revisions]
        assert [2] == [each.number for each in release.bad]
        assert [Revision, BadRecord] == [type(each) for each in driver.list(namespace)]
        assert [BadRecord] == [type(each) for each in driver.list_latest(namespace)]

    def test_another_driver_is_noticed(self, driver: SecretsDriver, cluster: Cluster, namespace: str) -> None:
        """HELM_DRIVER=configmap keeps its records in ConfigMaps of the same labels."""
        labels = {"owner": "helm", "name": "shop", "version": "1", "status": "deployed"}
        metadata = {"name": "sh.helm.release.v1.shop.v1", "namespace": namespace, "labels": labels}
        cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"release": "x"}})
        assert "configmap" == driver.foreign(made(namespace).id)


TAKEN = Reply.failure(409, "AlreadyExists", "taken")
STALE = Reply.failure(409, "Conflict", "the object has been modified")


class TestLostAnswers:
    """A write whose answer is lost is repeated, and then meets its own first try."""

    @pytest.fixture
    def api(self) -> Iterator[FakeApi]:
        """Return a server."""
        with FakeApi().running() as running:
            yield running

    @pytest.fixture
    def driver(self, api: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SecretsDriver:
        """Return a store on it; nothing is waited for."""
        monkeypatch.setattr(time, "sleep", lambda _seconds: None)
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
        return SecretsDriver(Cluster.connect(ClusterConfig(api_server=api.url, namespace="prod")))

    def test_create_knows_its_own_record(self, driver: SecretsDriver, api: FakeApi) -> None:
        """The record that is there has the bytes that were sent."""
        mine = made("prod")
        api.add(to_secret(mine))
        api.replies["POST .*/secrets"] = [Reply(drops=True), TAKEN]
        assert "7" == driver.create(mine).resource_version

    def test_create_does_not_take_anothers_record_for_its_own(self, driver: SecretsDriver, api: FakeApi) -> None:
        """Other bytes are another's."""
        api.add(to_secret(replace(made("prod"), description="another's")))
        api.replies["POST .*/secrets"] = [Reply(drops=True), TAKEN]
        with pytest.raises(AlreadyExistsError):
            driver.create(made("prod"))

    def test_update_knows_its_own_record(self, driver: SecretsDriver, api: FakeApi) -> None:
        """The version changed, but by our own write."""
        mine = replace(made("prod"), resource_version="3")
        api.add(to_secret(mine))
        api.replies["PATCH .*"] = [Reply(drops=True), STALE]
        assert driver.update(mine).resource_version

    def test_update_does_not_write_over_anothers(self, driver: SecretsDriver, api: FakeApi) -> None:
        """Another changed the record in between."""
        api.add(to_secret(replace(made("prod"), description="another's")))
        api.replies["PATCH .*"] = [STALE]
        with pytest.raises(ConflictError):
            driver.update(replace(made("prod"), resource_version="3"))

    def test_a_server_that_stays_away_is_an_error(self, driver: SecretsDriver, api: FakeApi) -> None:
        """And nothing is taken for stored."""
        api.replies[".*"] = Reply(drops=True)
        with pytest.raises(ClusterError):
            driver.create(made("prod"))

    def test_a_foreign_driver_that_may_not_be_looked_for(self, driver: SecretsDriver, api: FakeApi) -> None:
        """No right to read ConfigMaps is no error."""
        api.replies["GET .*/configmaps"] = Reply.failure(403, "Forbidden", "no")
        assert driver.foreign(made("prod").id) is None
