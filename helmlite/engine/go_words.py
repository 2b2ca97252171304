"""Go's template language, as Helm's charts are written in it: what is told of a form of it that is no Jinja2."""

from __future__ import annotations

import re

from helmlite.engine.unclosed import line_of, tags

_IMPORT = "`{% import '_names.j2' as names with context %}` and `{{ names.label() }}` stand in its place here."

WORDS = {
    "if": "An `if` is `{% if ... %}` to `{% endif %}` here.",
    "range": "A `range` is `{% for item in values.list %}` to `{% endfor %}` here.",
    "with": "A `with` is `{% with item = values.item %}` to `{% endwith %}` here.",
    "else": "It is `{% else %}` here, and `{% elif ... %}` for a further condition.",
    "end": "Each block has its own end here: `{% endif %}`, `{% endfor %}`, `{% endmacro %}`.",
    "define": "A `define` is `{% macro name() %}` to `{% endmacro %}` here.",
    "block": "A `block` is `{% macro name() %}` to `{% endmacro %}` here.",
    "template": _IMPORT,
    "include": _IMPORT,
}
"""What stands here in the place of Go's own words."""

_FORMS = [
    (r"/\*", "A comment is `{# ... #}` here."),
    (r"else\s+if\b", "It is `{% elif ... %}` here."),
    (r"\$\w*\s*:?=", "A variable is set with `{% set x = 1 %}` here."),
    (r"toYaml\b", "`{{ values.x }}` alone is enough here: a value is written as YAML at its own column."),
    (r"default\s+\S+\s+\S", "It is `value | default(1)` here."),
    (r"(if\s+)?\(?(eq|ne|lt|le|gt|ge)\s", "Comparisons are `a == b`, `a != b`, `a < b` here."),
    (r"(if\s+)?\(?(and|or)\s", "It is `a and b`, `a or b` here."),
    (r".*\|\s*n?indent\s+\d", "`nindent(10)` has its argument in parentheses; a value alone needs no indenting here."),
    (r".*&&", "It is `a and b` here."),
    (r".*\|\|", "It is `a or b` here."),
    (r".*\?.*:", "It is `b if a else c` here."),
    (r".*\.Files\b", "Helm's `.Files.Get` is `files.get(...)` here."),
    (r".*\.Release\b", "Helm's `.Release.Name` is `release.name` here."),
    (r".*\.Chart\b", "Helm's `.Chart.Name` is `chart.name` here."),
    (r".*\.Capabilities\b", "Helm's `.Capabilities` is `capabilities` here."),
    (r".*\.Values\b", "Helm's `.Values.x` is `values.x` here."),
    (r".*\btpl\b.*[\s,]\.\s*\)?$", "It is `tpl(text)` here, without the `.`."),
    (r".*\$", "A variable has no `$` here."),
]
_BLOCK = re.compile(r"""(if|range|with|define|template|block|include)\s+[.$"'\w]""")
_ALONE = re.compile(r"(end|else)\s*$")


def go_form(source: str, line: int) -> tuple[int, str] | None:
    """Return the line and the hint for a syntax error at ``line`` that comes of a form of Go's templates.

    An expression that begins a block in Go's way may pass for an expression of Jinja2, so that the fault shows only
    at the block's end: such a one is looked for from the template's beginning.
    """
    for tag in tags(source):
        begins = line_of(source, tag.start)
        if begins > line:
            break
        text = source[tag.start + 2 : tag.end - 2].strip("-+ \t\n")
        is_here = line <= line_of(source, tag.end)
        is_expression = source.startswith("{{", tag.start)
        for form, hint in _FORMS if is_here else ():
            if re.match(form, text):
                return begins, hint
        found = _BLOCK.match(text) if is_expression else None
        if found is None and is_here:
            found = _ALONE.match(text)
        if found is not None:
            return begins, WORDS[found[1]]
    return None
