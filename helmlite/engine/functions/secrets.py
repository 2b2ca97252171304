"""What must not be guessed: random text, keys, certificates, password hashes."""

from __future__ import annotations

import ipaddress
import string
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from helmlite.engine.failure import TemplateFailure
from helmlite.engine.functions.function import Function, Section, listed, mapping, text_of, whole
from helmlite.engine.functions.scope import FunctionScope

if TYPE_CHECKING:
    from cryptography import x509

MAX_DAYS = 36_500
_ALPHABETS = {
    "random_alphanum": (string.ascii_letters + string.digits, "letters and digits"),
    "random_alpha": (string.ascii_letters, "letters"),
    "random_numeric": (string.digits, "digits"),
    "random_ascii": (string.ascii_letters + string.digits + string.punctuation, "printable characters of ASCII"),
}
_ADVICE = "It is new at every rendering: keep the old one with `lookup`, or set it by a value."


def secrets(scope: FunctionScope) -> Section:
    """Return the functions of this kind."""
    meter = scope.meter

    def randomly(alphabet: str) -> Callable[[int], str]:
        def made(size: int) -> str:
            if not 1 <= whole(size) <= 65_536:
                raise TemplateFailure("random text has 1 to 65,536 characters")
            meter.charge_text(size)
            return "".join(scope.random.choice(alphabet) for _ in range(size))

        return made

    def random_bytes(size: int) -> str:
        import base64

        if not 1 <= whole(size) <= 65_536:
            raise TemplateFailure("there are 1 to 65,536 random bytes")
        meter.charge_text(size * 2)
        return base64.b64encode(scope.random.randbytes(size)).decode("ascii")

    def uuid4() -> str:
        bits = scope.random.getrandbits(128) & ~(0xF << 76 | 0x3 << 62) | 4 << 76 | 2 << 62
        digits = f"{bits:032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def bcrypt(value: Any, cost: int = 10) -> str:
        import bcrypt as library

        if not 4 <= whole(cost) <= 14:
            raise TemplateFailure("the cost of a bcrypt hash is between 4 and 14")
        word = text_of(value).encode("utf-8")
        if len(word) > 72:
            raise TemplateFailure("bcrypt takes passwords of up to 72 bytes")
        return library.hashpw(word, library.gensalt(cost)).decode("ascii")

    def htpasswd(user: Any, word: Any) -> str:
        name = text_of(user)
        if not name or ":" in name or not name.isprintable():
            raise TemplateFailure("a user's name has no colon and at least one character")
        return f"{name}:{bcrypt(word)}"

    return Section(
        title="Random text, keys and certificates",
        functions=[
            *(
                Function(
                    name=name,
                    call=randomly(alphabet),
                    usage=f"{name}(size)",
                    does=f"random {what}. {_ADVICE}",
                    examples=[(f"{name}(12) | length", "12")],
                    as_filter=False,
                )
                for name, (alphabet, what) in _ALPHABETS.items()
            ),
            Function(
                name="random_bytes",
                call=random_bytes,
                usage="random_bytes(size)",
                does=f"random bytes in base64. {_ADVICE}",
                examples=[("random_bytes(3) | length", "4")],
                as_filter=False,
            ),
            Function(
                name="uuid4",
                call=uuid4,
                usage="uuid4()",
                does=f"a random UUID. {_ADVICE}",
                examples=[("uuid4() | regex_match('^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]')", "true")],
                as_filter=False,
            ),
            Function(
                name="bcrypt",
                call=bcrypt,
                usage="password | bcrypt(cost=10)",
                does=f"a bcrypt hash. {_ADVICE}",
                examples=[("'pw' | bcrypt(4) | trunc(7)", "$2b$04$")],
            ),
            Function(
                name="htpasswd",
                call=htpasswd,
                usage="htpasswd(user, password)",
                does=f"a line of an htpasswd file, with bcrypt. {_ADVICE}",
                examples=[("htpasswd('ann', 'pw') | trunc(8)", "ann:$2b$")],
                as_filter=False,
            ),
            Function(
                name="gen_private_key",
                call=lambda kind="rsa": _key_text(_new_key(kind)),
                usage="gen_private_key(kind='rsa')",
                does=f"a private key in PEM: `rsa` (2048 bits), `ecdsa` (P-256) or `ed25519`. {_ADVICE}",
                examples=[("gen_private_key('ed25519') | has_prefix('-----BEGIN PRIVATE KEY-----')", "true")],
                as_filter=False,
            ),
            Function(
                name="gen_ca",
                call=_Certificates(scope).authority,
                usage="gen_ca(name, days=365, kind='rsa', key=None)",
                does=f"a certificate authority: a mapping of `cert` and `key`, both PEM. {_ADVICE}",
                examples=[("gen_ca('shop-ca', 365, kind='ecdsa') | keys", '["cert", "key"]')],
                as_filter=False,
            ),
            Function(
                name="gen_signed_cert",
                call=_Certificates(scope).signed,
                usage="gen_signed_cert(name, ca, days=365, dns=[], ips=[], kind='rsa', key=None)",
                does=f"a server's certificate signed by a `gen_ca`: `cert`, `key` and `ca`. {_ADVICE}",
                examples=[
                    (
                        "gen_signed_cert('web', gen_ca('ca', kind='ecdsa'), dns=['web.prod.svc'], kind='ecdsa') | keys",
                        '["cert", "key", "ca"]',
                    )
                ],
                as_filter=False,
            ),
            Function(
                name="gen_self_signed_cert",
                call=_Certificates(scope).self_signed,
                usage="gen_self_signed_cert(name, days=365, dns=[], ips=[], kind='rsa', key=None)",
                does=f"a server's certificate signed by itself: `cert` and `key`. {_ADVICE}",
                examples=[("gen_self_signed_cert('web', kind='ecdsa').cert | has_prefix('-----BEGIN CERT')", "true")],
                as_filter=False,
            ),
        ],
    )


