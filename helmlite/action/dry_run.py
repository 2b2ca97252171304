"""How much of an operation is only tried."""

from __future__ import annotations

from enum import StrEnum


class DryRun(StrEnum):
    """Nothing is only tried (``none``), all of it without a cluster, or all of it with one."""

    NONE = "none"
    CLIENT = "client"
    SERVER = "server"
