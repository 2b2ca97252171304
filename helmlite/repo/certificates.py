"""Files of certificates and keys, tried before a server is asked: what is wrong with one is told of the file."""

from __future__ import annotations

import ssl
from pathlib import Path

from helmlite.errors import RepositoryError
from helmlite.repo.credentials import Access

_REASONS = {
    "KEY_VALUES_MISMATCH": "the key is not that of the certificate",
    "NO_CERTIFICATE_OR_CRL_FOUND": "there is no certificate in it",
}


def check_files(access: Access, *, authorities: str) -> None:
    """Raise RepositoryError for the first file that cannot be used: of ``authorities``, a client certificate, its key.

    Without this, faults of the files would look like the server's, and OpenSSL would ask for a passphrase by itself.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if authorities and not access.insecure_skip_tls_verify and not Path(authorities).is_dir():
        _check_readable(authorities)
        try:
            context.load_verify_locations(authorities)
        except (ssl.SSLError, ValueError) as error:
            raise RepositoryError(
                f"{authorities}: no authorities' certificates in PEM form: {_reason(error)}"
            ) from None
    if not access.cert_file:
        if access.key_file:
            raise RepositoryError(f"{access.key_file}: a key alone identifies nobody", hint="give --cert-file, too")
        return
    key = access.key_file or access.cert_file
    for each in (access.cert_file, key):
        _check_readable(each)
    try:
        context.load_cert_chain(access.cert_file, key, password=_no_passphrase)
    except _PassphraseNeededError:
        raise RepositoryError(
            f"{key}: the key has a passphrase, and no way to give it here",
            hint="use one without: `openssl pkey -in KEY -out PLAIN_KEY`, readable by you only",
        ) from None
    except (ssl.SSLError, ValueError) as error:
        shown = access.cert_file if key == access.cert_file else f"{access.cert_file} with {key}"
        raise RepositoryError(f"{shown}: no client certificate and key in PEM form: {_reason(error)}") from None


class _PassphraseNeededError(Exception):
    """OpenSSL asks for the passphrase of a key."""


def _no_passphrase() -> str:
    raise _PassphraseNeededError


def _check_readable(path: str) -> None:
    try:
        with Path(path).open("rb"):
            pass
    except OSError as error:
        raise RepositoryError(f"{path}: certificates or keys cannot be read: {error.strerror or error}") from None


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", None) or ""
    return _REASONS.get(reason) or reason.replace("_", " ").lower() or "it is damaged"
