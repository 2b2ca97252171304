"""Provenance: what was signed verifies, and everything else is refused with its reason."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pysequoia
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pysequoia.packet import PacketPile, Tag

from helmlite import documents
from helmlite.chart.packing import Packed, pack
from helmlite.errors import RepositoryError
from helmlite.repo.provenance import Verification, open_signer, verify, verify_file
from tests.repo import keys
from tests.repo.keys import ADA, BOB, Rings

CHARTS = Path(__file__).resolve().parents[2] / "charts"
NOW = datetime.now(UTC)


@pytest.fixture(scope="session")
def ada() -> pysequoia.Tsk:
    """Return Ada's private key."""
    return keys.made(ADA)


@pytest.fixture(scope="session")
def bob() -> pysequoia.Tsk:
    """Return Bob's private key, which is valid for a day."""
    return keys.made(BOB, seconds=86_400)


@pytest.fixture
def both(tmp_path: Path, ada: pysequoia.Tsk, bob: pysequoia.Tsk) -> Rings:
    """Return the keyrings that hold Ada's and Bob's keys."""
    return keys.rings(tmp_path, [ada, bob])


@pytest.fixture(scope="session")
def packed() -> Packed:
    """Return the chart hello, packed."""
    return pack(CHARTS / "hello")


@pytest.fixture
def archive(tmp_path: Path, packed: Packed) -> Path:
    """Return the path of a packed chart."""
    path = tmp_path / packed.file_name
    path.write_bytes(packed.data)
    return path


def nobody(*_: str) -> str:
    """Fail: nobody is to be asked for a passphrase."""
    raise AssertionError("a passphrase was asked for")


def provenance(archive: Path, packed: Packed, rings: Rings, key: str = ADA) -> Path:
    """Sign an archive; return the path of its provenance file."""
    signer = open_signer(rings.private, key=key, passphrase=nobody)
    text = signer.provenance(packed.data, file_name=archive.name, metadata_text=packed.metadata_text)
    path = archive.with_name(f"{archive.name}.prov")
    path.write_bytes(text.encode())
    return path


def signed(body: str, key: pysequoia.Tsk, path: Path) -> Path:
    """Write any text, signed, as a provenance file."""
    path.write_bytes(pysequoia.sign(key.signer(), body.encode(), mode=pysequoia.SignatureMode.CLEAR))
    return path


def verified(archive: Path, prov: Path, keyring: Path, *, name: str = "", now: datetime | None = None) -> Verification:
    """Verify an archive by any provenance file."""
    return verify(archive.read_bytes(), prov.read_bytes(), name=name or archive.name, keyring=keyring, now=now)


def refused(archive: Path, prov: Path, keyring: Path, said: str, *, now: datetime | None = None) -> RepositoryError:
    """Check that verifying fails with a text; return the error."""
    with pytest.raises(RepositoryError, match=said) as caught:
        verified(archive, prov, keyring, now=now)
    return caught.value


def file_refused(archive: Path, keyring: Path, said: str) -> RepositoryError:
    """Check that verifying by the file beside an archive fails with a text; return the error."""
    with pytest.raises(RepositoryError, match=said) as caught:
        verify_file(archive, keyring=keyring)
    return caught.value


def test_what_was_signed_verifies(archive: Path, packed: Packed, both: Rings, ada: pysequoia.Tsk) -> None:
    """Signers, fingerprint and digest are told."""
    found = verified(archive, provenance(archive, packed, both), both.public, now=NOW)
    number = ada.extract_certificate().fingerprint.upper()
    assert Verification(signers=[ADA], fingerprint=number, digest=hashlib.sha256(packed.data).hexdigest()) == found


