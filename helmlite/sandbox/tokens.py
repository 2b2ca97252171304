"""Tokens of service accounts: signed, bound to the account, with an end."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from helmlite.sandbox.access import User, service_account
from helmlite.sandbox.controllers.controller import Client
from helmlite.sandbox.objects import Obj, mapping

ISSUER = "https://kubernetes.default.svc"
SECONDS = 3600


class Tokens:
    """Issues tokens and tells whose they are; ``secret`` signs them, and is never told."""

    def __init__(self, client: Client, secret: str) -> None:
        self._client = client
        self._key = hashlib.sha256(f"service-account-tokens:{secret}".encode()).digest()

    def issue(self, account: Obj, asked: Mapping[str, Any]) -> Obj:
        """Return the TokenRequest with a token for a service account."""
        spec = mapping(asked.get("spec"))
        seconds = spec.get("expirationSeconds")
        seconds = seconds if isinstance(seconds, int) and 600 <= seconds <= 1 << 32 else SECONDS
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

    def user_of(self, token: str) -> User | None:
        """Return whose token it is; None where it is not ours, has ended, or its account is gone."""
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._signature(signed).encode(), signature.encode()):
            return None
        claims = json.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
        bound = claims["kubernetes.io"]
        namespace, name = bound["namespace"], bound["serviceaccount"]["name"]
        account = self._client.get("serviceaccounts", namespace, name)
        if account is None or account["metadata"]["uid"] != bound["serviceaccount"]["uid"]:
            return None
        if claims["exp"] <= self._client.now().timestamp() or ISSUER not in claims["aud"]:
            return None
        return service_account(namespace, name, account["metadata"]["uid"])

    def review(self, body: Any) -> Obj:
        """Return a TokenReview with its answer."""
        spec = mapping(mapping(body).get("spec"))
        user = self.user_of(str(spec.get("token") or ""))
        status: Obj = {"user": {}, "error": "[invalid bearer token]"}
        if user is not None:
            shown = {"username": user.name, "uid": user.uid, "groups": list(user.groups)}
            status = {"authenticated": True, "user": shown, "audiences": [ISSUER]}
        made = {"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "metadata": {}}
        return {**made, "spec": spec, "status": status}

    def _signature(self, signed: str) -> str:
        return _text(hmac.new(self._key, signed.encode(errors="replace"), hashlib.sha256).digest())


def _encoded(claims: Mapping[str, Any]) -> str:
    return _text(json.dumps(claims, separators=(",", ":")).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
