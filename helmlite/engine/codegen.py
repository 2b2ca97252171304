"""Our own code generation from Jinja2's syntax tree: every step counts, and nothing is computed while compiling."""

from __future__ import annotations

import math
from collections.abc import Iterable
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


class CountingCodeGenerator(CodeGenerator):
    """Emits calls of ChartEnvironment where Jinja2 would emit bare Python.

    Every block of statements ticks the meter; operators, comparisons, ``~``, slices, attribute and item access and
    literals go through the environment. A later engine that types expressions by their place in YAML changes
    ``_output_child_pre`` alone: all that a template prints passes there.
    """

    def write_commons(self) -> None:
        """Give every root and block function the meter's tick."""
        super().write_commons()
        self.writeline("tick = environment.meter.tick")

    def blockvisit(self, nodes: Iterable[nodes.Node], frame: Frame) -> None:
        """Count each run of a body: of a template, loop, macro, branch or block."""
        self.writeline("tick()")
        super().blockvisit(nodes, frame)

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        if not isinstance(node, nodes.TemplateData):
            # Jinja2 would fold `'a' | center(3000000000)` here, optimizer or not
            raise nodes.Impossible
        return super()._output_child_to_const(node, frame, finalize)

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