def test_the_message_is_helms(archive: Path, packed: Packed, both: Rings) -> None:
    """Metadata with sorted keys, a line of three dots, digests by name; no newline after the end."""
    lines = provenance(archive, packed, both).read_text().split("\n")
    digest = hashlib.sha256(packed.data).hexdigest()
    expected = ["-----BEGIN PGP SIGNED MESSAGE-----", "Hash: SHA512", "", *packed.metadata_text.splitlines(), ""]
    expected += ["...", "files:", f"  hello-1.0.0.tgz: sha256:{digest}", "", "-----BEGIN PGP SIGNATURE-----"]
    assert expected == lines[: len(expected)]
    assert "-----END PGP SIGNATURE-----" == lines[-1]


def test_a_file_kept_under_another_name_verifies(archive: Path, packed: Packed, both: Rings) -> None:
    """The name that it was published under is told apart."""
    prov = provenance(archive, packed, both)
    kept = archive.rename(archive.with_name("content"))
    assert [ADA] == verified(kept, prov, both.public, name=packed.file_name).signers


def test_a_renamed_archive_is_refused(archive: Path, packed: Packed, both: Rings) -> None:
    """The names that are vouched for are told."""
    prov = provenance(archive, packed, both)
    renamed = archive.rename(archive.with_name("hello-2.0.0.tgz"))
    refused(renamed, prov, both.public, r"vouches for 'hello-1\.0\.0\.tgz', not for 'hello-2\.0\.0\.tgz'")


def test_a_changed_archive_is_refused_with_both_digests(archive: Path, packed: Packed, both: Rings) -> None:
    """The digest that it has, and the one that was signed."""
    prov = provenance(archive, packed, both)
    other = packed.data + b"\x00"
    archive.write_bytes(other)
    error = refused(archive, prov, both.public, "not the archive that was signed")
    assert all(hashlib.sha256(each).hexdigest() in error.message for each in (packed.data, other))


def test_an_unknown_signer_is_refused(archive: Path, packed: Packed, both: Rings, bob: pysequoia.Tsk) -> None:
    """The number of the key is told, and where it was looked for."""
    prov = provenance(archive, packed, both)
    keyring = archive.with_name("other.gpg")
    keyring.write_bytes(bytes(bob.extract_certificate()))
    error = refused(archive, prov, keyring, "signed by an unknown key, [0-9A-F]{40}, which is not in")
    assert error.hint
    keyring.write_bytes(b"")
    refused(archive, prov, keyring, "signed by an unknown key")


@pytest.mark.parametrize("old", ["version: 1.0.0", "sha256:", "hello-1.0.0.tgz"])
def test_a_changed_message_is_refused(archive: Path, packed: Packed, both: Rings, old: str) -> None:
    """Whatever part of it was changed."""
    prov = provenance(archive, packed, both)
    prov.write_text(prov.read_text().replace(old, f"{old}0", 1))
    refused(archive, prov, both.public, "the signature of .* is bad")


@pytest.mark.parametrize(
    "text", ["", "x", "-----BEGIN PGP SIGNED MESSAGE-----\n", "-----BEGIN PGP MESSAGE-----\n\nAA=="]
)
def test_what_is_no_message_is_refused(archive: Path, both: Rings, text: str) -> None:
    """As a damaged one, or none."""
    prov = archive.with_name("x.prov")
    prov.write_text(text)
    refused(archive, prov, both.public, "no provenance file|the signed message is damaged")


def test_what_stands_before_the_message_is_refused(archive: Path, packed: Packed, both: Rings) -> None:
    """Nobody has signed that."""
    prov = provenance(archive, packed, both)
    prov.write_text("version: 9.9.9\n" + prov.read_text())
    refused(archive, prov, both.public, "does not begin with a signed message")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("name: hello\n", "no line '...'"),
        ("name: hello\n\n...\nfiles: 1\n", "names no files"),
        ("name: hello\n\n...\nfiles: {a: [1]}\n", "names no files"),
        ("name: hello\n\n...\n[1\n", "no provenance: "),
        ("name: hello\n\n...\nfiles: {}\n", "vouches for no file, not for"),
        ("name: hello\n\n...\nfiles: {}\n\n...\nfiles: {}\n", "no provenance: "),
    ],
)
def test_signed_texts_that_are_no_provenance_are_refused(
    archive: Path, ada: pysequoia.Tsk, both: Rings, body: str, said: str
) -> None:
    """A good signature does not make a provenance file of any text."""
    refused(archive, signed(body, ada, archive.with_name("x.prov")), both.public, said)


