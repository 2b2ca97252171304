"""Provenance files: who vouches for an archive, in Helm's form.

A ``.prov`` file is an OpenPGP clear-signed message: the chart's metadata, a line ``...``, and the digests of files by
name. Only what the signature covers is looked at, and nothing of a private key or passphrase enters a message.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pysequoia

from helmlite import documents
from helmlite.chart.budget import LIMIT_BYTES
from helmlite.chart.loader import load_archive
from helmlite.chart.metadata import ChartMetadata
from helmlite.errors import ChartError, RepositoryError
from helmlite.repo.keyrings import (
    FAULTS,
    UNUSABLE,
    Key,
    KeyFacts,
    check_end,
    choose_key,
    read_bounded,
    read_keyring,
    subkey_end,
)
from helmlite.repo.limits import LIMIT_PROVENANCE_BYTES

ENDING = ".prov"
"""What the name of an archive's provenance file ends in."""

_BEGIN = b"-----BEGIN PGP SIGNED MESSAGE-----"
_SEPARATOR = "\n...\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a good provenance file says.

    ``signers`` are the user IDs of the key, ``fingerprint`` is its primary key's in capitals, ``digest`` the archive's
    sha256 in small hexadecimal digits.
    """

    signers: Sequence[str]
    fingerprint: str
    digest: str

    @property
    def lines(self) -> Sequence[str]:
        """Return it for people, in Helm's words."""
        return (
            *(f"Signed by: {each}" for each in self.signers),
            f"Using Key With Fingerprint: {self.fingerprint}",
            f"Chart Hash Verified: sha256:{self.digest}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """An unlocked private key; ``identity`` is its first user ID."""

    identity: str
    _key: pysequoia.PySigner = field(repr=False)

    def provenance(self, data: bytes, *, file_name: str, metadata_text: str) -> str:
        """Return the text of the ``.prov`` file of an archive's bytes, which are published as ``file_name``."""
        sums = documents.write({"files": {file_name: f"sha256:{hashlib.sha256(data).hexdigest()}"}})
        body = f"{metadata_text.rstrip()}\n{_SEPARATOR}{sums}"
        try:
            made = pysequoia.sign(self._key, body.encode(), mode=pysequoia.SignatureMode.CLEAR)
        except FAULTS:
            raise RepositoryError(f"{file_name}: the key of {self.identity!r} cannot sign") from None
        return made.decode("utf-8").rstrip("\n")


def open_signer(keyring: Path, *, key: str, passphrase: Callable[[str], str], now: datetime | None = None) -> Signer:
    """Return the private key of a keyring that ``key`` names, ready to sign.

    ``key`` is a whole user ID, else a part of one, or a fingerprint or long key ID; it must name one key.
    ``passphrase`` is asked with the key's user ID, and only for a key that has one. Raises RepositoryError for a
    keyring that cannot be read, no such key, several, one that expired before ``now`` or is revoked, and a wrong
    passphrase.
    """
    chosen = choose_key(read_keyring(keyring), key, keyring)
    identity = chosen.name
    shown = f"{keyring}: the key of {identity!r}"
    try:
        secret = pysequoia.Tsk.from_packets(chosen.packets)
        facts = KeyFacts.of(secret.extract_certificate())
    except FAULTS:
        raise RepositoryError(f"{shown} cannot be used: {UNUSABLE}") from None
    facts.check(shown, now)
    try:
        return Signer(identity=identity, _key=secret.signer())
    except FAULTS as error:
        if "suitable" in str(error).partition("\n")[0]:
            raise RepositoryError(
                f"{shown} cannot sign: it has no valid part for that", hint="export the key with its signing subkey"
            ) from None
    word = passphrase(identity)
    try:
        return Signer(identity=identity, _key=secret.signer(word))
    except FAULTS:
        raise RepositoryError(f"{shown} is not unlocked by this passphrase") from None


def verify(
    archive: bytes, provenance: bytes, *, name: str, keyring: Path, source: str = "", now: datetime | None = None
) -> Verification:
    """Return who signed an archive, after all was checked; raises RepositoryError.

    Checked are, in this order: the signature, by a key of the keyring that is neither revoked nor (where ``now`` is
    given, as Helm has it) expired by now; that the signed names hold ``name``, which is the file's where the archive is
    published; its digest; and, which Helm does not do, that the signed metadata is the archive's. Messages call it
    ``source``, a path or URL, which is ``name`` unless given.
    """
    source = source or name
    beside = f"{source}{ENDING}"
    body, signer = _signed(provenance, beside, read_keyring(keyring), keyring, now)
    metadata, sums = _parts(body, beside)
    digest = hashlib.sha256(archive).hexdigest()
    _check_digest(sums, name, digest, source)
    _check_metadata(metadata, archive, source)
    return Verification(signers=signer.identities, fingerprint=signer.fingerprint, digest=digest)


def verify_file(archive: Path, *, keyring: Path, now: datetime | None = None) -> Verification:
    """Return who signed an archive on disk, by the provenance file beside it; raises RepositoryError as ``verify``."""
    if archive.is_dir():
        raise RepositoryError(f"{archive}: a directory has no provenance: only packed charts can be verified")
    data = read_bounded(archive, LIMIT_BYTES, "the archive")
    beside = archive.with_name(f"{archive.name}{ENDING}")
    if not beside.exists():
        raise RepositoryError(
            f"{beside}: there is no provenance file for {archive.name}",
            hint="its publisher makes one with `helmlite package --sign`; `helmlite pull --prov` fetches it",
        )
    message = read_bounded(beside, LIMIT_PROVENANCE_BYTES, "the provenance file")
    return verify(data, message, name=archive.name, keyring=keyring, source=str(archive), now=now)


def _signed(
    message: bytes, provenance: str, entries: Sequence[Key], keyring: Path, now: datetime | None
) -> tuple[str, KeyFacts]:
    """Return the text that a good signature covers, and who made it."""
    if not message.startswith(_BEGIN):
        raise RepositoryError(f"{provenance}: no provenance file: it does not begin with a signed message")
    asked: list[str] = []
    known: dict[str, KeyFacts] = {}
    unusable: list[str] = []

    def certificates(numbers: list[str]) -> list[pysequoia.Cert]:
        asked.extend(numbers)
        for each in entries:
            if each.numbers.intersection(number.lower() for number in numbers):
                try:
                    known[each.fingerprint] = each.facts(known.get(each.fingerprint))
                except FAULTS:
                    unusable.append(each.name)
        return [each.certificate for each in known.values()]

    try:
        checked: Any = pysequoia.verify(message, certificates)
    except FAULTS:
        checked = None
    signatures = checked.valid_sigs if checked is not None else []
    signers = [
        (known[each.certificate.upper()], each.signing_key) for each in signatures if each.certificate.upper() in known
    ]
    faults = []
    for each, number in signers or [(each, "") for each in known.values()]:
        shown = f"{provenance}: the key that signed it, {each},"
        try:
            each.check(shown, now)
            check_end(shown, subkey_end(entries, number), now)
        except RepositoryError as error:
            faults.append(error)
        else:
            if signers:
                return _text(checked.bytes, provenance), each
    if faults:
        raise faults[0]
    raise _refusal(provenance, asked, [str(each) for each in known.values()], unusable, keyring)


def _refusal(
    provenance: str, asked: Sequence[str], known: Sequence[str], unusable: Sequence[str], keyring: Path
) -> RepositoryError:
    """Return why no signature counts, where that is not a key's age."""
    if not asked:
        return RepositoryError(f"{provenance}: the signed message is damaged")
    if known:
        return RepositoryError(
            f"{provenance}: the signature of {' or '.join(known)} is bad: the file was changed after it was signed, "
            "or its hash is too weak to count"
        )
    if unusable:
        return RepositoryError(
            f"{provenance}: the key that signed it, {' or '.join(unusable)}, cannot be used: {UNUSABLE}"
        )
    numbers = ", ".join(dict.fromkeys(each.upper() for each in asked))
    return RepositoryError(
        f"{provenance}: signed by an unknown key, {numbers}, which is not in {keyring}",
        hint="if you trust its owner, add the public key: `gpg --export OWNER >> KEYRING`",
    )


def _text(body: bytes | None, provenance: str) -> str:
    try:
        return (body or b"").decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise RepositoryError(f"{provenance}: the signed message is no UTF-8 text") from None


def _parts(body: str, provenance: str) -> tuple[Any, dict[str, str]]:
    """Return the data of the metadata part, and the digests by file name."""
    metadata, separator, rest = body.partition(_SEPARATOR)
    if not separator:
        raise RepositoryError(f"{provenance}: the signed message is no provenance: it has no line '...'")
    try:
        data = documents.read(metadata).data
        sums = documents.read(rest).data
    except documents.DocumentError as error:
        raise RepositoryError(f"{provenance}: the signed message is no provenance: {error.message}") from None
    files = sums.get("files") if isinstance(sums, dict) else None
    if not isinstance(files, dict) or not all(isinstance(each, str) for each in files.values()):
        raise RepositoryError(f"{provenance}: the signed message is no provenance: it names no files")
    return data, {str(name): str(value) for name, value in files.items()}


def _check_digest(sums: dict[str, str], name: str, digest: str, source: str) -> None:
    if name not in sums:
        raise RepositoryError(
            f"{source}{ENDING}: it vouches for {', '.join(map(repr, sums)) or 'no file'}, not for {name!r}",
            hint="an archive and its provenance file keep the names that they were published under",
        )
    if sums[name].lower() != f"sha256:{digest}":
        raise RepositoryError(
            f"{source}: it is not the archive that was signed: its digest is sha256:{digest}, "
            f"its provenance file vouches for {sums[name]}"
        )


def _check_metadata(data: Any, content: bytes, source: str) -> None:
    """Raise RepositoryError where the signed metadata, which people read, is not the archive's."""
    try:
        said = ChartMetadata.from_data(data, source=f"{source}{ENDING}: the signed metadata").to_data()
        real = load_archive(content, source=source).metadata.to_data()
    except ChartError as error:
        raise RepositoryError(error.message, hint=error.hint) from None
    differing = sorted(each for each in {*said, *real} if said.get(each) != real.get(each))
    if differing:
        raise RepositoryError(
            f"{source}{ENDING}: the signed metadata is not that of the archive: they differ in {', '.join(differing)}"
        )
