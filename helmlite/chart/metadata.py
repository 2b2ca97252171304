"""Chart.yaml: a chart's metadata and its declared dependencies, with all checks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from helmlite.errors import ChartError
from helmlite.versions import parse_constraint, parse_version

_ALIAS = re.compile(r"[a-zA-Z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintainer:
    """Who looks after a chart."""

    name: str
    email: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """A dependency that Chart.yaml declares; ``import_values`` holds strings and ``{child, parent}`` mappings."""

    name: str
    version: str = ""
    repository: str = ""
    condition: str = ""
    tags: Sequence[str] = ()
    import_values: Sequence[str | Mapping[str, Any]] = ()
    alias: str = ""
    enabled: bool = False

    @property
    def key(self) -> str:
        """Return the name under which the parent uses it: the alias, if it has one."""
        return self.alias or self.name

    def to_data(self) -> dict[str, Any]:
        """Return the fields in Helm's JSON names and order; name and repository stand even when empty."""
        optional = {
            "condition": self.condition,
            "tags": list(self.tags),
            "enabled": self.enabled,
            "import-values": [each if isinstance(each, str) else dict(each) for each in self.import_values],
            "alias": self.alias,
        }
        version = {"version": self.version} if self.version else {}
        return {"name": self.name, **version, "repository": self.repository, **_filled(optional)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartMetadata:
    """The fields of Chart.yaml, as in Helm's section on it; empty text or nothing stands for an absent field."""

    name: str
    version: str
    api_version: str = "v2"
    description: str = ""
    type: str = ""
    kube_version: str = ""
    app_version: str = ""
    home: str = ""
    icon: str = ""
    condition: str = ""
    tags: str = ""
    deprecated: bool = False
    keywords: Sequence[str] = ()
    sources: Sequence[str] = ()
    maintainers: Sequence[Maintainer] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    dependencies: Sequence[Dependency] = ()

    @property
    def is_library(self) -> bool:
        """Return whether this is a library chart, which renders nothing of its own."""
        return self.type == "library"

    @classmethod
    def from_data(cls, data: Any, *, source: str) -> ChartMetadata:
        """Return checked metadata from Chart.yaml's data; raises ChartError with the field's path and ``source``.

        Numbers and booleans where text belongs become text, as Helm reads them; unknown fields are ignored.
        """
        fields = _Fields(data, source)
        api_version = fields.text("apiVersion") or "v1"
        if api_version not in ("v1", "v2"):
            raise fields.fault("apiVersion", f"{api_version!r} is not supported; it is v1 or v2")
        made = cls(
            api_version=api_version,
            name=_checked_name(fields),
            version=_checked_version(fields),
            type=fields.text("type"),
            description=fields.clean("description"),
            kube_version=fields.clean("kubeVersion"),
            app_version=fields.clean("appVersion"),
            home=fields.clean("home"),
            icon=fields.clean("icon"),
            condition=fields.clean("condition"),
            tags=fields.clean("tags"),
            deprecated=fields.boolean("deprecated"),
            keywords=fields.texts("keywords"),
            sources=fields.texts("sources"),
            maintainers=tuple(_maintainer(each) for each in fields.mappings("maintainers")),
            annotations=fields.text_mapping("annotations"),
            dependencies=tuple(_dependency(each) for each in fields.mappings("dependencies")),
        )
        if made.type not in ("", "application", "library"):
            raise fields.fault("type", f"{made.type!r} is neither application nor library")
        if made.kube_version:
            try:
                parse_constraint(made.kube_version)
            except ValueError as error:
                raise fields.fault("kubeVersion", str(error)) from None
        made.check_keys(source)
        return made

    def check_keys(self, source: str) -> None:
        """Raise ChartError when two dependencies would be known by one name."""
        seen: dict[str, int] = {}
        for number, each in enumerate(self.dependencies):
            if each.key in seen:
                raise ChartError(
                    f"{source}: dependencies[{number}]: {each.key!r} is the name or alias of "
                    f"dependencies[{seen[each.key]}] too",
                    hint="give one of them an alias",
                )
            seen[each.key] = number

    def to_data(self) -> dict[str, Any]:
        """Return the fields in Helm's JSON names and order, empty ones left out."""
        fields: dict[str, Any] = {
            "name": self.name,
            "home": self.home,
            "sources": list(self.sources),
            "version": self.version,
            "description": self.description,
            "keywords": list(self.keywords),
            "maintainers": [
                _filled({"name": each.name, "email": each.email, "url": each.url}) for each in self.maintainers
            ],
            "icon": self.icon,
            "apiVersion": self.api_version,
            "condition": self.condition,
            "tags": self.tags,
            "appVersion": self.app_version,
            "deprecated": self.deprecated,
            "annotations": dict(self.annotations),
            "kubeVersion": self.kube_version,
            "dependencies": [each.to_data() for each in self.dependencies],
            "type": self.type,
        }
        return _filled(fields)


def dependencies_of(data: Any, *, source: str) -> tuple[Dependency, ...]:
    """Return the dependencies that requirements.yaml of an old (v1) chart declares; raises ChartError."""
    if data is None:
        return ()
    return tuple(_dependency(each) for each in _Fields(data, source).mappings("dependencies"))


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value not in ("", False, None, [], {}, ())}


