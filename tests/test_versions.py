"""Versions and ranges, as Helm's users know them (Masterminds semver)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite.versions import Order, Version, newest, order_of, parse_constraint, parse_version

CATALOGUE = [
    *("0.0.3", "0.0.4", "0.2.3", "0.2.4", "0.3.0", "1.0.0", "1.0.1", "1.1.0"),
    *("1.2.3-alpha.1", "1.2.3", "1.2.3+b1", "2.0.0-rc.1", "2.0.0", "2.1.0"),
]
RELEASES = " ".join(each for each in CATALOGUE if "-" not in each)
ONES = "1.0.0 1.0.1 1.1.0 1.2.3 1.2.3+b1"
ZEROS = "0.0.3 0.0.4 0.2.3 0.2.4 0.3.0"


@pytest.mark.parametrize(
    ("text", "numbers", "prerelease", "build"),
    [
        ("1", (1, 0, 0), "", ""),
        ("1.2", (1, 2, 0), "", ""),
        ("1.2.3", (1, 2, 3), "", ""),
        ("v1.2.3", (1, 2, 3), "", ""),
        ("v1", (1, 0, 0), "", ""),
        ("01.2.3", (1, 2, 3), "", ""),
        ("1.02.3", (1, 2, 3), "", ""),
        ("1.2.03", (1, 2, 3), "", ""),
        ("1.2-alpha", (1, 2, 0), "alpha", ""),
        ("1-x", (1, 0, 0), "x", ""),
        ("1.2.3-alpha+x", (1, 2, 3), "alpha", "x"),
        ("1.2.3-alpha.1", (1, 2, 3), "alpha.1", ""),
        ("1.2.3-0", (1, 2, 3), "0", ""),
        ("1.2.3--", (1, 2, 3), "-", ""),
        ("1.2.3+b1", (1, 2, 3), "", "b1"),
        ("1.2.3+001", (1, 2, 3), "", "001"),
        ("1.36.1-gke.1200+dirty", (1, 36, 1), "gke.1200", "dirty"),
        ("18446744073709551615.0.0", (2**64 - 1, 0, 0), "", ""),
    ],
)
def test_version(text: str, numbers: tuple[int, int, int], prerelease: str, build: str) -> None:
    """Missing parts are 0, leading zeros are forgiven, and the text is kept as it was written."""
    version = parse_version(text)
    assert (numbers, prerelease, build, text) == (version.numbers, version.prerelease, version.build, str(version))


@pytest.mark.parametrize(
    "text",
    [
        *("1.2.3.4", "1.2.3-01", "1.2.3-a..b", "1.2.3+a_b", " 1.2.3", "1.2.3 ", "1.2.3\n", "V1.2.3", "vv1", "1.2.3-"),
        *("1.2.3+", "18446744073709551616.0.0", "", "v", "latest", "1.x", "1.2.*", "-1", "1..2", "1.2.3-a."),
        *("\u0661.\u0662", "1" * 300),
    ],
    ids=ascii,
)
def test_no_version(text: str) -> None:
    """What Helm refuses as a version is refused, and the message shows it."""
    with pytest.raises(ValueError, match="is no semantic version"):
        parse_version(text)


def test_order() -> None:
    """Versions sort by SemVer's precedence, equal ones by build metadata, so that the order is stable."""
    ordered = (
        "0.9 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.0+a 1.0.0+b"
    )
    versions = [parse_version(each) for each in ordered.split()[::-1]]
    assert ordered == " ".join(str(each) for each in sorted(versions))