def _new_key(kind: Any) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    makers: dict[str, Callable[[], Any]] = {
        "rsa": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
        "ecdsa": lambda: ec.generate_private_key(ec.SECP256R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
    }
    maker = makers.get(text_of(kind))
    if maker is None:
        raise TemplateFailure(f"there is no such kind of key; there are {', '.join(makers)}")
    return maker()


def _key_text(key: Any) -> str:
    from cryptography.hazmat.primitives import serialization as form

    data: bytes = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    return data.decode("ascii")


def _read_key(text: Any) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(text_of(text).encode("utf-8"), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise TemplateFailure("this is no private key in PEM without a password") from None


class _Certificates:
    """Certificates under one clock."""

    def __init__(self, scope: FunctionScope) -> None:
        self._now = scope.now

    def authority(self, name: Any, days: int = 365, kind: str = "rsa", key: Any = None) -> dict[str, str]:
        own = _read_key(key) if key else _new_key(kind)
        made = self._certificate(name, days, own, issuer=None, signer=own, dns=(), ips=(), is_authority=True)
        return {"cert": made, "key": _key_text(own)}

    def signed(
        self, name: Any, ca: Any, days: int = 365, dns: Any = (), ips: Any = (), kind: str = "rsa", key: Any = None
    ) -> dict[str, str]:
        from cryptography import x509

        authority = mapping(ca)
        if not isinstance(authority.get("cert"), str) or not isinstance(authority.get("key"), str):
            raise TemplateFailure("a certificate authority is a mapping with cert and key, as gen_ca gives it")
        try:
            issuer = x509.load_pem_x509_certificate(authority["cert"].encode("utf-8"))
        except ValueError:
            raise TemplateFailure("the authority's cert is no certificate in PEM") from None
        own = _read_key(key) if key else _new_key(kind)
        signer = _read_key(authority["key"])
        made = self._certificate(name, days, own, issuer=issuer, signer=signer, dns=dns, ips=ips, is_authority=False)
        return {"cert": made, "key": _key_text(own), "ca": authority["cert"]}

    def self_signed(
        self, name: Any, days: int = 365, dns: Any = (), ips: Any = (), kind: str = "rsa", key: Any = None
    ) -> dict[str, str]:
        own = _read_key(key) if key else _new_key(kind)
        made = self._certificate(name, days, own, issuer=None, signer=own, dns=dns, ips=ips, is_authority=False)
        return {"cert": made, "key": _key_text(own)}

    def _certificate(
        self,
        name: Any,
        days: int,
        key: Any,
        *,
        issuer: x509.Certificate | None,
        signer: Any,
        dns: Any,
        ips: Any,
        is_authority: bool,
    ) -> str:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.x509.oid import ExtendedKeyUsageOID

        common = text_of(name)
        if not 1 <= whole(days) <= MAX_DAYS:
            raise TemplateFailure(f"a certificate holds for 1 to {MAX_DAYS:,} days")
        if not 1 <= len(common) <= 64:
            raise TemplateFailure("the name of a certificate has 1 to 64 characters")
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.subject if issuer is not None else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - timedelta(minutes=5))
            .not_valid_after(self._now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True,
                    key_encipherment=not is_authority,
                    key_cert_sign=is_authority,
                    crl_sign=is_authority,
                    content_commitment=False,
                    data_encipherment=False,
                    key_agreement=False,
                    encipher_only=False,
                    decipher_only=False,
                ),
                critical=True,
            )
        )
        if not is_authority:
            uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
            builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
            names = self._names(common, dns, ips)
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        made = builder.sign(signer, None if isinstance(signer, Ed25519PrivateKey) else hashes.SHA256())
        return made.public_bytes(serialization.Encoding.PEM).decode("ascii")

    def _names(self, common: str, dns: Any, ips: Any) -> list[Any]:
        from cryptography import x509

        hosts = list(dict.fromkeys([common, *map(text_of, listed(dns))]))
        try:
            return [
                *(x509.DNSName(each) for each in hosts),
                *(x509.IPAddress(ipaddress.ip_address(text_of(each))) for each in listed(ips)),
            ]
        except ValueError:
            raise TemplateFailure("the names of a certificate are DNS names in ASCII and IP addresses") from None
