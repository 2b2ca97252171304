"""A release's history, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite.manifest.capabilities import Capabilities
from helmlite.manifest.compose import section, stored_manifest
from helmlite.release.release import BadRecord, ChartRecord, Release, Revision, Status
from tests.release.cases import HOOK, RELEASE, revision

CAPABILITIES = Capabilities.offline()
WORDS = {
    "D": Status.DEPLOYED,
    "S": Status.SUPERSEDED,
    "F": Status.FAILED,
    "U": Status.UNINSTALLED,
    "u": Status.UNINSTALLING,
    "i": Status.PENDING_INSTALL,
    "p": Status.PENDING_UPGRADE,
    "r": Status.PENDING_ROLLBACK,
    "?": Status.UNKNOWN,
}
"""One letter for each status: ``SSD`` is a history of three revisions, the last one deployed."""


def config_maps(*names: str) -> str:
    """Return the manifest of ConfigMaps."""
    bodies = (f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n" for name in names)
    return "".join(section(f"shop/templates/{number}.yaml", text) for number, text in enumerate(bodies))


def history(letters: str, manifests: Sequence[str] = ()) -> Release:
    """Return a release whose revisions have these statuses; each holds a ConfigMap of its own and one of all."""
    made = [
        revision(number, WORDS[letter], manifest=config_maps("all", f"n{number}"), resource_version=str(100 + number))
        for number, letter in enumerate(letters, 1)
    ]
    return Release(id=RELEASE, revisions=made)


def bad(number: int) -> BadRecord:
    """Return a record that cannot be read."""
    name = f"sh.helm.release.v1.shop.v{number}"
    return BadRecord(
        id=RELEASE, number=number, status="deployed", reason="damaged", secret_name=name, resource_version=f"{number}"
    )


def number_of(found: Revision | BadRecord | None) -> int:
    """Return a record's number, 0 when there is none."""
    return found.number if found else 0


# Statuses.


def test_there_are_nine_statuses() -> None:
    """The words are Helm's."""
    assert {
        *("unknown", "deployed", "uninstalled", "superseded", "failed", "uninstalling"),
        *("pending-install", "pending-upgrade", "pending-rollback"),
    } == {str(each) for each in Status}


@pytest.mark.parametrize("status", list(Status), ids=str)
def test_three_statuses_are_pending(status: Status) -> None:
    """Uninstalling is not among them, as in Helm."""
    assert str(status).startswith("pending-") is status.is_pending


# Which revision is which.

# Each row: the history, and the numbers of the deployed revision and of the base (0: none).
HISTORIES = {
    "": (0, 0),
    "D": (1, 1),
    "F": (0, 1),
    "S": (0, 1),
    "U": (0, 0),
    "u": (0, 0),
    "i": (0, 0),
    "?": (0, 0),
    "SD": (2, 2),
    "DF": (1, 1),
    "DFF": (1, 1),
    "Dp": (1, 1),
    "Dr": (1, 1),
    "DS": (1, 1),
    "DD": (2, 2),
    "DDF": (2, 2),
    "SSS": (0, 3),
    "SF": (0, 2),
    "FF": (0, 2),
    "Fi": (0, 0),
    "SU": (0, 0),
    "Su": (0, 0),
    "SUF": (0, 3),
    "SUD": (3, 3),
    "Du": (1, 1),
    "DU": (1, 1),
    "FD": (2, 2),
    "SSDFp": (3, 3),
}


@pytest.mark.parametrize("letters", HISTORIES, ids=lambda letters: letters or "none")
def test_the_newest_deployed_revision_counts(letters: str) -> None:
    """Of several deployed revisions the highest number wins, whatever came after."""
    assert HISTORIES[letters][0] == number_of(history(letters).deployed)


@pytest.mark.parametrize("letters", HISTORIES, ids=lambda letters: letters or "none")
def test_an_upgrade_starts_from_its_base(letters: str) -> None:
    """The deployed revision, else the latest if it failed or was superseded, else none."""
    assert HISTORIES[letters][1] == number_of(history(letters).base)


