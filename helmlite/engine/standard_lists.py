"""Jinja2's own filters on lists and mappings, within the bounds; they give lists where Jinja2 gives generators."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, NamedTuple

from helmlite.engine.environment import ChartEnvironment
from helmlite.engine.failure import TemplateFailure
from helmlite.engine.missing import Undefined, kind_of
from helmlite.engine.positions.text import joined
from helmlite.engine.text_methods import text_of, whole

ABSENT = object()


class _Pair(NamedTuple):
    grouper: Any
    list: list[Any]


class Group(_Pair):
    """One group of ``groupby``: what its items share, and the items; templates may use its two names."""

    __slots__ = ()
    template_fields = frozenset({"grouper", "list"})


class StandardLists:
    """The filters, bound to one environment."""

    def __init__(self, environment: ChartEnvironment) -> None:
        self._environment = environment
        self._meter = environment.meter

    def filters(self) -> Mapping[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {
            "attr": lambda value, name: self._environment.getattr(value, text_of(name)),
            "batch": self._batch,
            "count": self._length,
            "d": self._default,
            "default": self._default,
            "dictsort": self._dict_sort,
            "first": self._first,
            "groupby": self._group_by,
            "items": self._items,
            "join": self._join,
            "last": self._last,
            "length": self._length,
            "list": self._listed,
            "map": self._map,
            "max": lambda value, **options: self._extreme(value, -1, **options),
            "min": lambda value, **options: self._extreme(value, 0, **options),
            "reject": lambda value, *args, **kwargs: self._chosen(value, False, None, args, kwargs),
            "rejectattr": lambda value, name, *args, **kwargs: self._chosen(value, False, name, args, kwargs),
            "reverse": self._reverse,
            "select": lambda value, *args, **kwargs: self._chosen(value, True, None, args, kwargs),
            "selectattr": lambda value, name, *args, **kwargs: self._chosen(value, True, name, args, kwargs),
            "slice": self._slice,
            "sort": self._sort,
            "sum": self._sum,
            "unique": self._unique,
        }

    def _listed(self, value: Any) -> list[Any]:
        if isinstance(value, Undefined):
            str(value)
        if not isinstance(value, Iterable):
            raise TemplateFailure(f"a list was expected here, not {kind_of(value)}")
        listed = list(islice(iter(value), self._meter.bounds.range_items + 1))
        self._meter.charge_items(len(listed))
        return listed

    def _length(self, value: Any) -> int:
        if isinstance(value, Undefined):
            str(value)
        if isinstance(value, str | list | tuple | Mapping | range):
            return len(value)
        return len(self._listed(value))

    def _default(self, value: Any, default_value: Any = "", boolean: bool = False) -> Any:
        return default_value if isinstance(value, Undefined) or (boolean and not value) else value

    def _first(self, value: Any) -> Any:
        for each in self._listed(value):
            return each
        return self._environment.undefined("an empty list has no first item")

    def _last(self, value: Any) -> Any:
        listed = self._listed(value)
        return listed[-1] if listed else self._environment.undefined("an empty list has no last item")

    def _items(self, value: Any) -> list[Any]:
        if isinstance(value, Undefined):
            str(value)
        if not isinstance(value, Mapping):
            raise TemplateFailure(f"items is for a mapping, not for {kind_of(value)}")
        self._meter.charge_items(len(value))
        return list(value.items())

    def _reverse(self, value: Any) -> Any:
        if isinstance(value, str):
            self._meter.charge_text(len(value))
            return value[::-1]
        return self._listed(value)[::-1]

    def _join(self, value: Any, d: Any = "", attribute: Any = None) -> str:
        listed = [self._reached(each, attribute) for each in self._listed(value)]
        texts = [self._environment.written(each) for each in listed]
        text = self._environment.text_methods.join(self._environment.written(d), texts)
        # a separator of other signs is text, and so is what it joins
        return text if str(d).strip(" ,\n") else joined(text, listed)

    def _batch(self, value: Any, linecount: int, fill_with: Any = None) -> list[list[Any]]:
        if whole(linecount) < 1:
            raise TemplateFailure("batch's count is 1 or more")
        listed = self._listed(value)
        rows = [listed[at : at + linecount] for at in range(0, len(listed), linecount)]
        if fill_with is not None and rows:
            self._meter.charge_items(linecount)
            rows[-1] += [fill_with] * (linecount - len(rows[-1]))
        return rows

    def _slice(self, value: Any, slices: int, fill_with: Any = None) -> list[list[Any]]:
        if whole(slices) < 1:
            raise TemplateFailure("slice's count is 1 or more")
        self._meter.charge_items(slices)
        listed = self._listed(value)
        size, longer = divmod(len(listed), slices)
        rows: list[list[Any]] = []
        at = 0
        for number in range(slices):
            width = size + (number < longer)
            row = listed[at : at + width]
            at += width
            if fill_with is not None and longer and number >= longer:
                row.append(fill_with)
            rows.append(row)
        return rows

    def _reached(self, value: Any, attribute: Any, default: Any = ABSENT) -> Any:
        if attribute is None:
            return value
        self._meter.tick()
        found = value
        parts = attribute.split(".") if isinstance(attribute, str) else [attribute]
        for part in parts:
            key = int(part) if isinstance(part, str) and part.isdecimal() and len(part) < 10 else part
            found = self._environment.getitem(found, key)
            if default is not ABSENT and isinstance(found, Undefined):
                return default
        return found

    def _map(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        listed = self._listed(value)
        if not args:
            attribute = kwargs.pop("attribute", None)
            default = kwargs.pop("default", ABSENT)
            if attribute is None or kwargs:
                raise TemplateFailure("map takes the name of a filter, or attribute=")
            return [self._reached(each, attribute, default) for each in listed]
        name, *rest = args
        return [self._environment.filter(name, each, rest, kwargs) for each in listed]

    def _chosen(
        self, value: Any, wanted: bool, attribute: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> list[Any]:
        chosen = []
        for each in self._listed(value):
            subject = self._reached(each, attribute)
            passed = self._environment.test(args[0], subject, args[1:], kwargs) if args else bool(subject)
            if bool(passed) == wanted:
                chosen.append(each)
        return chosen

    def _key(self, value: Any, case_sensitive: bool) -> Any:
        """Return what to sort and compare by: text and numbers only, since nested lists compare without measure."""
        if isinstance(value, Undefined):
            str(value)
        if isinstance(value, str):
            return value if case_sensitive else value.lower()
        if value is None or isinstance(value, int | float):
            return value
        raise TemplateFailure(f"text or numbers are compared here, not {kind_of(value)}", hint="Give attribute=.")

    def _keys(self, value: Any, attribute: Any, case_sensitive: bool) -> Any:
        if isinstance(attribute, str) and "," in attribute:
            return [self._key(self._reached(value, part), case_sensitive) for part in attribute.split(",")]
        return self._key(self._reached(value, attribute), case_sensitive)

    def _ordered(self, listed: list[Any], key: Callable[[Any], Any], reverse: bool = False) -> list[Any]:
        try:
            return sorted(listed, key=key, reverse=reverse)
        except TypeError:
            raise TemplateFailure("text, numbers and null have no order among each other") from None

    def _sort(
        self, value: Any, reverse: bool = False, case_sensitive: bool = False, attribute: Any = None
    ) -> list[Any]:
        return self._ordered(
            self._listed(value), lambda each: self._keys(each, attribute, case_sensitive), bool(reverse)
        )

    def _dict_sort(self, value: Any, case_sensitive: bool = False, by: str = "key", reverse: bool = False) -> list[Any]:
        if by not in ("key", "value"):
            raise TemplateFailure("dictsort sorts by 'key' or 'value'")
        at = 0 if by == "key" else 1
        return self._ordered(self._items(value), lambda pair: self._key(pair[at], case_sensitive), bool(reverse))

    def _extreme(self, value: Any, at: int, *, case_sensitive: bool = False, attribute: Any = None) -> Any:
        listed = self._sort(value, False, case_sensitive, attribute)
        return listed[at] if listed else self._environment.undefined("an empty list has neither min nor max")

    def _unique(self, value: Any, case_sensitive: bool = False, attribute: Any = None) -> list[Any]:
        seen = set()
        kept = []
        for each in self._listed(value):
            key = self._key(self._reached(each, attribute), case_sensitive)
            if key not in seen:
                seen.add(key)
                kept.append(each)
        return kept

    def _group_by(self, value: Any, attribute: Any, default: Any = ABSENT, case_sensitive: bool = False) -> list[Group]:
        groups: dict[Any, Group] = {}
        for each in self._listed(value):
            found = self._reached(each, attribute, default)
            groups.setdefault(self._key(found, case_sensitive), Group(found, [])).list.append(each)
        return [groups[key] for key in self._ordered(list(groups), lambda key: key)]

    def _sum(self, value: Any, attribute: Any = None, start: Any = 0) -> Any:
        total = start
        for each in self._listed(value):
            total = self._environment.operators.binary("+", total, self._reached(each, attribute))
        return total
