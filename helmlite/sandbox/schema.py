"""What a value may be: one view on OpenAPI v3 schemas, for built-in kinds and for those of CRDs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
_DESCRIBING = ("properties", "additionalProperties", "x-kubernetes-preserve-unknown-fields")


class Node:
    """The schema of one value. ``raw`` is the OpenAPI schema, its reference followed; ``type_name`` the reference's.

    ``type`` is ``object``, ``array``, ``string``, ``integer``, ``number``, ``boolean``, or "" for any value, and for
    quantities (``is_quantity``: ``500m``) and what may be an integer or text (``is_int_or_string``). ``catalog`` maps a
    type's name to its schema (``io.k8s.api.core.v1.PodSpec``), for references inside ``raw``.
    """

    __slots__ = (
        *("_catalog", "_children", "_items", "_values"),
        *("is_int_or_string", "is_quantity", "raw", "type", "type_name"),
    )

    def __init__(self, raw: Mapping[str, Any], catalog: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._catalog = catalog or {}
        self.type_name = ""
        merged = raw
        while True:
            reference = merged.get("$ref") or next(
                (each["$ref"] for each in merged.get("allOf") or () if "$ref" in each), None
            )
            if reference is None:
                break
            self.type_name = str(reference).rpartition("/")[2]
            beside = {key: value for key, value in merged.items() if key not in ("$ref", "allOf")}
            merged = {**self._catalog.get(self.type_name, {}), **beside}
        self.raw = merged
        self.is_quantity = self.type_name == QUANTITY
        self.is_int_or_string = self.type_name == INT_OR_STRING or bool(merged.get("x-kubernetes-int-or-string"))
        self.type = "" if self.is_quantity or self.is_int_or_string else str(merged.get("type", ""))
        self._children: dict[str, Node] = {}
        self._items: Node | None = None
        self._values: Node | None = None

    @property
    def properties(self) -> Mapping[str, Any]:
        """Return the raw schemas of the named fields; use ``field`` for their nodes."""
        return self.raw.get("properties") or {}

    def field(self, name: str) -> Node | None:
        """Return the node of a mapping's field, named or not; None where the schema knows no such field."""
        if name not in self._children:
            raw = self.properties.get(name)
            if not isinstance(raw, Mapping):
                return self.values  # not kept: free keys are without number
            self._children[name] = self._node(raw)
        return self._children[name]

    @property
    def values(self) -> Node | None:
        """Return the node of all values of a mapping whose keys are free (labels), None where they are not."""
        raw = self.raw.get("additionalProperties")
        if self._values is None and isinstance(raw, Mapping):
            self._values = self._node(raw)
        return self._values

    @property
    def items(self) -> Node | None:
        """Return the node of a list's items, None where the schema says nothing of them."""
        raw = self.raw.get("items")
        if self._items is None and isinstance(raw, Mapping):
            self._items = self._node(raw)
        return self._items

    def _node(self, raw: Mapping[str, Any]) -> Node:
        return Node(raw, self._catalog)

    @property
    def list_type(self) -> str:
        """Return ``atomic``, ``set`` or ``map``: how managers share a list."""
        return str(self.raw.get("x-kubernetes-list-type", "atomic"))

    @property
    def list_keys(self) -> Sequence[str]:
        """Return the fields that tell items of a ``map`` list apart."""
        return self.raw.get("x-kubernetes-list-map-keys") or ()

    @property
    def is_atomic_map(self) -> bool:
        """Return whether a mapping has one owner as a whole: also when the schema says no more than that it is one."""
        if self.raw.get("type") == "object" and self.raw.keys().isdisjoint(_DESCRIBING):
            return True
        return self.raw.get("x-kubernetes-map-type") == "atomic"

    @property
    def required(self) -> Sequence[str]:
        """Return the fields that must be there."""
        return self.raw.get("required") or ()

    @property
    def default(self) -> Any:
        """Return the schema's default, None where it has none."""
        return self.raw.get("default")

    @property
    def nullable(self) -> bool:
        """Return whether null is kept as a value."""
        return bool(self.raw.get("nullable"))

    @property
    def preserves_unknown(self) -> bool:
        """Return whether fields that the schema does not name are kept."""
        return bool(self.raw.get("x-kubernetes-preserve-unknown-fields"))

    @property
    def is_open(self) -> bool:
        """Return whether a mapping may have fields of which the schema says nothing."""
        free = self.raw.get("additionalProperties")
        return self.preserves_unknown or free is True or not (isinstance(free, Mapping) or "properties" in self.raw)

    @property
    def is_structural(self) -> bool:
        """Return whether the schema is a CustomResourceDefinition's, made ready by ``structural.ready``."""
        return "nullable" in self.raw

    @property
    def patch_strategies(self) -> frozenset[str]:
        """Return how strategic merge patch treats the field: ``merge``, ``replace``, ``retainKeys``."""
        return frozenset(str(self.raw.get("x-kubernetes-patch-strategy", "")).split(",")) - {""}

    @property
    def merge_key(self) -> str:
        """Return the field by which strategic merge patch tells items of a list apart, "" where there is none."""
        return str(self.raw.get("x-kubernetes-patch-merge-key", ""))
