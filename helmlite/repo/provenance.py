"""Provenance files: who vouches for an archive, in Helm's form.

A ``.prov`` file is an OpenPGP clear-signed message: the chart's metadata, a line ``...``, and the digests of files by
name. Keys come from keyrings, which are certificates one after another as ``gpg --export`` writes them. Only what the
signature covers is looked at, and nothing of a private key or passphrase enters a message.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pysequoia
from pysequoia.packet import Packet, PacketPile, Tag

from helmlite import documents
from helmlite.chart.budget import LIMIT_BYTES
from helmlite.chart.loader import load_archive
from helmlite.chart.metadata import ChartMetadata
from helmlite.errors import ChartError, RepositoryError

LIMIT_KEYRING_BYTES = 64 << 20
LIMIT_PROVENANCE_BYTES = 1 << 20

_BEGIN = b"-----BEGIN PGP SIGNED MESSAGE-----"
_OPENPGP_BLOB = 2
_SEPARATOR = "\n...\n"
_FAULTS = (RuntimeError, ValueError, TypeError)
"""What the library raises for bad input of any kind; its texts hold stack traces."""
_UNUSABLE = "it is damaged, or its own signatures are too weak to count (SHA-1)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a good provenance file says.

    ``signers`` are the user IDs of the key, ``fingerprint`` is its primary key's in capitals, ``digest`` the archive's
    sha256 in small hexadecimal digits.
    """

    signers: Sequence[str]
    fingerprint: str
    digest: str


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
        except _FAULTS:
            raise RepositoryError(f"{file_name}: the key of {self.identity!r} cannot sign") from None
        return made.decode("utf-8").rstrip("\n")


def sign(archive: Path, metadata_text: str, *, key: str, keyring: Path, passphrase: Callable[[], str]) -> str:
    """Return the text of the ``.prov`` file of an archive on disk; raises RepositoryError as ``open_signer`` does."""
    signer = open_signer(keyring, key=key, passphrase=lambda _: passphrase())
    data = _content(archive, LIMIT_BYTES, "the archive")
    return signer.provenance(data, file_name=archive.name, metadata_text=metadata_text)


def open_signer(keyring: Path, *, key: str, passphrase: Callable[[str], str], now: datetime | None = None) -> Signer:
    """Return the private key of a keyring that ``key`` names, ready to sign.

    ``key`` is a whole user ID, else a part of one, or a fingerprint or long key ID; it must name one key.
    ``passphrase`` is asked with the key's user ID, and only for a key that has one. Raises RepositoryError for a
    keyring that cannot be read, no such key, several, one that expired before ``now`` or is revoked, and a wrong
    passphrase.
    """
    chosen = _chosen(_entries(keyring), key, keyring)
    identity = chosen.name
    shown = f"{keyring}: the key of {identity!r}"
    try:
        secret = pysequoia.Tsk.from_packets(chosen.packets)
        facts = _Facts.of(secret.extract_certificate())
    except _FAULTS:
        raise RepositoryError(f"{shown} cannot be used: {_UNUSABLE}") from None
    facts.check(shown, now)
    try:
        return Signer(identity=identity, _key=secret.signer())
    except _FAULTS as error:
        if "suitable" in str(error).partition("\n")[0]:
            raise RepositoryError(
                f"{shown} cannot sign: it has no valid part for that", hint="export the key with its signing subkey"
            ) from None
    word = passphrase(identity)
    try:
        return Signer(identity=identity, _key=secret.signer(word))
    except _FAULTS:
        raise RepositoryError(f"{shown} is not unlocked by this passphrase") from None


def verify(
    archive: Path, provenance: Path, *, keyring: Path, name: str = "", now: datetime | None = None
) -> Verification:
    """Return who signed an archive, after all was checked; raises RepositoryError.

    Checked are, in this order: the signature, by a key of the keyring that is neither revoked nor (where ``now`` is
    given, as Helm has it) expired by now; that the signed names hold the archive's file name, or ``name`` where the
    file is kept under another; its digest; and, which Helm does not do, that the signed metadata is the archive's.
    """
    if archive.is_dir():
        raise RepositoryError(f"{archive}: a directory has no provenance: only packed charts can be verified")
    data = _content(archive, LIMIT_BYTES, "the archive")
    if not provenance.exists():
        raise RepositoryError(
            f"{provenance}: there is no provenance file for {archive.name}",
            hint="its publisher makes one with `helmlite package --sign`; `helmlite pull --prov` fetches it",
        )
    message = _content(provenance, LIMIT_PROVENANCE_BYTES, "the provenance file")
    body, signer = _signed(message, provenance, _entries(keyring), keyring, now)
    metadata, sums = _parts(body, provenance)
    digest = hashlib.sha256(data).hexdigest()
    _check_digest(sums, name or archive.name, digest, archive, provenance)
    _check_metadata(metadata, data, archive, provenance)
    return Verification(signers=signer.identities, fingerprint=signer.fingerprint, digest=digest)