@pytest.mark.parametrize("letters", HISTORIES, ids=lambda letters: letters or "none")
def test_the_latest_revision_has_the_highest_number(letters: str) -> None:
    """Its status does not matter."""
    assert len(letters) == number_of(history(letters).latest)


@pytest.mark.parametrize(
    ("letters", "others", "expected"),
    [("", [], 1), ("D", [], 2), ("SSD", [], 4), ("D", [2], 3), ("", [5], 6), ("SSD", [1], 4), ("D", [7, 4], 8)],
    ids=["none", "one", "three", "a bad one after", "only a bad one", "a bad one before", "two bad ones"],
)
def test_the_next_number_is_free(letters: str, others: list[int], expected: int) -> None:
    """Records that cannot be read count: their names are taken."""
    release = Release(id=RELEASE, revisions=history(letters).revisions, bad=[bad(each) for each in others])
    assert expected == release.next_number


def test_gaps_are_not_filled() -> None:
    """Numbers of records that were trimmed are not used again."""
    assert 10 == Release(id=RELEASE, revisions=[revision(2), revision(9)]).next_number


@pytest.mark.parametrize(
    ("letters", "others", "expected"),
    [("", [], False), ("U", [], True), ("", [1], True), ("D", [2], True)],
    ids=["nothing", "uninstalled", "bad only", "both"],
)
def test_a_release_exists_while_a_record_does(letters: str, others: list[int], expected: bool) -> None:
    """Kept history and records that cannot be read take the name."""
    release = Release(id=RELEASE, revisions=history(letters).revisions, bad=[bad(each) for each in others])
    assert expected is release.exists


def test_a_revision_is_found_by_its_number() -> None:
    """A number that is not there gives none."""
    release = history("SSD")
    assert (2, 0, 0) == tuple(number_of(release.revision(each)) for each in (2, 4, 0))


def test_the_newest_record_counts_whether_or_not_it_can_be_read() -> None:
    """The one with the highest number."""
    assert Release(id=RELEASE).newest is None
    assert bad(3) == Release(id=RELEASE, revisions=history("SD").revisions, bad=[bad(3)]).newest
    assert 3 == number_of(Release(id=RELEASE, revisions=history("SSD").revisions, bad=[bad(2)]).newest)


# What may be there.

# Each row: the history, and the numbers of the revisions whose objects may exist, the newest first.
OWNED: dict[str, list[int]] = {
    "": [],
    "D": [1],
    "F": [1],
    "i": [1],
    "u": [1],
    "U": [],
    "S": [1],
    "SD": [2],
    "SSD": [3],
    "DF": [2, 1],
    "DFF": [3, 2, 1],
    "FD": [2],
    "FF": [2, 1],
    "Dp": [2, 1],
    "DFp": [3, 2, 1],
    "Dr": [2, 1],
    "DD": [2],
    "SSS": [3],
    "DS": [2, 1],
    "Su": [2],
    "SU": [],
    "SUF": [3],
    "SUD": [3],
    "?": [1],
}


@pytest.mark.parametrize("letters", OWNED, ids=lambda letters: letters or "none")
def test_what_a_release_owns(letters: str) -> None:
    """Objects of the deployed revision and of every newer one may be there, those of older ones are gone."""
    found = history(letters).owned(CAPABILITIES).resources
    assert [f"n{number}" for number in OWNED[letters]] == [each.id.name for each in found if each.id.name != "all"]


@pytest.mark.parametrize("letters", [letters for letters, numbers in OWNED.items() if numbers])
def test_an_object_is_owned_once(letters: str) -> None:
    """An object of several revisions is that of the newest."""
    found = [each for each in history(letters).owned(CAPABILITIES).resources if each.id.name == "all"]
    assert ["shop/templates/0.yaml"] == [each.path for each in found]


@given(st.text(alphabet="".join(WORDS), max_size=6))
def test_whatever_the_history_nothing_live_is_forgotten(letters: str) -> None:
    """The deployed revision's objects are owned, and those of whatever newer one is not over."""
    release = history(letters)
    names = {each.id.name for each in release.owned(CAPABILITIES).resources}
    since = number_of(release.deployed)
    for each in release.revisions:
        if each.number >= since and each.status not in (Status.UNINSTALLED, Status.SUPERSEDED):
            assert f"n{each.number}" in names
    assert len(names) == len(release.owned(CAPABILITIES).resources)