def test_equal_versions_are_one_in_a_set() -> None:
    """How a version is written does not matter to what it is."""
    assert 1 == len({parse_version(text) for text in ("1.2", "v1.2.0", "01.2.0")})
    assert parse_version("1.2.0+a") != parse_version("1.2.0+b")


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        *[(each, ONES) for each in ("1", "1.x", "1.X", "1.*", "~1", "^1", "v1", "=1", "1.x.x", "~1.x", "^1.x")],
        *[(each, "1.0.0 1.0.1") for each in ("1.0", "1.0.x", "~1.0", "~1.0.0", "~>1.0", "1.0.*", "=1.0")],
        *[(each, RELEASES) for each in ("*", "", " ", "x", ">=0", ">0.0.2", "~*")],
        ("^x", RELEASES),  # Helm: none
        (">0.0.0-0", " ".join(CATALOGUE)),
        (">1", "2.0.0 2.1.0"),
        (">1.0", "1.1.0 1.2.3 1.2.3+b1 2.0.0 2.1.0"),
        (">1.0.0", "1.0.1 1.1.0 1.2.3 1.2.3+b1 2.0.0 2.1.0"),
        ("<=1", f"{ZEROS} {ONES}"),
        ("=<1", f"{ZEROS} {ONES}"),
        ("<=1.1", f"{ZEROS} 1.0.0 1.0.1 1.1.0"),
        ("<1", ZEROS),
        ("<1.1", f"{ZEROS} 1.0.0 1.0.1"),
        (">=1.1", "1.1.0 1.2.3 1.2.3+b1 2.0.0 2.1.0"),
        ("=>1.1", "1.1.0 1.2.3 1.2.3+b1 2.0.0 2.1.0"),
        ("!=1", f"{ZEROS} 2.0.0 2.1.0"),
        ("!=1.0", f"{ZEROS} 1.1.0 1.2.3 1.2.3+b1 2.0.0 2.1.0"),
        ("!=1.0.1", " ".join(each for each in RELEASES.split() if each != "1.0.1")),
        ("^0.2.3", "0.2.3 0.2.4"),
        ("^0.0.3", "0.0.3"),
        ("^0.0", "0.0.3 0.0.4"),
        ("^0", ZEROS),
        ("~0.2.3", "0.2.3 0.2.4"),
        ("^1.0.1", "1.0.1 1.1.0 1.2.3 1.2.3+b1"),
        ("1.0 - 1.2", ONES),
        ("1.0.1 - 1.1.0", "1.0.1 1.1.0"),
        (">=1.2.3-0", "1.2.3-alpha.1 1.2.3 1.2.3+b1 2.0.0-rc.1 2.0.0 2.1.0"),
        (">=1.2.3-alpha.0 <2", "1.2.3-alpha.1 1.2.3 1.2.3+b1 2.0.0-rc.1"),
        ("1.2.3", "1.2.3 1.2.3+b1"),
        ("1.2.3+b1", "1.2.3 1.2.3+b1"),
        ("1.2.3-alpha.1", "1.2.3-alpha.1"),
        ("^2.0.0-0", "2.0.0-rc.1 2.0.0 2.1.0"),
        (">=1.0.0, <1.1.0", "1.0.0 1.0.1"),
        (">=1.0.0,<1.1.0", "1.0.0 1.0.1"),
        (">=1.0.0 <1.1.0", "1.0.0 1.0.1"),
        (">= 1.0.0 < 1.1.0", "1.0.0 1.0.1"),
        ("0.0.3 || 1.0.x || >2", "0.0.3 1.0.0 1.0.1"),
        ("0.0.3||>=2.1", "0.0.3 2.1.0"),
        (">9", ""),
    ],
    ids=ascii,
)
def test_constraint(constraint: str, expected: str) -> None:
    """A range matches what Helm's matches; pre-releases only where its group names one."""
    parsed = parse_constraint(constraint)
    assert expected == " ".join(each for each in CATALOGUE if parsed.matches(parse_version(each)))
    assert constraint == str(parsed)


@pytest.mark.parametrize(
    "text", ["latest", "foo", "1.2.3.4", ">", "~>", "1.2.3 -", "^^1", "1 | 2", ">=a", "1,2,,", "*" * 2000, "1.2.3-a..b"]
)
def test_no_constraint(text: str) -> None:
    """What Helm refuses as a range is refused."""
    with pytest.raises(ValueError, match="version range"):
        parse_constraint(text)