def _content(path: Path, limit_bytes: int, what: str) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(limit_bytes + 1)
    except OSError as error:
        raise RepositoryError(f"{path}: {what} cannot be read: {error.strerror or error}") from None
    if len(data) > limit_bytes:
        raise RepositoryError(f"{path}: {what} is larger than {limit_bytes >> 20} MiB")
    return data


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One key of a keyring, as its packets say; ``numbers`` are fingerprints and key IDs of it and its subkeys."""

    packets: list[Packet] = field(repr=False)
    is_private: bool
    fingerprint: str
    identities: Sequence[str]
    numbers: frozenset[str]

    @classmethod
    def of(cls, packets: list[Packet]) -> _Entry:
        """Return what packets say, the primary key's first; raises one of _FAULTS for what is not supported."""
        numbers = (number for each in packets for number in (each.fingerprint, each.key_id) if number)
        return cls(
            packets=packets,
            is_private=_tag(packets[0]) == Tag.SecretKey,
            fingerprint=(packets[0].fingerprint or "").upper(),
            identities=[each.user_id for each in packets if _tag(each) == Tag.UserID and each.user_id],
            numbers=frozenset(numbers),
        )

    @property
    def name(self) -> str:
        """Return the first user ID, or the fingerprint where there is none."""
        return next(iter(self.identities), self.fingerprint)

    def facts(self, other: _Facts | None = None) -> _Facts:
        """Return what the key's own signatures say of it, those of another copy too; it may be revoked in one only.

        Raises one of _FAULTS where no signature counts.
        """
        if self.is_private:
            found = pysequoia.Tsk.from_packets(self.packets).extract_certificate()
        else:
            found = pysequoia.Cert.from_packets(self.packets)
        return _Facts.of(other.certificate.merge(found) if other is not None else found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What a key's own signatures say of it."""

    certificate: pysequoia.Cert = field(repr=False)
    fingerprint: str
    identities: Sequence[str]
    ends: datetime | None
    is_revoked: bool

    @classmethod
    def of(cls, certificate: pysequoia.Cert) -> _Facts:
        """Return the facts of a certificate; raises one of _FAULTS where it has no signature that counts."""
        return cls(
            certificate=certificate,
            fingerprint=certificate.fingerprint.upper(),
            identities=[str(each) for each in certificate.user_ids],
            ends=certificate.expiration,
            is_revoked=certificate.is_revoked,
        )

    def __str__(self) -> str:
        return f"{self.identities[0]} ({self.fingerprint})" if self.identities else self.fingerprint

    def check(self, shown: str, now: datetime | None) -> None:
        """Raise RepositoryError for a key that is revoked, or has expired before ``now``."""
        if self.is_revoked:
            raise RepositoryError(f"{shown} is revoked")
        if self.ends is not None and now is not None and self.ends <= now:
            raise RepositoryError(f"{shown} has expired: it was valid until {self.ends:%Y-%m-%d %H:%M:%S} UTC")


def _tag(packet: Packet) -> Tag | None:
    try:
        return packet.tag
    except _FAULTS:
        return None  # of a kind that the library does not know


def _of_keybox(data: bytes) -> Iterator[bytes]:
    """Yield the public keys in a keybox, as GnuPG 2.1 and newer keep them; its kbx/keybox-blob.c tells the form."""
    at = 0
    while at + 16 <= len(data):
        length, sort, offset, size = struct.unpack_from(">IBxxxII", data, at)
        if sort == _OPENPGP_BLOB and offset + size <= length:
            yield data[at + offset : at + offset + size]
        at += max(length, 16)


def _entries(keyring: Path) -> list[_Entry]:
    """Return the keys of a keyring, without those of a kind that is not supported."""
    data = _content(keyring, LIMIT_KEYRING_BYTES, "the keyring")
    if data[8:12] == b"KBXf":
        data = b"".join(_of_keybox(data))
    if not data:
        return []
    try:
        packets = list(PacketPile.from_bytes(data))
    except _FAULTS:
        raise RepositoryError(f"{keyring}: no OpenPGP keyring, or a damaged one") from None
    parts: list[list[Packet]] = []
    for each in packets:
        if _tag(each) in (Tag.PublicKey, Tag.SecretKey):
            parts.append([])
        if parts:
            parts[-1].append(each)
    if not parts:
        raise RepositoryError(f"{keyring}: no keyring: there is no key in it")
    found = []
    for part in parts:
        with suppress(*_FAULTS):
            found.append(_Entry.of(part))
    return found


def _chosen(entries: Sequence[_Entry], key: str, keyring: Path) -> _Entry:
    """Return the one private key that ``key`` names: by a whole user ID, else by a part of one, as Helm has it."""
    if not key:
        raise RepositoryError(f"{keyring}: which key is to sign is not said", hint="give --key NAME")
    word = key.replace(" ", "").upper()
    by_number = [each for each in entries if len(word) >= 16 and each.fingerprint.endswith(word)]
    exact = [each for each in entries if key in each.identities]
    part = [each for each in entries if any(key in identity for identity in each.identities)]
    named = by_number or exact or part
    found = {each.fingerprint: each for each in named if each.is_private}
    if len(found) > 1:
        shown = "".join(f"\n  {number} {', '.join(each.identities)}" for number, each in found.items())
        raise RepositoryError(
            f"{keyring}: {len(found)} keys match --key {key!r}:{shown}",
            hint="give the whole user ID, or the fingerprint",
        )
    if found:
        return next(iter(found.values()))
    if named:
        raise RepositoryError(
            f"{keyring}: of {key!r} only the public key is there, which cannot sign",
            hint="give a keyring of private keys: `gpg --export-secret-keys > secring.gpg`",
        )
    raise RepositoryError(f"{keyring}: no key matches --key {key!r}")


def _signed(
    message: bytes, provenance: Path, entries: Sequence[_Entry], keyring: Path, now: datetime | None
) -> tuple[str, _Facts]:
    """Return the text that a good signature covers, and who made it."""
    if not message.startswith(_BEGIN):
        raise RepositoryError(f"{provenance}: no provenance file: it does not begin with a signed message")
    asked: list[str] = []
    known: dict[str, _Facts] = {}
    unusable: list[str] = []

    def certificates(numbers: list[str]) -> list[pysequoia.Cert]:
        asked.extend(numbers)
        for each in entries:
            if each.numbers.intersection(number.lower() for number in numbers):
                try:
                    known[each.fingerprint] = each.facts(known.get(each.fingerprint))
                except _FAULTS:
                    unusable.append(each.name)
        return [each.certificate for each in known.values()]

    try:
        checked: Any = pysequoia.verify(message, certificates)
    except _FAULTS:
        checked = None
    signatures = checked.valid_sigs if checked is not None else []
    signers = [known[each.certificate.upper()] for each in signatures if each.certificate.upper() in known]
    faults = []
    for each in signers or known.values():
        try:
            each.check(f"{provenance}: the key that signed it, {each},", now)
        except RepositoryError as error:
            faults.append(error)
        else:
            if signers:
                return _text(checked.bytes, provenance), each
    if faults:
        raise faults[0]
    raise _refusal(provenance, asked, [str(each) for each in known.values()], unusable, keyring)


def _refusal(
    provenance: Path, asked: Sequence[str], known: Sequence[str], unusable: Sequence[str], keyring: Path
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
            f"{provenance}: the key that signed it, {' or '.join(unusable)}, cannot be used: {_UNUSABLE}"
        )
    numbers = ", ".join(dict.fromkeys(each.upper() for each in asked))
    return RepositoryError(
        f"{provenance}: signed by an unknown key, {numbers}, which is not in {keyring}",
        hint="if you trust its owner, add the public key: `gpg --export OWNER >> KEYRING`",
    )


def _text(body: bytes | None, provenance: Path) -> str:
    try:
        return (body or b"").decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise RepositoryError(f"{provenance}: the signed message is no UTF-8 text") from None


def _parts(body: str, provenance: Path) -> tuple[Any, dict[str, str]]:
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


def _check_digest(sums: dict[str, str], name: str, digest: str, archive: Path, provenance: Path) -> None:
    if name not in sums:
        raise RepositoryError(
            f"{provenance}: it vouches for {', '.join(map(repr, sums)) or 'no file'}, not for {name!r}",
            hint="an archive and its provenance file keep the names that they were published under",
        )
    if sums[name].lower() != f"sha256:{digest}":
        raise RepositoryError(
            f"{archive}: it is not the archive that was signed: its digest is sha256:{digest}, "
            f"{provenance.name} vouches for {sums[name]}"
        )


def _check_metadata(data: Any, content: bytes, archive: Path, provenance: Path) -> None:
    """Raise RepositoryError where the signed metadata, which people read, is not the archive's."""
    try:
        said = ChartMetadata.from_data(data, source=f"{provenance}: the signed metadata").to_data()
        real = load_archive(content, source=str(archive)).metadata.to_data()
    except ChartError as error:
        raise RepositoryError(error.message, hint=error.hint) from None
    differing = sorted(each for each in {*said, *real} if said.get(each) != real.get(each))
    if differing:
        raise RepositoryError(
            f"{provenance}: the signed metadata is not that of {archive.name}: they differ in {', '.join(differing)}"
        )