def test_metadata_of_another_chart_is_refused(archive: Path, packed: Packed, both: Rings, ada: pysequoia.Tsk) -> None:
    """Where what people read in the file is not what the archive is."""
    digest = hashlib.sha256(packed.data).hexdigest()
    text = packed.metadata_text.replace("version: 1.0.0", "version: 9.0.0").replace("name: hello", "name: shop")
    prov = signed(f"{text}\n...\nfiles: {{{archive.name}: 'sha256:{digest}'}}\n", ada, archive.with_name("x.prov"))
    refused(archive, prov, both.public, "they differ in name, version$")


def test_expired_keys_are_refused(archive: Path, packed: Packed, both: Rings) -> None:
    """As Helm does: by today's date, and the key's last day is told. Neither do they sign."""
    prov = provenance(archive, packed, both, key=BOB)
    assert [BOB] == verified(archive, prov, both.public, now=NOW).signers
    later = NOW + timedelta(days=2)
    refused(archive, prov, both.public, "has expired: it was valid until", now=later)
    with pytest.raises(RepositoryError, match="has expired"):
        open_signer(both.private, key=BOB, passphrase=nobody, now=later)


@keys.needs_gpg
def test_subkeys_expire_by_themselves(archive: Path, packed: Packed, tmp_path: Path) -> None:
    """The key that it belongs to may last: what signed is at its end."""
    rings = keys.gpg_rings(tmp_path, subkey="1d")
    signer = open_signer(rings.private, key=ADA, passphrase=lambda _: keys.PASSPHRASE)
    prov = archive.with_name("x.prov")
    prov.write_text(signer.provenance(packed.data, file_name=archive.name, metadata_text=packed.metadata_text))
    assert [ADA] == verified(archive, prov, rings.public, now=NOW).signers
    refused(archive, prov, rings.public, "has expired: it was valid until", now=NOW + timedelta(days=2))


def test_revoked_keys_are_refused(archive: Path, packed: Packed, both: Rings, ada: pysequoia.Tsk) -> None:
    """Whenever they signed."""
    prov = provenance(archive, packed, both)
    refused(archive, prov, keys.revoked(archive.parent, ada), "the key that signed it, .* is revoked")


@pytest.mark.parametrize("order", [1, -1], ids=["before", "after"])
def test_a_key_that_is_revoked_in_one_of_two_copies_is_refused(
    archive: Path, packed: Packed, both: Rings, ada: pysequoia.Tsk, order: int
) -> None:
    """As after ``gpg --export >> pubring.gpg``: the older copy does not make it good again."""
    prov = provenance(archive, packed, both)
    copies = [keys.revoked(archive.parent, ada).read_bytes(), both.public.read_bytes()]
    both.public.write_bytes(b"".join(copies[::order]))
    refused(archive, prov, both.public, "the key that signed it, .* is revoked")


