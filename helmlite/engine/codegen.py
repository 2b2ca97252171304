"""Our own code generation from Jinja2's syntax tree: every step counts, and nothing is computed while compiling."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame


def spelled(node: nodes.Expr) -> str:
    """Return how a template spells a chain of names (``values.image``), nothing for any other expression."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        base = spelled(node.node)
        return f"{base}.{node.attr}" if base else ""
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        base = spelled(node.node)
        return f"{base}[{node.arg.value!r}]" if base else ""
    return ""


_LOCATED = (
    nodes.Getattr,
    nodes.Getitem,
    nodes.Call,
    nodes.Filter,
    nodes.Test,
    nodes.Name,
    nodes.BinExpr,
    nodes.UnaryExpr,
    nodes.Concat,
    nodes.Compare,
    nodes.CondExpr,
)
"""Expressions that can fail by themselves, or hold those that can."""

_NOTED = (
    *(nodes.Name, nodes.Call, nodes.Filter, nodes.BinExpr, nodes.UnaryExpr, nodes.Concat, nodes.CondExpr),
    *(nodes.Dict, nodes.List),
)
"""Expressions that make a value of others, or name one that was."""


_STATEMENTS = (
    *(nodes.If, nodes.For, nodes.Assign, nodes.AssignBlock, nodes.ExprStmt, nodes.CallBlock, nodes.FilterBlock),
    *(nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends, nodes.With),
)
"""What reads values: an error in one of these is about what it has read so far."""


