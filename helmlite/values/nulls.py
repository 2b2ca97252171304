"""The mark of a removal, while values are merged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final


class _Deleted:
    """What stands where a null removed something, until the merge is over."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "DELETED"


DELETED: Final = _Deleted()


def without_deleted(value: Mapping[str, Any], *, keep_nulls: bool = False) -> dict[str, Any]:
    """Return values without the marks of removals; ``keep_nulls`` turns them back into nulls."""
    made: dict[str, Any] = {}
    for key, each in value.items():
        if each is DELETED:
            if keep_nulls:
                made[key] = None
        else:
            made[key] = without_deleted(each, keep_nulls=keep_nulls) if isinstance(each, Mapping) else each
    return made