def test_a_key_without_signatures_of_its_own_is_refused(archive: Path, packed: Packed, both: Rings) -> None:
    """Nothing says whose it is and for how long; so it is with keys whose own signatures are of SHA-1."""
    prov = provenance(archive, packed, both)
    packets = PacketPile.from_bytes(both.public.read_bytes())
    both.public.write_bytes(b"".join(bytes(each) for each in packets if each.tag != Tag.Signature))
    refused(archive, prov, both.public, "the key that signed it, .*, cannot be used: ")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    which=st.sampled_from(["private", "provenance", "public"]),
    changes=st.lists(
        # where in the file, which is of another length in each run, as a share of it
        st.tuples(st.floats(0, 1), st.integers(0, 3), st.binary(max_size=3)),
        min_size=1,
        max_size=5,
    ),
)
def test_damaged_files_are_refused_or_do_not_matter(
    archive: Path, packed: Packed, both: Rings, which: str, changes: list[tuple[float, int, bytes]]
) -> None:
    """Whatever bytes of keyring and message are changed, what verifies is this archive by this key."""
    prov = provenance(archive, packed, both)
    rings = {"provenance": prov, "public": both.public, "private": both.private}
    good = rings[which].read_bytes()
    bad = bytearray(good)
    for share, removed, added in changes:
        at = int(share * len(bad))
        bad[at : at + removed] = added
    rings[which].write_bytes(bad)
    with suppress(RepositoryError):
        if which == "private":
            open_signer(both.private, key="Ada", passphrase=lambda _: "")
        else:
            assert hashlib.sha256(packed.data).hexdigest() == verified(archive, prov, both.public).digest
    rings[which].write_bytes(good)


def test_a_directory_is_refused(archive: Path, both: Rings) -> None:
    """Only archives are signed."""
    file_refused(archive.parent, both.public, "a directory has no provenance")


def test_missing_files_are_named(archive: Path, packed: Packed, both: Rings) -> None:
    """Archive, provenance file and keyring."""
    error = file_refused(archive, both.public, f"{archive}.prov: there is no provenance file for hello-1")
    assert error.hint
    prov = provenance(archive, packed, both)
    file_refused(archive.with_name("none.tgz"), both.public, "the archive cannot be read: No such file")
    refused(archive, prov, archive.with_name("none.gpg"), "the keyring cannot be read: No such file")


@pytest.mark.parametrize(
    ("data", "said"), [(b"junk", "no OpenPGP keyring"), (b"\0" * 8 + b"KBXf" + b"\0" * 20, "unknown key")]
)
def test_what_holds_no_key_is_refused(archive: Path, packed: Packed, both: Rings, data: bytes, said: str) -> None:
    """An empty keybox, too."""
    prov = provenance(archive, packed, both)
    keyring = archive.with_name("x.gpg")
    keyring.write_bytes(data)
    refused(archive, prov, keyring, said)


def test_a_keybox_is_read(archive: Path, packed: Packed, both: Rings) -> None:
    """As GnuPG keeps public keys since 2.1: a header, blobs of other kinds, and keys at an offset in theirs."""
    prov = provenance(archive, packed, both)
    key = both.public.read_bytes()
    header = struct.pack(">IBBH", 32, 1, 1, 2) + b"KBXf" + bytes(20)
    other = struct.pack(">IBBHII", 40, 3, 1, 0, 16, 24) + bytes(24)
    blob = struct.pack(">IBBHII", 20 + len(key) + 8, 2, 1, 0, 20, len(key)) + bytes(4) + key + bytes(8)
    keyring = archive.with_name("pubring.kbx")
    keyring.write_bytes(header + other + blob)
    assert verified(archive, prov, keyring).signers
    keyring.write_bytes(header + other + blob[:-20])
    refused(archive, prov, keyring, "or a damaged one")


def test_a_key_is_chosen_as_helm_does(both: Rings, bob: pysequoia.Tsk) -> None:
    """By the whole user ID or a part; by its numbers, too."""
    number = bob.extract_certificate().fingerprint
    for key in (BOB, "bob@", number, number.upper(), number[-16:]):
        assert BOB == open_signer(both.private, key=key, passphrase=nobody).identity


@pytest.mark.parametrize(
    ("key", "said"),
    [("example.com", "2 keys match --key 'example.com':\n"), ("zed", "no key matches"), ("", "which key")],
)
def test_keys_that_are_not_one_are_refused(both: Rings, key: str, said: str) -> None:
    """None and several; each of several is told."""
    with pytest.raises(RepositoryError, match=said):
        open_signer(both.private, key=key, passphrase=nobody)


