"""The few parts of the ``kubernetes`` client that this house stands on, imported without the rest of it.

The client's packages import all of their modules as soon as one is asked for, a quarter of a second at every start.
So the wanted modules are imported under bare packages, which are taken away again: a program that imports
``kubernetes`` itself gets it whole. Where that does not work, with another version of the client, it is imported whole.
What only the renewal of OpenID tokens needs is imported when a token is renewed.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

_PACKAGES = ("kubernetes", "kubernetes.utils", "kubernetes.client", "kubernetes.config")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The client's connection settings, its connection pool's maker, and its loaders of kubeconfigs."""

    configuration: Any
    rest: Any
    kube_config: Any
    incluster_config: Any
    config_exception: type[Exception]


_loaded: list[Client] = []


class _Late(ModuleType):
    """Stands for a module until something of it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(importlib.import_module(self.__name__), name)


def _late_modules() -> dict[str, ModuleType]:
    """Return stand-ins for what the kubeconfig loader imports for OpenID tokens only, by their names."""
    made: dict[str, ModuleType] = {
        name: _Late(name) for name in ("oauthlib", "oauthlib.oauth2", "requests_oauthlib") if name not in sys.modules
    }
    sessions = made.get("requests_oauthlib")
    if sessions is not None:
        late = _late_call("requests_oauthlib", "OAuth2Session")
        sessions.OAuth2Session = late  # type: ignore[attr-defined]  # the only name that is asked for
    return made


def _late_call(module: str, name: str) -> Callable[..., Any]:
    """Return what stands for a class of a module until it is made an instance of."""

    def call(*words: Any, **named: Any) -> Any:
        return getattr(importlib.import_module(module), name)(*words, **named)

    return call


def client() -> Client:
    """Return the parts of the client, imported at the first call."""
    if not _loaded:
        _loaded.append(_whole() if "kubernetes" in sys.modules else _slim() or _whole())
    return _loaded[0]


def _whole() -> Client:
    return _parts(importlib.import_module)


def _parts(load: Any) -> Client:
    configuration = load("kubernetes.client.configuration")
    package = sys.modules["kubernetes.client"]
    if not hasattr(package, "Configuration"):
        # What the loaders below ask their package for; they call the client itself for OpenID tokens only.
        package.Configuration = configuration.Configuration  # type: ignore[attr-defined]  # a bare package of ours
        package.ApiClient = _late_call("kubernetes.client", "ApiClient")  # type: ignore[attr-defined]  # as above
    return Client(
        configuration=configuration.Configuration,
        rest=load("kubernetes.client.rest").RESTClientObject,
        config_exception=load("kubernetes.config.config_exception").ConfigException,
        kube_config=load("kubernetes.config.kube_config"),
        incluster_config=load("kubernetes.config.incluster_config"),
    )


def _slim() -> Client | None:
    """Return the parts imported under bare packages; None when the client is not made as expected."""
    found = importlib.util.find_spec("kubernetes")
    if found is None or not found.submodule_search_locations:
        return None
    root = found.submodule_search_locations[0]
    for name in _PACKAGES:
        bare = ModuleType(name)
        bare.__path__ = ["/".join([root, *name.split(".")[1:]])]
        sys.modules[name] = bare
    late = _late_modules()
    sys.modules.update(late)
    try:
        return _parts(importlib.import_module)
    except (ImportError, AttributeError):
        return None
    finally:
        for name in late:
            del sys.modules[name]
        for name in [each for each in sys.modules if each == "kubernetes" or each.startswith("kubernetes.")]:
            del sys.modules[name]
