"""An embedded cluster: a small Kubernetes API server in one process, and the launcher of a real control plane.

What lives here: storing, serving, defaulting, checking and progressing objects as far as a package manager, its users'
kubectl and chart tests meet it, driven by tables recorded from a real server. What does not: anything that helmlite's
verbs need; no other room but ``cli/`` imports this one, and the web framework is imported nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helmlite.sandbox.sandbox import Sandbox

__all__ = ["Sandbox"]


def __getattr__(name: str) -> Any:
    """Load the class when it is first used: the web framework comes with it."""
    if name == "Sandbox":
        from helmlite.sandbox.sandbox import Sandbox

        return Sandbox
    raise AttributeError(name)
