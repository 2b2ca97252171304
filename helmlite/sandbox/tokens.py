"""Tokens of service accounts: signed, bound to the account, with an end."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from helmlite.sandbox.access import User, service_account
from helmlite.sandbox.controllers.controller import Client
from helmlite.sandbox.objects import Obj, mapping
from helmlite.sandbox.status import invalid_option

ISSUER = "https://kubernetes.default.svc"
SECONDS, LEAST_SECONDS, MOST_SECONDS = 3600, 600, 1 << 32
"""How long a token lasts: where it is not said, and at least and most."""


class Tokens:
    """Issues tokens and tells whose they are; ``secret`` signs them, and is never told."""

    def __init__(self, client: Client, secret: str) -> None:
        self._client = client
        self._key = hashlib.sha256(f"service-account-tokens:{secret}".encode()).digest()

    def issue(self, account: Obj, asked: Mapping[str, Any]) -> Obj:
        """Return the TokenRequest with a token for a service account; raises StatusError 422."""
        spec = mapping(asked.get("spec"))
        seconds = spec.get("expirationSeconds", SECONDS)
        if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
            bound = "less than 10 minutes" if seconds < LEAST_SECONDS else "larger than 2^32 seconds"
            said = f"Invalid value: {seconds}: may not specify a duration {bound}"
            field, group = "spec.expirationSeconds", "authentication.k8s.io"
            raise invalid_option("TokenRequest", field, "FieldValueInvalid", said, group=group)
        now, metadata = self._client.now(), account["metadata"]
        ends = now + timedelta(seconds=seconds)
        claims = {
            "aud": spec.get("audiences") or [ISSUER],
            "exp": int(ends.timestamp()),
            "iat": int(now.timestamp()),
            "iss": ISSUER,
            "kubernetes.io": {
                "namespace": metadata["namespace"],
                "serviceaccount": {"name": metadata["name"], "uid": metadata["uid"]},
            },
            "sub": f"system:serviceaccount:{metadata['namespace']}:{metadata['name']}",
        }
        signed = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded(claims)}"
        return {
            "kind": "TokenRequest",
            "apiVersion": "authentication.k8s.io/v1",
            "metadata": {"name": metadata["name"], "namespace": metadata["namespace"], "creationTimestamp": None},
            "spec": {"audiences": claims["aud"], "expirationSeconds": seconds},
            "status": {
                "token": f"{signed}.{self._signature(signed)}",
                "expirationTimestamp": f"{ends:%Y-%m-%dT%H:%M:%SZ}",
            },
        }

    def user_of(self, token: str, audiences: Sequence[str] = (ISSUER,)) -> User | None:
        """Return whose token it is; None where it is not ours, for others, has ended, or its account is gone."""
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._signature(signed).encode(), signature.encode()):
            return None
        claims = json.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
        bound = claims["kubernetes.io"]
        namespace, name = bound["namespace"], bound["serviceaccount"]["name"]
        account = self._client.get("serviceaccounts", namespace, name)
        if account is None or account["metadata"]["uid"] != bound["serviceaccount"]["uid"]:
            return None
        if claims["exp"] <= self._client.now().timestamp() or set(audiences).isdisjoint(claims["aud"]):
            return None
        return service_account(namespace, name, account["metadata"]["uid"])

    def review(self, body: Any) -> Obj:
        """Return a TokenReview with its answer."""
        spec = mapping(mapping(body).get("spec"))
        audiences = spec.get("audiences") or [ISSUER]
        user = self.user_of(str(spec.get("token") or ""), audiences)
        status: Obj = {"user": {}, "error": "[invalid bearer token]"}
        if user is not None:
            shown = {"username": user.name, "uid": user.uid, "groups": list(user.groups)}
            status = {"authenticated": True, "user": shown, "audiences": audiences}
        made = {"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "metadata": {}}
        return {**made, "spec": spec, "status": status}

    def _signature(self, signed: str) -> str:
        return _text(hmac.new(self._key, signed.encode(errors="replace"), hashlib.sha256).digest())


def _encoded(claims: Mapping[str, Any]) -> str:
    return _text(json.dumps(claims, separators=(",", ":")).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
