"""The functions and filters that chart authors need. Pure but for what FunctionScope hands in.

Each is described where it is made, with examples; ``docs/functions.md`` is written from that.
"""

from __future__ import annotations

from helmlite.engine.functions.collections import list_functions, mapping_functions
from helmlite.engine.functions.digests import digests
from helmlite.engine.functions.formats import formats
from helmlite.engine.functions.function import Function, Section, checked
from helmlite.engine.functions.moments import moments
from helmlite.engine.functions.naming import naming
from helmlite.engine.functions.network import network
from helmlite.engine.functions.numbers import number_functions
from helmlite.engine.functions.paths import asking, path_functions
from helmlite.engine.functions.patterns import pattern_functions
from helmlite.engine.functions.scope import FunctionScope, Library
from helmlite.engine.functions.secrets import secrets
from helmlite.engine.functions.text import text_functions

__all__ = ["Function", "FunctionScope", "Library", "Section", "library", "sections"]


def sections(scope: FunctionScope) -> list[Section]:
    """Return all functions over ``scope``, by kind."""
    makers = (
        formats,
        digests,
        text_functions,
        naming,
        list_functions,
        mapping_functions,
        pattern_functions,
        number_functions,
        moments,
        network,
        path_functions,
        secrets,
        asking,
    )
    return [make(scope) for make in makers]


def library(scope: FunctionScope) -> Library:
    """Return the library over ``scope``: everything is a function, most of it a filter too."""
    found = [each for section in sections(scope) for each in section.functions]
    calls = {each.name: checked(each, scope.meter) for each in found}
    filters = {each.name: calls[each.name] for each in found if each.as_filter}
    return Library(filters=filters, globals=calls, tests={})