class CountingCodeGenerator(CodeGenerator):
    """Emits calls of ChartEnvironment where Jinja2 would emit bare Python, and values where it would emit text.

    Every block of statements ticks the meter; operators, comparisons, ``~``, slices, attribute and item access and
    literals go through the environment. What a template prints is yielded as it is: its own text as strings, each
    expression's value with its site (``positions.text``), so that whoever writes the text knows where the value stands.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sites: list[tuple[int, str, int | None]] = []
        self._is_traced: bool = getattr(self.environment, "is_traced", False)

    def write_commons(self) -> None:
        """Give every root and block function the meter's tick."""
        super().write_commons()
        self.writeline("tick = environment.meter.tick")

    def blockvisit(self, nodes: Iterable[nodes.Node], frame: Frame) -> None:
        """Count each run of a body: of a template, loop, macro, branch or block."""
        self.writeline("tick()")
        super().blockvisit(nodes, frame)

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802 - Jinja2's name
        """Add the table of the template's expressions to its module."""
        super().visit_Template(node, frame)
        self.writeline(f"sites = environment.sites(__file__, {tuple(self._sites)!r})")

    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        """Begin a line of code for an expression that stands on another line than what is around it.

        So an error within an expression over several lines is reported at its own line.
        """
        if self._is_traced and isinstance(node, _STATEMENTS):
            self._begin()
        if (
            isinstance(node, _LOCATED)
            and node.lineno != self._last_line
            and not self._new_lines
            and getattr(node, "ctx", "load") == "load"
        ):
            around = self._last_line
            self.write("(")
            self.newline(node)
            result = super().visit(node, *args, **kwargs)
            # what follows belongs to the line that the expression interrupts
            self._new_lines, self._write_debug_info, self._last_line = 1, around, around
            self.write(")")
            return result
        if self._is_traced and isinstance(node, _NOTED) and getattr(node, "ctx", "load") == "load":
            self.write(
                "environment.used("
                if isinstance(node, nodes.Name)
                else "environment.composed(environment.mark(), "
                if isinstance(node, nodes.Dict | nodes.List)
                else "environment.noted(environment.mark(), "
            )
            result = super().visit(node, *args, **kwargs)
            self.write(")")
            return result
        return super().visit(node, *args, **kwargs)

    def _begin(self) -> None:
        if self._is_traced:
            self.writeline("environment.begin()")

    # -- output

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:  # noqa: N802 - Jinja2 names visitors by node
        """Yield each text and each value."""
        if frame.require_output_check:
            # A top-level extends is known to exist at compile time.
            if self.has_known_extends:
                return
            self.writeline("if parent_template is None:")
            self.indent()
        for child in node.nodes:
            if not isinstance(child, nodes.TemplateData):
                self._begin()
            self.start_write(frame, child)
            if isinstance(child, nodes.TemplateData):
                self._write_text(child)
            else:
                self._write_hole(child, lambda child=child: self.visit(child, frame))  # type: ignore[misc]  # bound now
            self.end_write(frame)
        if frame.require_output_check:
            self.outdent()

    def _write_text(self, node: nodes.TemplateData) -> None:
        if self._is_traced:
            site = self._site(getattr(node, "first_line", node.lineno), "", None)
            self.write(f"environment.traced({node.data!r}, sites[{site}])")
        else:
            self.write(repr(node.data))

    def _write_hole(self, node: nodes.Node, visit: Callable[[], Any], *, column: int | None = None) -> None:
        line = getattr(node, "first_line", node.lineno)
        site = self._site(line, getattr(node, "source", ""), column)
        self.write("environment.seen(environment.mark(), " if self._is_traced else "(")
        visit()
        self.write(f", sites[{site}])")

    def _site(self, line: int, source: str, column: int | None) -> int:
        self._sites.append((line, source, column))
        return len(self._sites) - 1

    def visit_Include(self, node: nodes.Include, frame: Frame) -> None:  # noqa: N802 - Jinja2 names visitors by node
        """Yield what an included template gives as one value."""
        if node.ignore_missing:
            self.writeline("try:")
            self.indent()
        find = "get_or_select_template"
        if isinstance(node.template, nodes.Const):
            find = "get_template" if isinstance(node.template.value, str) else "select_template"
        elif isinstance(node.template, nodes.Tuple | nodes.List):
            find = "select_template"
        self.writeline(f"template = environment.{find}(", node)
        self.visit(node.template, frame)
        self.write(f", {self.name!r})")
        if node.ignore_missing:
            self.outdent()
            self.writeline("except TemplateNotFound:")
            self.writeline("    pass")
            self.writeline("else:")
            self.indent()

        def visit() -> None:
            if node.with_context:
                names = self.dump_local_context(frame)
                context = f"template.new_context(context.get_all(), True, {names})"
                self.write(f"environment.included(template.root_render_func({context}))")
            else:
                self.write("environment.included(template._get_default_module()._body_stream)")

        self.start_write(frame, node)
        self._write_hole(node, visit, column=getattr(node, "column", None))
        self.end_write(frame)
        if node.ignore_missing:
            self.outdent()

    def visit_CallBlock(self, node: nodes.CallBlock, frame: Frame) -> None:  # noqa: N802 - Jinja2 names visitors by node
        """Yield what a call block's macro gives as one value."""
        call_frame, macro_ref = self.macro_body(node, frame)
        self.writeline("caller = ")
        self.macro_def(macro_ref, call_frame)
        self.start_write(frame, node)
        self._write_hole(
            node,
            lambda: self.visit_Call(node.call, frame, forward_caller=True),
            column=getattr(node, "column", None),
        )
        self.end_write(frame)

    def visit_FilterBlock(self, node: nodes.FilterBlock, frame: Frame) -> None:  # noqa: N802 - Jinja2's name
        """Yield what a filter makes of a block."""
        filter_frame = frame.inner()
        filter_frame.symbols.analyze_node(node)
        self.enter_frame(filter_frame)
        self.buffer(filter_frame)
        self.blockvisit(node.body, filter_frame)
        self.start_write(frame, node)

        def visit() -> None:
            self.write("environment.as_text(")
            self.visit_Filter(node.filter, filter_frame)
            self.write(")")

        self._write_hole(node, visit)
        self.end_write(frame)
        self.leave_frame(filter_frame)

    def visit_Filter(self, node: nodes.Filter, frame: Frame) -> None:  # noqa: N802 - Jinja2 names visitors by node
        """Refuse an unknown filter, in a branch that may never run, too: Jinja2 would wait until it does."""
        if node.name not in self.environment.filters:
            self.fail(f"No filter named {node.name!r}.", node.lineno)
        super().visit_Filter(node, frame)

    def visit_Test(self, node: nodes.Test, frame: Frame) -> None:  # noqa: N802 - Jinja2 names visitors by node
        """Refuse an unknown test, in a branch that may never run, too."""
        if node.name not in self.environment.tests:
            self.fail(f"No test named {node.name!r}.", node.lineno)
        super().visit_Test(node, frame)

    def visit_Const(self, node: nodes.Const, frame: Frame) -> None:  # noqa: N802 - Jinja2 names visitors by node
        """Write numbers that Python has no literal for, and leave the rest to Jinja2."""
        if isinstance(node.value, float) and not math.isfinite(node.value):
            self.write(f"float({str(node.value)!r})")
        else:
            super().visit_Const(node, frame)

    def visit_List(self, node: nodes.List, frame: Frame) -> None:  # noqa: N802 - Jinja2 names visitors by node
        """Count the items of a list."""
        self.write("environment.literal(")
        super().visit_List(node, frame)
        self.write(")")

    def visit_Dict(self, node: nodes.Dict, frame: Frame) -> None:  # noqa: N802 - Jinja2 names visitors by node
        """Count the entries of a mapping."""
        self.write("environment.literal({")
        for pair in node.items:
            self.write("environment.meter.charge_key(")
            self.visit(pair.key, frame)
            self.write("): ")
            self.visit(pair.value, frame)
            self.write(", ")
        self.write("})")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - Jinja2 names visitors by node
        """Join text through the environment."""
        self.write("environment.join_text((")
        for each in node.nodes:
            self.visit(each, frame)
            self.write(", ")
        self.write("))")

    def visit_Compare(self, node: nodes.Compare, frame: Frame) -> None:  # noqa: N802 - Jinja2 names visitors by node
        """Compare through the environment; a chain evaluates its later operands only while it holds."""
        self.write("environment.compare(")
        self.visit(node.expr, frame)
        for operand in node.ops:
            self.write(f", {operand.op!r}, lambda: ")
            self.visit(operand.expr, frame)
        self.write(")")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 - Jinja2 names visitors by node
        """Look up a name, with the spelling of its base for the message."""
        self.write("environment.attribute(")
        self.visit(node.node, frame)
        self.write(f", {node.attr!r}, {spelled(node.node)!r})")

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802 - Jinja2 names visitors by node
        """Look up an item or a slice through the environment."""
        if isinstance(node.arg, nodes.Slice):
            self.write("environment.part(")
            self.visit(node.node, frame)
            for bound in (node.arg.start, node.arg.stop, node.arg.step):
                self.write(", ")
                if bound is None:
                    self.write("None")
                else:
                    self.visit(bound, frame)
            self.write(")")
            return
        self.write("environment.item(")
        self.visit(node.node, frame)
        self.write(", ")
        self.visit(node.arg, frame)
        self.write(f", {spelled(node.node)!r}, {isinstance(node.arg, nodes.Const)!r})")

    def visit_ScopedEvalContextModifier(  # noqa: N802 - Jinja2 names visitors by node
        self,
        node: nodes.ScopedEvalContextModifier,
        frame: Frame,  # noqa: ARG002 - the visitor's signature
    ) -> None:
        """Refuse ``{% autoescape %}``: it is HTML's, and Jinja2 computes its argument while compiling."""
        self.fail("there is no 'autoescape' here: manifests are not HTML", node.lineno)


def template_line(source: str, line: int) -> int:
    """Return the template's line for a line of generated code, one of whose last lines maps them."""
    found = re.findall(r"^debug_info = '([\d=&]*)'$", source, re.M)
    result = 1
    for pair in (found[-1] if found else "").split("&"):
        of_template, _, of_code = pair.partition("=")
        if of_code and int(of_code) <= line:
            result = int(of_template)
    return result
