"""OpenPGP keyrings: the keys in them, and what their own signatures say of them.

A keyring is certificates one after another, as ``gpg --export`` and ``gpg --export-secret-keys`` write them, or a
keybox. Nothing of a private key enters a message.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pysequoia
from pysequoia.packet import Packet, PacketPile, SignatureType, Tag

from helmlite.errors import RepositoryError

LIMIT_KEYRING_BYTES = 64 << 20
FAULTS = (RuntimeError, ValueError, TypeError)
"""What the library raises for bad input of any kind; its texts hold stack traces."""
UNUSABLE = "it is damaged, or its own signatures are too weak to count (SHA-1)"
_OPENPGP_BLOB = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a keyring, as its packets say; ``numbers`` are fingerprints and key IDs of it and its subkeys."""

    packets: list[Packet] = field(repr=False)
    is_private: bool
    fingerprint: str
    identities: Sequence[str]
    numbers: frozenset[str]

    @classmethod
    def of(cls, packets: list[Packet]) -> Key:
        """Return what packets say, the primary key's first; raises one of FAULTS for what is not supported."""
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

    def bindings(self, number: str) -> Iterator[tuple[datetime, datetime | None]]:
        """Yield when each signature was made that binds a subkey of that fingerprint, and when its key ends by that."""
        subkey: Packet | None = None
        for each in self.packets:
            if _tag(each) in (Tag.PublicSubkey, Tag.SecretSubkey):
                subkey = each if (each.fingerprint or "").lower() == number.lower() else None
            elif subkey is not None and _tag(each) == Tag.Signature and _binds(each):
                made, lasts = each.signature_created, each.key_validity_period
                if made is not None and subkey.key_created is not None:
                    yield made, subkey.key_created + lasts if lasts else None

    def facts(self, other: KeyFacts | None = None) -> KeyFacts:
        """Return what the key's own signatures say of it, those of another copy too; it may be revoked in one only.

        Raises one of FAULTS where no signature counts.
        """
        if self.is_private:
            found = pysequoia.Tsk.from_packets(self.packets).extract_certificate()
        else:
            found = pysequoia.Cert.from_packets(self.packets)
        return KeyFacts.of(other.certificate.merge(found) if other is not None else found)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFacts:
    """What a key's own signatures say of it."""

    certificate: pysequoia.Cert = field(repr=False)
    fingerprint: str
    identities: Sequence[str]
    ends: datetime | None
    is_revoked: bool

    @classmethod
    def of(cls, certificate: pysequoia.Cert) -> KeyFacts:
        """Return the facts of a certificate; raises one of FAULTS where it has no signature that counts."""
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
        check_end(shown, self.ends, now)


def _tag(packet: Packet) -> Tag | None:
    try:
        return packet.tag
    except FAULTS:
        return None  # of a kind that the library does not know


def _binds(packet: Packet) -> bool:
    try:
        return packet.signature_type == SignatureType.SubkeyBinding
    except FAULTS:
        return False


def subkey_end(entries: Sequence[Key], number: str) -> datetime | None:
    """Return when a subkey ends by the newest signature that binds it, None for never, or for what is no subkey."""
    found = [each for entry in entries if number.lower() in entry.numbers for each in entry.bindings(number)]
    return max(found, key=lambda each: each[0])[1] if found else None


def check_end(shown: str, ends: datetime | None, now: datetime | None) -> None:
    """Raise RepositoryError for a key that ends before ``now``."""
    if ends is not None and now is not None and ends <= now:
        raise RepositoryError(f"{shown} has expired: it was valid until {ends:%Y-%m-%d %H:%M:%S} UTC")


def _of_keybox(data: bytes) -> Iterator[bytes]:
    """Yield the public keys in a keybox, as GnuPG 2.1 and newer keep them; its kbx/keybox-blob.c tells the form."""
    at = 0
    while at + 16 <= len(data):
        length, sort, offset, size = struct.unpack_from(">IBxxxII", data, at)
        if sort == _OPENPGP_BLOB and offset + size <= length:
            yield data[at + offset : at + offset + size]
        at += max(length, 16)


def read_keyring(keyring: Path) -> list[Key]:
    """Return the keys of a keyring, without those of a kind that is not supported."""
    data = read_bounded(keyring, LIMIT_KEYRING_BYTES, "the keyring")
    if data[8:12] == b"KBXf":
        data = b"".join(_of_keybox(data))
    if not data:
        return []
    try:
        packets = list(PacketPile.from_bytes(data))
    except FAULTS:
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
        with suppress(*FAULTS):
            found.append(Key.of(part))
    return found


def choose_key(entries: Sequence[Key], key: str, keyring: Path) -> Key:
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


def read_bounded(path: Path, limit_bytes: int, what: str) -> bytes:
    """Return the bytes of a file, which messages call ``what``; raises RepositoryError."""
    try:
        with path.open("rb") as file:
            data = file.read(limit_bytes + 1)
    except OSError as error:
        raise RepositoryError(f"{path}: {what} cannot be read: {error.strerror or error}") from None
    if len(data) > limit_bytes:
        raise RepositoryError(f"{path}: {what} is larger than {limit_bytes >> 20} MiB")
    return data
