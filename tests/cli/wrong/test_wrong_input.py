"""Wrong input of every kind: one clear text, the right exit code, nothing changed, no secret shown.

Golden texts lie in ``golden/``, one file a case, rewritten with HELMLITE_REWRITE_GOLDEN=1.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.wrong import archives, charts, clusters, command_lines, manifests, templates, values
from tests.cli.wrong.case import Canaries, Case
from tests.cli.wrong.conftest import Ended
from tests.fake_api import FakeApi

GOLDEN = Path(__file__).with_name("golden")
REWRITE = "HELMLITE_REWRITE_GOLDEN" in os.environ
GROUPS = (command_lines, charts, archives, values, templates, manifests, clusters)
CASES: dict[str, Case] = {name: case for group in GROUPS for name, case in group.CASES.items()}

Run = Callable[..., Ended]


@pytest.fixture(params=[None, "--debug"], ids=["plain", "debug"])
def flags(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Return the flags that a case is run with besides its own."""
    return () if request.param is None else (request.param,)


@pytest.mark.parametrize("name", sorted(CASES))
def test_wrong_input_ends_in_one_clear_error(name: str, run: Run, api: FakeApi, tmp_path: Path) -> None:
    """The text is the golden one, on standard error alone, with place and exit code; no changing request is sent."""
    case = CASES[name]
    ended = run(case)
    text = ended.stderr.replace(api.url, "<server>").replace(api.address, "<address>").replace(str(tmp_path), "<tmp>")
    golden = GOLDEN / f"{name}.txt"
    if REWRITE:
        golden.write_text(text, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == text
    assert (case.code, "") == (ended.code, ended.stdout)
    assert case.at in text
    assert [] == unexpected(case, api)
    assert "Traceback" not in ended.stderr
    assert 1 == len(re.findall("^Error: ", text, re.MULTILINE))


@pytest.mark.parametrize("name", sorted(CASES))
def test_wrong_input_shows_no_secret(name: str, run: Run, canaries: Canaries, flags: tuple[str, ...]) -> None:
    """No canary, plain or in base64, is in what is printed, in an event, in the error's repr or in its traceback."""
    ended = run(CASES[name], *flags)
    assert CASES[name].code == ended.code
    assert [] == canaries.found_in(f"{ended.stdout}\n{ended.stderr}\n{ended.behind}")


def test_every_golden_text_has_its_case() -> None:
    """No golden text is left over."""
    assert sorted(CASES) == sorted(each.stem for each in GOLDEN.iterdir())


def test_no_case_has_the_name_of_another() -> None:
    """Each name is given once in all groups."""
    assert len(CASES) == sum(len(group.CASES) for group in GROUPS)


def unexpected(case: Case, api: FakeApi) -> list[str]:
    """Return the changing requests that a case must not send."""
    return [each for each in api.changes if not (case.leases and "/leases" in each)]
