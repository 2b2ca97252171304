"""All that the plan's builder may know of the cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from helmlite.manifest.capabilities import Capabilities
from helmlite.manifest.identity import ResourceId
from helmlite.release.release import Release


class Verdict(StrEnum):
    """How a wanted object stands to the live one."""

    NEW = "new"
    SAME = "same"
    DIFFERS = "differs"
    UNSURE = "unsure"
    TERMINATING = "terminating"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A picture of the cluster at one moment.

    ``live`` maps each object that was looked for and exists to its body; ``verdicts`` has every wanted object (UNSURE
    ones were settled by a server-side dry run before building, so the builder treats what is left of them as DIFFERS).
    ``unreadable`` are objects that we may not read, with the reason.
    """

    release: Release
    capabilities: Capabilities
    live: Mapping[ResourceId, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    verdicts: Mapping[ResourceId, Verdict] = field(default_factory=dict)
    unreadable: Mapping[ResourceId, str] = field(default_factory=dict)
    warnings: Sequence[str] = ()