def test_the_newest_body_of_an_object_is_owned() -> None:
    """Of one object in two revisions, the newer one's body is what may be there."""
    texts = [
        f"---\n# Source: a\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{x: '{n}'}}\n" for n in "12"
    ]
    made = [revision(1, manifest=texts[0]), revision(2, Status.FAILED, manifest=texts[1])]
    assert [{"x": "2"}] == [
        each.body["data"] for each in Release(id=RELEASE, revisions=made).owned(CAPABILITIES).resources
    ]


def test_a_manifest_that_is_known_is_not_read_again() -> None:
    """Where the text is that of what is wanted, its resources are taken as they are."""
    release = history("D")
    wanted = stored_manifest(release.revisions[0].manifest, (), "", RELEASE, CAPABILITIES)
    assert all(
        one is other for one, other in zip(wanted.resources, release.owned(CAPABILITIES, wanted).resources, strict=True)
    )


def test_another_wanted_manifest_changes_nothing() -> None:
    """What is wanted is not what is owned."""
    wanted = stored_manifest(config_maps("other"), (), "", RELEASE, CAPABILITIES)
    assert {"all", "n1"} == {each.id.name for each in history("D").owned(CAPABILITIES, wanted).resources}


def test_kinds_that_are_gone_are_not_owned() -> None:
    """What the cluster does not serve cannot exist."""
    text = config_maps("a") + "---\napiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: b}\n"
    release = Release(id=RELEASE, revisions=[revision(1, manifest=text)])
    assert ["a"] == [each.id.name for each in release.owned(CAPABILITIES).resources]


def test_hooks_are_not_owned() -> None:
    """Hooks live on their own."""
    release = Release(id=RELEASE, revisions=[revision(1, manifest="", hooks=[HOOK])])
    assert [] == release.owned(CAPABILITIES).resources


# Revisions.


def test_a_status_may_change_with_its_description() -> None:
    """A description is kept unless another is given; the revision itself stays."""
    made = revision(status=Status.PENDING_UPGRADE, description="Preparing upgrade")
    changed = made.with_status(Status.DEPLOYED, "Upgrade complete")
    assert (Status.DEPLOYED, "Upgrade complete") == (changed.status, changed.description)
    assert "Preparing upgrade" == made.with_status(Status.FAILED).description
    assert "" == made.with_status(Status.FAILED, "").description
    assert Status.PENDING_UPGRADE is made.status


@pytest.mark.parametrize(
    ("description", "expected"), [("Preparing upgrade", "Preparing upgrade (interrupted)"), ("", "(interrupted)")]
)
def test_what_nobody_finished_has_failed(description: str, expected: str) -> None:
    """An interrupted revision is failed, says so, and bears no mark of whoever wrote it."""
    made = revision(status=Status.PENDING_UPGRADE, description=description, marks={"helmlite.dev/lock": "x"})
    interrupted = made.as_interrupted()
    assert (Status.FAILED, expected, {}) == (interrupted.status, interrupted.description, interrupted.marks)


def test_a_revision_reads_its_manifest() -> None:
    """Objects are in the release's namespace and bear its marks; hooks and notes are handed on."""
    made = revision(1, hooks=[HOOK], notes="Enjoy.").read_manifest(CAPABILITIES)
    assert (["ConfigMap prod/a"], [HOOK], "Enjoy.") == (
        [str(each.id) for each in made.resources],
        made.hooks,
        made.notes,
    )
    assert "shop" == made.resources[0].body["metadata"]["annotations"]["meta.helm.sh/release-name"]


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"name": "web", "version": "1.0.0", "appVersion": "2"}, ("web", "1.0.0", "2")),
        ({}, ("", "", "")),
        ({"version": 1.5}, ("", "1.5", "")),
    ],
    ids=["all", "none", "a number"],
)
def test_a_chart_is_named(metadata: dict[str, Any], expected: tuple[str, str, str]) -> None:
    """Name and versions are text, empty where the record has none."""
    made = ChartRecord(metadata=metadata)
    assert expected == (made.name, made.version, made.app_version)
