"""Errors that point at the template's line: its excerpt, what included it, and who set the value that it wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from helmlite.action.tracing import Traced, Written
from helmlite.documents import Path
from helmlite.engine.engine import ReleaseFacts
from helmlite.engine.excerpts import shortened, template_excerpt
from helmlite.engine.trace import Trace
from helmlite.errors import ManifestError, ManifestFault, RenderError, below
from helmlite.manifest.capabilities import Capabilities
from helmlite.manifest.fields import fields_of, find, narrowed, parse_field
from helmlite.manifest.location import Location
from helmlite.values.merge import Computed
from helmlite.values.origins import told

MOST_PLACES = 5
"""Of one refusal: as many fields are told with their places."""

RENDERED = "  it rendered"


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedChart:
    """One chart's traced rendering, with what words need: its templates, who set its values, and what it is for.

    ``trace`` has the files of ``crds/`` in it.
    """

    trace: Trace = field(repr=False)
    traced: Traced = field(repr=False)
    computed: Computed
    release: ReleaseFacts
    capabilities: Capabilities

    def location(self, written: Written) -> Location:
        """Return the line that wrote something, with what stands below a message of it."""
        place = written.place
        callers = [self.lines(each.path) for each in written.chain]
        excerpt = template_excerpt(self.lines(place.path), place.line, callers)
        chain = shortened([str(each) for each in written.chain])
        return Location(place=str(place), below=[*below(chain, excerpt, place.line), *self.tell(written.values)])

    def tell(self, paths: Sequence[Path]) -> list[str]:
        """Return a line for each value: its path, and who set it."""
        return told_lines(self.computed, paths)

    def lines(self, path: str) -> list[str]:
        """Return the lines of the template, or of the CRDs, at a chart path."""
        for folder, part in self.computed.chart.walk():
            if path.startswith(f"{folder}/"):
                for file in (*part.templates, *part.crds):
                    if f"{folder}/{file.name}" == path:
                        text = file.data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
                        return text.removesuffix("\n").split("\n")
        return []

    def manifest_error(self, error: ManifestError) -> ManifestError:
        """Return an error about rendered objects with each fault at its template's line."""
        texts = [self._fault(each) for each in error.faults] or [error.message]
        return ManifestError("\n".join(texts), faults=error.faults, hint=error.hint)

    def _fault(self, fault: ManifestFault) -> str:
        if fault.index is not None:
            written = self.traced.fault_at(fault.source, fault.index)
        elif fault.line is None:
            written = self.traced.fault_of(fault.source, fault.field)
        else:
            written = None
        if written is None:
            return str(fault)
        found = self.location(written)
        shown = {_bare(each) for each in found.below}
        is_new = any(_bare(each) not in shown for each in fault.excerpt.strip("\n").splitlines())
        rendered = [f"{RENDERED} (line {fault.line}):{fault.excerpt}"] if is_new else []
        return "\n".join([f"{found.place}: {fault.reason}", *found.below, *rendered])


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A server's refusal of one object: the fields that it names with what it quotes, and all that it said."""

    source: str
    causes: Sequence[tuple[str, str]]
    message: str

    def answer(self, chart: TracedChart) -> Location | None:
        """Return where the fields come from, the first one's place being the whole's; else where the object does."""
        body = chart.traced.body(self.source)
        causes = self.causes or [(each, "") for each in fields_of(body, self.message)]
        found: dict[str, list[str]] = {}
        for named, quoted in causes:
            written = self._written(chart, body, named, quoted)
            if written is not None:
                location = chart.location(written)
                found.setdefault(location.place, [f"  {named}: {location.place}", *location.below])
        if not found:
            written = chart.traced.fault_of(self.source, ())
            return None if written is None else chart.location(written)
        first, *others = list(found.items())[:MOST_PLACES]
        return Location(place=first[0], below=[*first[1][1:], *(line for _, lines in others for line in lines)])

    def _written(self, chart: TracedChart, body: object, named: str, quoted: str) -> Written | None:
        try:
            steps = parse_field(named)
        except ValueError:
            return None
        found = find(body, steps)
        if found.missing and steps[0] == "data":
            # of a Secret, where the template has it as text
            found = max(found, find(body, ("stringData", *steps[1:])), key=lambda each: len(each.path))
        path = found.path if found.missing else narrowed(body, found.path, quoted)
        return chart.traced.fault_of(self.source, path)


def render_error(error: RenderError, computed: Computed) -> RenderError:
    """Return a template's error with who set the values that the failing statement read."""
    for line in told_lines(computed, error.inputs):
        error.followed_by(line)
    return error


def told_lines(computed: Computed, paths: Sequence[Path]) -> list[str]:
    """Return a line for each value's path: who set it, and what that overrode."""
    return [f"  {_told(computed, each)}" for each in paths if each]


def _told(computed: Computed, path: Path) -> str:
    """Return who set a value; of one that nobody did, who set what it would be in."""
    line = told(path, computed.origins(path))
    above = path[:-1]
    while above and not computed.origins(path):
        if origins := computed.origins(above):
            return f"{line}; {told(above, origins)}"
        above = above[:-1]
    return line


def _bare(line: str) -> str:
    """Return an excerpt's line without its number."""
    return line.partition("|")[2].strip()