class _Fields:
    """The fields of one mapping, each asked for by its type; faults name the field's path and the file."""

    def __init__(self, data: Any, source: str, path: str = "") -> None:
        self.source, self.path = source, path
        if not isinstance(data, Mapping):
            raise ChartError(f"{source}: {path or 'it'} is {_kind(data)}, not a mapping")
        self._data = data

    def fault(self, name: str, reason: str) -> ChartError:
        return ChartError(f"{self.source}: {self._at(name)}: {reason}")

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def text(self, name: str) -> str:
        value = self._data.get(name)
        if value is None:
            return ""
        return self._as_text(name, value)

    def _as_text(self, name: str, value: Any) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        raise self.fault(name, f"{_kind(value)}, where text belongs")

    def clean(self, name: str) -> str:
        """Return text with whitespace as blanks and without what cannot be printed, as Helm keeps it."""
        return _clean(self.text(name))

    def boolean(self, name: str) -> bool:
        value = self._data.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise self.fault(name, f"{_kind(value)}, where true or false belongs")

    def texts(self, name: str) -> tuple[str, ...]:
        items = self.items(name)
        return tuple(_clean(self._as_text(f"{name}[{number}]", each)) for number, each in enumerate(items))

    def items(self, name: str) -> list[Any]:
        value = self._data.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.fault(name, f"{_kind(value)}, where a list belongs")
        return value

    def mappings(self, name: str) -> list[_Fields]:
        where = self._at(name)
        return [_Fields(each, self.source, f"{where}[{number}]") for number, each in enumerate(self.items(name))]

    def text_mapping(self, name: str) -> dict[str, str]:
        value = self._data.get(name)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise self.fault(name, f"{_kind(value)}, where a mapping belongs")
        return {
            str(key): "" if each is None else self._as_text(f"{name}[{str(key)!r}]", each)
            for key, each in value.items()
        }


def _kind(value: Any) -> str:
    names = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


def _clean(text: str) -> str:
    if text.isprintable():  # a blank is the only whitespace that is
        return text
    # Python takes the separators of information (FS to US) for whitespace, Go does not.
    shown = (" " if each.isspace() and not "\x1c" <= each <= "\x1f" else each for each in text)
    return "".join(each for each in shown if each.isprintable())


def _checked_name(fields: _Fields) -> str:
    name = fields.clean("name")
    if not name:
        raise fields.fault("name", "a chart needs a name")
    if name in (".", "..") or "/" in name or "\\" in name:
        raise fields.fault("name", f"{name!r} is no name: it is, or holds, a part of a path")
    return name


def _checked_version(fields: _Fields) -> str:
    version = fields.text("version")
    if not version:
        raise fields.fault("version", "a chart needs a version")
    try:
        parse_version(version)
    except ValueError as error:
        raise fields.fault("version", str(error)) from None
    return version


def _maintainer(fields: _Fields) -> Maintainer:
    return Maintainer(name=fields.clean("name"), email=fields.clean("email"), url=fields.clean("url"))


def _dependency(fields: _Fields) -> Dependency:
    name, alias, version = fields.clean("name"), fields.text("alias"), fields.clean("version")
    if not name:
        raise fields.fault("name", "a dependency needs a name")
    if alias and not _ALIAS.fullmatch(alias):
        raise fields.fault("alias", f"{alias!r} is no alias: it has letters, digits, '-' and '_' only")
    if version:
        try:
            parse_constraint(version)
        except ValueError as error:
            raise fields.fault("version", str(error)) from None
    imports: list[str | Mapping[str, Any]] = []
    for number, each in enumerate(fields.items("import-values")):
        where = f"import-values[{number}]"
        if isinstance(each, str):
            imports.append(each)
        elif isinstance(each, Mapping) and all(isinstance(each.get(key), str) for key in ("child", "parent")):
            # what else it says counts in the digest of a lock
            imports.append({str(key): each[key] for key in sorted(each, key=str)})
        else:
            raise fields.fault(where, "it is neither text nor a mapping with child and parent")
    return Dependency(
        name=name,
        version=version,
        repository=fields.clean("repository"),
        condition=fields.clean("condition"),
        tags=fields.texts("tags"),
        import_values=tuple(imports),
        alias=alias,
        enabled=fields.boolean("enabled"),
    )
