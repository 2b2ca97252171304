"""What a server says of an object, at the lines of its template."""

from __future__ import annotations

from pathlib import Path

import pytest

from helmlite import Configuration, UserValues
from helmlite.action.located import Refusal
from helmlite.action.prepare import Rendering, Workshop, offline_capabilities, open_chart
from helmlite.engine.engine import ReleaseFacts
from helmlite.manifest.location import Location

TEXT = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  labels:
    app: web
    tier: front end
spec:
  ports:
    - name: {{ values.port.name }}
      port: {{ values.port.number }}
---
apiVersion: v1
kind: Secret
metadata:
  name: web
stringData:
  password: {{ values.password }}
"""
VALUES = "port:\n  name: http\n  number: 80\npassword: hunter2hunter2\n"
PATH = "shop/templates/web.yaml.j2"


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """Return a chart of a Service and a Secret, the values' file at a known place."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 1.0.0\n")
    (tmp_path / "values.yaml").write_text(VALUES)
    (tmp_path / "templates" / "web.yaml.j2").write_text(TEXT)
    return tmp_path


def located(chart: Path, *causes: tuple[str, str], message: str = "no", document: int = 1) -> Location | None:
    """Return where the refusal of a document is told to come from."""
    rendering = Rendering(
        user=UserValues.of({"port": {"number": 70000}}, origin="--set port.number"),
        facts=ReleaseFacts(name="web", namespace="prod"),
        capabilities=offline_capabilities("", ()),
    )
    refusal = Refusal(source=f"{PATH}, document {document}", causes=causes, message=message)
    with Workshop(Configuration(guarded=False), open_chart(chart)) as workshop:
        return workshop.ask(rendering, refusal)


def place(found: Location | None) -> str:
    """Return the line that is told."""
    assert found is not None
    return found.place.removeprefix(f"{PATH}:")


@pytest.mark.parametrize(
    ("cause", "line"),
    [
        (("spec.ports[0].port", ""), "11"),
        (('spec.ports[port=70000,protocol="TCP"].nam', ""), "10"),
        (("metadata.labels", "front end"), "7"),
        (("metadata.labels", "gone"), "5"),
        (("spec.selector", ""), "8"),
        (("..", ""), "1"),
    ],
    ids=["a field", "a key of a list's item", "a label", "labels", "one that is missing", "no field"],
)
def test_a_cause_is_at_its_line(chart: Path, cause: tuple[str, str], line: str) -> None:
    """Fields are found as servers write them, and narrowed to what they quote."""
    assert line == place(located(chart, cause))


def test_several_causes_are_told_each(chart: Path) -> None:
    """The first one's line is the whole's; the others are told below it, with their values."""
    found = located(chart, ("spec.ports[0].port", ""), ("spec.ports[0].name", ""), ("spec.ports[0].name", ""))
    assert found is not None
    below = [each for each in found.below if "|" not in each]
    assert [
        f"  port.number: set by --set port.number, over {chart}/values.yaml:3",
        f"  spec.ports[0].name: {PATH}:10",
        f"  port.name: set by {chart}/values.yaml:2",
    ] == below
    assert "11" == place(found)


def test_words_that_name_a_field_are_enough(chart: Path) -> None:
    """Admission says in its own words what it is about."""
    said = "admission webhook denied the request: spec.ports[0].port is reserved, see docs.example/a.b"
    assert "11" == place(located(chart, message=said))
    assert "1" == place(located(chart, message="denied"))


def test_data_of_a_secret_is_found_where_the_template_has_it(chart: Path) -> None:
    """What was sent as data stands in stringData; neither value nor text of it is told."""
    found = located(chart, ("data[password]", ""), document=2)
    assert found is not None
    assert f"{PATH}:18" == found.place
    assert "hunter2" not in "".join(found.below)
    assert any("password: set by" in each for each in found.below)


def test_an_object_that_is_not_rendered_again_is_nowhere(chart: Path) -> None:
    """A second rendering may give other objects; then there is nothing to tell."""
    assert located(chart, ("spec", ""), document=7) is None
