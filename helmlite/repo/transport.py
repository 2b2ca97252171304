"""The door to ``requests``: one request as it travels, with its TLS, proxies and deadline.

``requests.Session`` is not used: it would keep cookies, read passwords from ``.netrc`` for any port of a host, and read
the bodies of redirects whole.
"""

from __future__ import annotations

from typing import Any

import requests
import requests.adapters

from helmlite.repo.certificates import check_files
from helmlite.repo.credentials import Access
from helmlite.repo.deadlines import POOLS, WAITING, Waiting


class Transport:
    """What sends requests, over one pool of connections. Safe to use from several threads.

    ``ca_file`` is the bundle of authorities for access that names none; empty is that of ``requests``. Proxies are
    those of the environment, as ``requests`` reads it.
    """

    def __init__(self, *, ca_file: str, connect_seconds: float) -> None:
        self._ca_file, self._connect_seconds = ca_file, connect_seconds
        self._adapter = _Adapter()
        self._checked: set[Access] = set()

    def send(
        self, method: str, url: str, headers: dict[str, str], access: Access, waiting: Waiting
    ) -> requests.Response:
        """Return a server's answer with its body still to come; raises OSError and what ``urllib3`` raises."""
        left = waiting.deadline.left
        if left <= 0:
            raise TimeoutError
        own = access.is_for(url)
        if own and access.credentials:
            headers = {**headers, "Authorization": access.credentials.header}
        request = requests.Request(method, url, headers=headers).prepare()
        WAITING.set(waiting)
        return self._adapter.send(
            request,
            stream=True,
            timeout=(min(self._connect_seconds, left), min(waiting.read_seconds, left)),
            verify=not access.insecure_skip_tls_verify and (self._authorities(access) or True),
            cert=(access.cert_file, access.key_file or access.cert_file) if own and access.cert_file else None,
            proxies=requests.utils.get_environ_proxies(url),
        )

    def check_files(self, access: Access) -> None:
        """Raise RepositoryError for a file of certificates or keys that cannot be used; each access is tried once."""
        authorities = self._authorities(access)
        if (authorities or access.cert_file or access.key_file) and access not in self._checked:
            check_files(access, authorities=authorities)
            self._checked.add(access)

    def close(self) -> None:
        """Close all connections."""
        self._adapter.close()

    def _authorities(self, access: Access) -> str:
        return access.ca_file or self._ca_file


class _Adapter(requests.adapters.HTTPAdapter):
    """The adapter of ``requests``, over connections that keep to deadlines."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        found = super().proxy_manager_for(*arguments, **options)
        found.pool_classes_by_scheme = POOLS
        return found
