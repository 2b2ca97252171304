"""The sandbox's own certificate authority, and the certificate that its server shows on loopback."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY, CERTIFICATE, KEY = "ca.crt", "server.crt", "server.key"
VALID_DAYS = 3650
MARGIN_DAYS = 30
"""How long a certificate must still be good for when a server starts with it."""
ADDRESSES = ("127.0.0.1", "::1")
PURPOSES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


def ensure(folder: Path) -> str:
    """Return the authority's certificate as PEM; makes it and the server's in the folder where none are good there.

    The authority's key signs once and is not kept.
    """
    authority, certificate, key = (folder / name for name in (AUTHORITY, CERTIFICATE, KEY))
    if not _are_good(authority, certificate, key):
        authority_pem, certificate_pem, key_pem = make(datetime.now(UTC))
        for path, content in ((key, key_pem), (certificate, certificate_pem), (authority, authority_pem)):
            write_private(path, content)
    return authority.read_text(encoding="ascii")


def make(now: datetime) -> tuple[bytes, bytes, bytes]:
    """Return a new authority's certificate, a server's certificate that it signed, and the server's key, as PEM."""
    signer, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "helmlite sandbox authority")])
    signer_id = x509.SubjectKeyIdentifier.from_public_key(signer.public_key())
    issued_by = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(signer_id)
    authority = (
        _unsigned(issuer, issuer, signer, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_for("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(signer_id, critical=False)
        .sign(signer, hashes.SHA256())
    )
    addresses = [x509.IPAddress(ipaddress.ip_address(each)) for each in ADDRESSES]
    certificate = (
        _unsigned(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "helmlite sandbox")]), issuer, key, now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_for("digital_signature"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost"), *addresses]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(issued_by, critical=False)
        .sign(signer, hashes.SHA256())
    )
    written = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = serialization.Encoding.PEM
    return authority.public_bytes(pem), certificate.public_bytes(pem), written


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600, exist_ok=False)
    new.write_bytes(content)
    new.replace(path)


def _unsigned(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # clocks differ
        .not_valid_after(now + timedelta(days=VALID_DAYS))
    )


def _for(*purposes: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{each: each in purposes for each in PURPOSES})


def _are_good(authority: Path, certificate: Path, key: Path) -> bool:
    """Return whether files hold certificates that belong together and stay valid for a while, and the key."""
    try:
        issuer, issued = (x509.load_pem_x509_certificate(each.read_bytes()) for each in (authority, certificate))
        issued.verify_directly_issued_by(issuer)
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (OSError, ValueError, TypeError, InvalidSignature):  # an SSLError is an OSError
        return False
    return min(each.not_valid_after_utc for each in (issuer, issued)) > datetime.now(UTC) + timedelta(days=MARGIN_DAYS)
