"""Certificates for servers on this machine, and for those who ask them."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from helmlite.sandbox.certificates import make


def put_authority(folder: Path) -> Path:
    """Write an authority, a server's certificate by it and the server's key into a folder; return the folder."""
    for name, content in zip(("ca.crt", "server.crt", "server.key"), make(datetime.now(UTC)), strict=True):
        (folder / name).write_bytes(content)
    return folder


def server_context(authority: Path, *, client: str = "", must: bool = True) -> ssl.SSLContext:
    """Return what a server with the certificate of that folder speaks TLS by.

    With ``client`` it asks for that certificate of whoever connects, and takes nobody without it unless ``must`` is
    not set.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "server.crt", authority / "server.key")
    if client:
        context.load_verify_locations(client)
        context.verify_mode = ssl.CERT_REQUIRED if must else ssl.CERT_OPTIONAL
    return context


def client_certificate(folder: Path, name: str = "ada") -> tuple[str, str]:
    """Return paths of a certificate for a client of that name, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "me.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "me.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return str(folder / "me.crt"), str(folder / "me.key")