def test_a_public_key_does_not_sign(both: Rings) -> None:
    """The error says what to export."""
    with pytest.raises(RepositoryError, match="only the public key is there") as caught:
        open_signer(both.public, key=ADA, passphrase=nobody)
    assert "export-secret-keys" in (caught.value.hint or "")


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30)
LINES = st.lists(st.sampled_from(["- a", "---", "...", "-----BEGIN PGP SIGNATURE-----", " x ", "", "\t"]), max_size=4)


@settings(max_examples=50, deadline=None)
@given(description=TEXTS, annotation=TEXTS | LINES.map("\n".join))
def test_whatever_a_chart_says_of_itself_can_be_signed(
    tmp_path_factory: pytest.TempPathFactory, ada: pysequoia.Tsk, description: str, annotation: str
) -> None:
    """Also what looks like the message's own lines, and what a signature does not cover (blanks at the end)."""
    folder = tmp_path_factory.mktemp("signed")
    (folder / "web").mkdir()
    said = {"description": description, "annotations": {"a": annotation}}
    text = documents.write({"apiVersion": "v2", "name": "web", "version": "1.0.0", **said})
    (folder / "web" / "Chart.yaml").write_text(text, encoding="utf-8", newline="")
    packed = pack(folder / "web")
    archive = folder / packed.file_name
    archive.write_bytes(packed.data)
    rings = keys.rings(folder, [ada])
    assert [ADA] == verified(archive, provenance(archive, packed, rings), rings.public).signers


@keys.needs_gpg
@pytest.mark.parametrize("algorithm", ["rsa2048", "ed25519"])
def test_a_passphrase_unlocks_a_key(archive: Path, packed: Packed, tmp_path: Path, algorithm: str) -> None:
    """It is asked for with the user ID; a wrong one is refused, and neither is told."""
    rings = keys.gpg_rings(tmp_path, algorithm=algorithm)
    asked = []

    def answer(identity: str) -> str:
        asked.append(identity)
        return keys.PASSPHRASE

    signer = open_signer(rings.private, key="ada", passphrase=answer)
    assert [ADA] == asked
    assert keys.PASSPHRASE not in repr(signer)
    prov = archive.with_name("x.prov")
    prov.write_text(signer.provenance(packed.data, file_name=archive.name, metadata_text=packed.metadata_text))
    assert [ADA] == verified(archive, prov, rings.public).signers
    with pytest.raises(RepositoryError, match="is not unlocked by this passphrase") as caught:
        open_signer(rings.private, key="ada", passphrase=lambda _: "a wrong one")
    assert "a wrong one" not in str(caught.value)


@pytest.mark.helm
@keys.needs_gpg
@pytest.mark.parametrize("algorithm", ["rsa2048", "ed25519"])
def test_helm_and_helmlite_verify_each_others_signatures(
    archive: Path, packed: Packed, tmp_path: Path, helm: Callable[..., Any], algorithm: str
) -> None:
    """With GnuPG's keys; what is printed is told alike."""
    rings = keys.gpg_rings(tmp_path, algorithm=algorithm)
    signer = open_signer(rings.private, key=ADA, passphrase=lambda _: keys.PASSPHRASE)
    text = signer.provenance(packed.data, file_name=archive.name, metadata_text=packed.metadata_text)
    archive.with_name(f"{archive.name}.prov").write_text(text)
    said = helm("verify", str(archive), "--keyring", str(rings.public)).stdout
    assert f"Signed by: {ADA}\n" in said
    assert f"Chart Hash Verified: sha256:{hashlib.sha256(packed.data).hexdigest()}\n" in said
    secret = tmp_path / "passphrase"
    secret.write_text(f"{keys.PASSPHRASE}\n")
    out = tmp_path / "helm"
    words = ("--sign", "--key", "ada", "--keyring", str(rings.private), "--passphrase-file", str(secret))
    for name in ("hello", "plain", "prometheus"):
        helm("package", str(CHARTS / name), "--destination", str(out), *words)
        theirs = out / f"{name}-1.0.0.tgz"
        found = verify_file(theirs, keyring=rings.public, now=NOW)
        assert [ADA] == found.signers