@pytest.mark.parametrize(
    ("constraint", "expected"), [("^1", "1.2.3+b1"), ("*", "2.1.0"), (">=2.0.0-0 <2.0.0", "2.0.0-rc.1"), (">9", None)]
)
def test_newest(constraint: str, expected: str | None) -> None:
    """The newest version in a range is found, whatever the order; none where none matches."""
    versions = [parse_version(each) for each in CATALOGUE]
    for each in (versions, versions[::-1]):
        found = newest(each, parse_constraint(constraint))
        assert expected == (str(found) if found else None)


NUMBERS = st.tuples(*[st.integers(0, 30)] * 3)


@given(NUMBERS, NUMBERS)
def test_operators_follow_the_order(left: tuple[int, int, int], right: tuple[int, int, int]) -> None:
    """For whole versions the comparing operators mean what the order says."""
    ours, theirs = (parse_version(".".join(map(str, each))) for each in (left, right))
    expected = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right, "!=": left != right}
    assert expected == {sign: parse_constraint(f"{sign}{theirs}").matches(ours) for sign in expected}


@given(st.text(max_size=30))
def test_any_text_is_a_range_or_a_value_error(text: str) -> None:
    """Text of any kind never ends in another error than ValueError."""
    for parse in (parse_version, parse_constraint):
        try:
            parse(text)
        except ValueError:
            continue


@pytest.mark.parametrize("text", [">=1.0 ||", "|| 1.0", ">=1.0,", "1 || , ", "1.0 - ", "- 1.0"])
def test_a_range_with_a_part_missing_is_none(text: str) -> None:
    """An empty alternative would match whatever there is."""
    with pytest.raises(ValueError, match="is no version range"):
        parse_constraint(text)


@pytest.mark.parametrize(
    "text", ["1.0 - 1.2, !=1.1", "1.0 - 1.2 !=1.1.0", "!=1.1 1.0 - 1.2", "9 || 1.0 - 1.2, !=1.1.0"]
)
def test_a_hyphen_range_stands_beside_others(text: str) -> None:
    """As in Helm."""
    found = parse_constraint(text)
    versions = ["1.0.0", "1.1.0", "1.2.0", "1.3.0"]
    assert ["1.0.0", "1.2.0"] == [each for each in versions if found.matches(parse_version(each))]


PARTS = st.one_of(st.integers(0, 12).map(str), st.sampled_from(["a", "b", "rc", "a-1", "0a", "01", "Z"]))
TAILS = st.lists(PARTS, min_size=1, max_size=3).map(".".join)


@st.composite
def _versions(draw: st.DrawFn) -> str:
    text = ".".join(str(draw(st.integers(0, 2))) for _ in range(draw(st.integers(1, 3))))
    text += draw(st.one_of(st.just(""), TAILS.map(lambda each: f"-{each}")))
    return text + draw(st.one_of(st.just(""), TAILS.map(lambda each: f"+{each}")))


def _parsed(text: str) -> Version | None:
    try:
        return parse_version(text)
    except ValueError:
        return None


@given(_versions(), _versions())
def test_the_fast_order_is_that_of_versions(left: str, right: str) -> None:
    """What ``order_of`` gives sorts and equals as the versions do."""
    one, two = _parsed(left), _parsed(right)
    if one is None or two is None:
        assert (one is None, two is None) == (order_of(left) is None, order_of(right) is None)
        return
    assert ((one < two), (one == two)) == (_order(left) < _order(right), _order(left) == _order(right))


def _order(text: str) -> Order:
    found = order_of(text)
    assert found is not None
    return found


@given(st.text("0123456789.v-+ax", max_size=12))
def test_the_fast_order_knows_the_same_versions(text: str) -> None:
    """Text that is no version has no order."""
    assert (_parsed(text) is None) == (order_of(text) is None)
