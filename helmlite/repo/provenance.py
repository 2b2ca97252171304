"""Provenance files: who vouches for an archive, in Helm's form.

A ``.prov`` file is an OpenPGP clear-signed message: the chart's metadata, a line ``...``, and the digests of files by
name. Keys come from keyrings, which are certificates one after another as ``gpg --export`` writes them. Only what the
signature covers is looked at, and nothing of a private key or passphrase enters a message.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
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
_SEPARATOR = "\n...\n"
_FAULTS = (RuntimeError, ValueError, TypeError)
"""What the library raises for bad input of any kind; its texts hold stack traces."""


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
    chosen = _chosen(_key_blocks(keyring), key, keyring)
    identity = next(iter(_identities(chosen)), _fingerprint(chosen))
    shown = f"{keyring}: the key of {identity!r}"
    try:
        secret = pysequoia.Tsk.from_packets(chosen)
        certificate = secret.extract_certificate()
    except _FAULTS:
        raise RepositoryError(f"{shown} is damaged, or of a kind that is not supported") from None
    _check_validity(certificate, shown, now)
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
    body, certificate = _signed(message, provenance, _key_blocks(keyring), keyring, now)
    metadata, sums = _parts(body, provenance)
    digest = hashlib.sha256(data).hexdigest()
    _check_digest(sums, name or archive.name, digest, archive, provenance)
    _check_metadata(metadata, data, archive, provenance)
    return Verification(
        signers=[str(each) for each in certificate.user_ids], fingerprint=certificate.fingerprint.upper(), digest=digest
    )


def _content(path: Path, limit_bytes: int, what: str) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(limit_bytes + 1)
    except OSError as error:
        raise RepositoryError(f"{path}: {what} cannot be read: {error.strerror or error}") from None
    if len(data) > limit_bytes:
        raise RepositoryError(f"{path}: {what} is larger than {limit_bytes >> 20} MiB")
    return data


def _key_blocks(keyring: Path) -> list[list[Packet]]:
    """Return the packets of each key of a keyring, that of the primary key first."""
    data = _content(keyring, LIMIT_KEYRING_BYTES, "the keyring")
    if data[8:12] == b"KBXf":
        raise RepositoryError(
            f"{keyring}: a keybox of GnuPG 2.1 or newer, which is no keyring that other programs read",
            hint="export it: `gpg --export > pubring.gpg`, and to sign `gpg --export-secret-keys > secring.gpg`",
        )
    if not data:
        return []
    try:
        packets = list(PacketPile.from_bytes(data))
    except _FAULTS:
        raise RepositoryError(f"{keyring}: no OpenPGP keyring, or a damaged one") from None
    blocks: list[list[Packet]] = []
    for each in packets:
        if each.tag in (Tag.PublicKey, Tag.SecretKey):
            blocks.append([])
        if blocks:
            blocks[-1].append(each)
    if not blocks:
        raise RepositoryError(f"{keyring}: no keyring: there is no key in it")
    return blocks


def _identities(block: Iterable[Packet]) -> list[str]:
    return [each.user_id for each in block if each.tag == Tag.UserID and each.user_id]


def _fingerprint(block: Sequence[Packet]) -> str:
    return (block[0].fingerprint or "").upper()


def _chosen(blocks: Sequence[list[Packet]], key: str, keyring: Path) -> list[Packet]:
    """Return the one private key that ``key`` names: by a whole user ID, else by a part of one, as Helm has it."""
    if not key:
        raise RepositoryError(f"{keyring}: which key is to sign is not said", hint="give --key NAME")
    word = key.replace(" ", "").upper()
    by_number = [each for each in blocks if len(word) >= 16 and _fingerprint(each).endswith(word)]
    exact = [each for each in blocks if key in _identities(each)]
    part = [each for each in blocks if any(key in identity for identity in _identities(each))]
    named = by_number or exact or part
    found = {_fingerprint(each): each for each in named if each[0].tag == Tag.SecretKey}
    if len(found) > 1:
        shown = "".join(f"\n  {number} {', '.join(_identities(each))}" for number, each in found.items())
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


def _check_validity(certificate: pysequoia.Cert, shown: str, now: datetime | None) -> None:
    if certificate.is_revoked:
        raise RepositoryError(f"{shown} is revoked")
    ends = certificate.expiration
    if ends is not None and now is not None and ends <= now:
        raise RepositoryError(f"{shown} has expired: it was valid until {ends:%Y-%m-%d %H:%M:%S} UTC")


def _signed(
    message: bytes, provenance: Path, blocks: Sequence[list[Packet]], keyring: Path, now: datetime | None
) -> tuple[str, pysequoia.Cert]:
    """Return the text that a good signature covers, and the certificate of who made it."""
    if not message.startswith(_BEGIN):
        raise RepositoryError(f"{provenance}: no provenance file: it does not begin with a signed message")
    asked: list[str] = []
    known: dict[str, pysequoia.Cert] = {}

    def certificates(numbers: list[str]) -> list[pysequoia.Cert]:
        asked.extend(numbers)
        for block in blocks:
            if any(_is_of(packet, number) for packet in block for number in numbers):
                with suppress(*_FAULTS):  # one of a kind that is not supported has signed nothing that counts
                    certificate = _certificate(block)
                    known[certificate.fingerprint] = certificate
        return list(known.values())

    try:
        checked: Any = pysequoia.verify(message, certificates)
    except _FAULTS:
        checked = None
    signatures = checked.valid_sigs if checked is not None else []
    signers = [known[each.certificate] for each in signatures if each.certificate in known]
    if checked is None or not signers:
        raise _refusal(provenance, asked, list(known.values()), keyring, now)
    for certificate in signers[:-1]:
        with suppress(RepositoryError):
            _check_validity(certificate, "", now)
            return _text(checked.bytes, provenance), certificate
    _check_validity(signers[-1], f"{provenance}: the key that signed it, {_shown(signers[-1])},", now)
    return _text(checked.bytes, provenance), signers[-1]


def _refusal(
    provenance: Path, asked: Sequence[str], known: Sequence[pysequoia.Cert], keyring: Path, now: datetime | None
) -> RepositoryError:
    """Return why no signature counts."""
    if not asked:
        return RepositoryError(f"{provenance}: the signed message is damaged")
    if not known:
        numbers = ", ".join(dict.fromkeys(each.upper() for each in asked))
        return RepositoryError(
            f"{provenance}: signed by an unknown key, {numbers}, which is not in {keyring}",
            hint="if you trust its owner, add the public key: `gpg --export OWNER >> KEYRING`",
        )
    for certificate in known:
        try:
            _check_validity(certificate, f"{provenance}: the key that signed it, {_shown(certificate)},", now)
        except RepositoryError as error:
            return error
    return RepositoryError(
        f"{provenance}: the signature of {' or '.join(map(_shown, known))} is bad: the file was changed after it was "
        "signed, or the key or its hash is too weak to count"
    )


def _is_of(packet: Packet, number: str) -> bool:
    return bool(number) and number.lower() in (packet.fingerprint, packet.key_id)


def _certificate(block: list[Packet]) -> pysequoia.Cert:
    if block[0].tag == Tag.SecretKey:
        return pysequoia.Tsk.from_packets(block).extract_certificate()
    return pysequoia.Cert.from_packets(block)


def _shown(certificate: pysequoia.Cert) -> str:
    identity = next((str(each) for each in certificate.user_ids), "")
    return f"{identity} ({certificate.fingerprint.upper()})" if identity else certificate.fingerprint.upper()


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
