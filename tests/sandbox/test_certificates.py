"""The sandbox's certificates: who accepts them, for which names, and who may read their keys."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from helmlite.sandbox import certificates

STRICT = ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN


@pytest.fixture
def served(tmp_path: Path) -> Callable[[str], str]:
    """Return a function that asks a server with the certificate for a name, and returns what TLS was agreed on."""
    authority = certificates.ensure(tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / certificates.CERTIFICATE, tmp_path / certificates.KEY)
    client = ssl.create_default_context(cadata=authority)
    client.verify_flags |= STRICT

    def ask(name: str) -> str:
        here, there = socket.socketpair()

        def answer() -> None:
            try:
                server.wrap_socket(there, server_side=True).close()
            except OSError:
                there.close()  # the client told us why

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            with here, client.wrap_socket(here, server_hostname=name) as made:
                return str(made.version())
        finally:
            here.close()
            thread.join()

    return ask


@pytest.mark.parametrize("name", ["127.0.0.1", "::1", "localhost"])
def test_the_strictest_check_accepts_it(served: Callable[[str], str], name: str) -> None:
    """A client that keeps to RFC 5280 to the letter trusts the server by each of its names."""
    assert "TLSv1.3" == served(name)


@pytest.mark.parametrize("name", ["example.com", "127.0.0.2"])
def test_other_names_are_refused(served: Callable[[str], str], name: str) -> None:
    """The certificate is for loopback only."""
    with pytest.raises(ssl.SSLCertVerificationError):
        served(name)


def test_only_the_owner_may_read_the_files(tmp_path: Path) -> None:
    """Every file is 0600."""
    certificates.ensure(tmp_path)
    assert {0o600} == {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}


def test_the_authority_s_key_is_not_kept(tmp_path: Path) -> None:
    """Nobody can sign a further certificate that the kubeconfig's users trust."""
    certificates.ensure(tmp_path)
    assert ["ca.crt", "server.crt", "server.key"] == sorted(path.name for path in tmp_path.iterdir())


def test_what_is_there_stays(tmp_path: Path) -> None:
    """A second start shows the same certificate, so that a kubeconfig once handed out stays valid."""
    assert certificates.ensure(tmp_path) == certificates.ensure(tmp_path)


@pytest.mark.parametrize("name", [certificates.AUTHORITY, certificates.CERTIFICATE, certificates.KEY])
def test_what_is_missing_is_made_anew(tmp_path: Path, name: str) -> None:
    """Where a file is gone, all are made anew, so that they fit."""
    before = certificates.ensure(tmp_path)
    (tmp_path / name).unlink()
    assert before != certificates.ensure(tmp_path)


@pytest.mark.parametrize("content", [b"", b"damaged"], ids=repr)
@pytest.mark.parametrize("name", [certificates.AUTHORITY, certificates.CERTIFICATE, certificates.KEY])
def test_what_is_damaged_is_made_anew(tmp_path: Path, name: str, content: bytes) -> None:
    """A damaged file does not stop a start."""
    before = certificates.ensure(tmp_path)
    (tmp_path / name).write_bytes(content)
    assert before != certificates.ensure(tmp_path)


@pytest.mark.parametrize("index", [0, 1, 2], ids=["authority", "certificate", "key"])
def test_what_does_not_belong_together_is_made_anew(tmp_path: Path, index: int) -> None:
    """A file of another sandbox does not stop a start, nor make a kubeconfig that trusts somebody else."""
    before = certificates.ensure(tmp_path)
    name = (certificates.AUTHORITY, certificates.CERTIFICATE, certificates.KEY)[index]
    (tmp_path / name).write_bytes(certificates.make(datetime.now(UTC))[index])
    assert before != certificates.ensure(tmp_path)


def test_what_soon_ends_is_made_anew(tmp_path: Path) -> None:
    """A certificate that ends within a month is replaced at a start."""
    long_ago = datetime.now(UTC) - timedelta(days=certificates.VALID_DAYS - 7)
    names = (certificates.AUTHORITY, certificates.CERTIFICATE, certificates.KEY)
    for name, content in zip(names, certificates.make(long_ago), strict=True):
        (tmp_path / name).write_bytes(content)
    found = x509.load_pem_x509_certificate(certificates.ensure(tmp_path).encode())
    assert timedelta(days=3600) < found.not_valid_after_utc - datetime.now(UTC)


def test_two_authorities_differ(tmp_path: Path) -> None:
    """Each sandbox has an authority of its own."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert certificates.ensure(tmp_path / "a") != certificates.ensure(tmp_path / "b")
