"""Paths of files, with slashes, and what a chart or cluster is asked."""

from __future__ import annotations

import posixpath
from typing import Any

from helmlite.engine.failure import TemplateFailure
from helmlite.engine.functions.function import Function, Section, text_of
from helmlite.engine.functions.scope import FunctionScope


def path_functions(_scope: FunctionScope) -> Section:
    """Return the functions on paths."""
    return Section(
        title="Paths",
        functions=[
            Function(
                name="base_name",
                call=lambda value: posixpath.basename(text_of(value)),
                usage="path | base_name",
                does="the last part of a path",
                examples=[("'a/b.txt' | base_name", "b.txt")],
            ),
            Function(
                name="dir_name",
                call=lambda value: posixpath.dirname(text_of(value)),
                usage="path | dir_name",
                does="the path without its last part",
                examples=[("'a/b.txt' | dir_name", "a")],
            ),
            Function(
                name="ext_name",
                call=lambda value: posixpath.splitext(text_of(value))[1],
                usage="path | ext_name",
                does="the ending of a path, with its dot",
                examples=[("'a/b.txt' | ext_name", ".txt")],
            ),
            Function(
                name="clean_path",
                call=lambda value: posixpath.normpath(text_of(value)),
                usage="path | clean_path",
                does="the path without `.`, `..` and double slashes where that can be",
                examples=[("'a//b/../c' | clean_path", "a/c")],
            ),
        ],
    )


def asking(scope: FunctionScope) -> Section:
    """Return the functions that end a rendering or ask the cluster."""

    def fail(message: Any) -> None:
        raise TemplateFailure(text_of(message))

    def lookup(api_version: Any, kind: Any, namespace: Any = "", name: Any = "") -> Any:
        found = scope.lookup(text_of(api_version), text_of(kind), text_of(namespace), text_of(name))
        return found if found or name else {"items": []}

    return Section(
        title="Cluster and errors",
        functions=[
            Function(
                name="fail",
                call=fail,
                usage="fail(message)",
                does="end the rendering with an error",
                as_filter=False,
            ),
            Function(
                name="lookup",
                call=lookup,
                usage="lookup(api_version, kind, namespace='', name='')",
                does="an object of the cluster, `{}` when there is none; without a name a mapping that has all of them "
                "as `items`. Without a cluster (`template`, `--dry-run=client`) there is none of anything",
                examples=[
                    ("lookup('v1', 'Secret', 'prod', 'shop') | empty", "true"),
                    ("lookup('v1', 'Secret', 'prod').items | length", "0"),
                ],
                as_filter=False,
            ),
        ],
    )
