"""OpenPGP keys for tests: made by the library; those with a passphrase by ``gpg``, where it is at hand."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pysequoia
import pytest

ADA = "Ada Lovelace (tests) <ada@example.com>"
BOB = "Bob <bob@example.com>"
PASSPHRASE = "correct horse"

needs_gpg = pytest.mark.skipif(not shutil.which("gpg"), reason="no gpg on PATH")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rings:
    """Two keyrings: of public and of private keys."""

    public: Path
    private: Path


def made(identity: str, *, seconds: int | None = None) -> pysequoia.Tsk:
    """Return a private key that expires after so many seconds (never without)."""
    return pysequoia.Tsk.generate(identity, cipher_suite=pysequoia.CipherSuite.RSA2k, validity_seconds=seconds)


def rings(folder: Path, keys: Iterable[pysequoia.Tsk]) -> Rings:
    """Write the keyrings of keys, as ``gpg --export`` and ``gpg --export-secret-keys`` would."""
    keys = list(keys)
    found = Rings(public=folder / "pubring.gpg", private=folder / "secring.gpg")
    found.public.write_bytes(b"".join(bytes(each.extract_certificate()) for each in keys))
    found.private.write_bytes(b"".join(bytes(each) for each in keys))
    return found


def revoked(folder: Path, key: pysequoia.Tsk) -> Path:
    """Write the public keyring of a key that its owner has revoked."""
    path = folder / "revoked.gpg"
    certificate = key.extract_certificate()
    revocation = pysequoia.Cert.from_bytes(bytes(certificate) + bytes(certificate.revoke(key.certifier())))
    path.write_bytes(bytes(revocation))
    return path


def gpg_rings(folder: Path, identity: str = ADA, *, algorithm: str = "rsa2048", subkey: str = "") -> Rings:
    """Make a key with a passphrase with the real ``gpg``; return its keyrings.

    With ``subkey``, which says how long it lasts, the key itself does not sign, but that one does.
    """
    home = folder / "gnupg"
    home.mkdir(mode=0o700)
    environment = {**os.environ, "GNUPGHOME": str(home)}

    def gpg(*words: str) -> bytes:
        unlock = ("--batch", "--pinentry-mode", "loopback", "--passphrase", PASSPHRASE)
        done = subprocess.run(["gpg", *unlock, *words], env=environment, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    found = Rings(public=folder / "pubring.gpg", private=folder / "secring.gpg")
    try:
        gpg("--quick-gen-key", identity, algorithm, "cert" if subkey else "sign", "never")
        if subkey:
            lines = gpg("--list-keys", "--with-colons").decode().splitlines()
            number = next(line.split(":")[9] for line in lines if line.startswith("fpr:"))
            gpg("--quick-add-key", number, algorithm, "sign", subkey)
        found.public.write_bytes(gpg("--export"))
        found.private.write_bytes(gpg("--export-secret-keys"))
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], env=environment, capture_output=True, timeout=60, check=False)
    return found
