"""The forms of an answer: whole objects, their metadata alone, or a table, as the Accept header asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.objects import Obj
from helmlite.sandbox.status import StatusError
from helmlite.sandbox.tables import table

_META = "meta.k8s.io/v1"
_ACCEPTED = "application/json, application/yaml, application/vnd.kubernetes.protobuf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How an answer is written: ``kind`` is "" for objects as they are, Table or PartialObjectMetadata(List)."""

    kind: str = ""
    is_yaml: bool = False
    include: str = "Metadata"
    """Which part of each object a table's rows hold: ``None``, ``Metadata`` or ``Object``."""

    def one(self, kind: Kind, obj: Obj) -> Obj:
        """Return one object in this form."""
        if self.kind == "Table":
            return table(kind, [obj], self.include, {"resourceVersion": obj["metadata"].get("resourceVersion", "")})
        return metadata_of(obj) if self.kind else obj

    def many(self, kind: Kind, objects: Sequence[Obj], metadata: Obj) -> Obj:
        """Return a list in this form; ``metadata`` is the list's own."""
        if self.kind == "Table":
            return table(kind, objects, self.include, metadata)
        if self.kind:
            items = [metadata_of(each) for each in objects]
            return {"kind": "PartialObjectMetadataList", "apiVersion": _META, "metadata": metadata, "items": items}
        # the items of built-in kinds do not repeat what the list says
        items = list(objects) if kind.custom else [_untyped(each) for each in objects]
        return {"kind": kind.list_kind, "apiVersion": kind.api_version, "metadata": metadata, "items": items}


def metadata_of(obj: Obj) -> Obj:
    """Return an object's metadata as an object of its own."""
    return {"kind": "PartialObjectMetadata", "apiVersion": _META, "metadata": obj["metadata"]}


def _untyped(obj: Obj) -> Obj:
    return {key: value for key, value in obj.items() if key not in ("kind", "apiVersion")}


def form_of(accept: str, query: Mapping[str, str], *, of_list: bool) -> Form:
    """Return the first form of an Accept header that there is; raises StatusError 406 when there is none."""
    wanted = "PartialObjectMetadataList" if of_list else "PartialObjectMetadata"
    for part in (accept or "*/*").split(","):
        media, *parameters = [each.strip() for each in part.split(";")]
        given = dict(each.split("=", 1) for each in parameters if "=" in each)
        if media not in ("application/json", "application/yaml", "*/*", "application/*"):
            continue
        kind = given.get("as", "")
        if not kind or (kind in ("Table", wanted) and f"{given.get('g')}/{given.get('v')}" == _META):
            include = query.get("includeObject", "Metadata")
            return Form(kind=kind, is_yaml=media == "application/yaml", include=include)
    message = f"only the following media types are accepted: {_ACCEPTED}"
    raise StatusError(406, "NotAcceptable", message)
