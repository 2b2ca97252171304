""".helmignore: gitignore's rules."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from helmlite.chart.ignore import parse_ignore
from helmlite.errors import ChartError

# id, lines of .helmignore, path, whether it is a folder, whether it is ignored
ROWS: list[tuple[str, str, str, bool, bool]] = [
    ("no rules", "", "a", False, False),
    ("name", "a", "a", False, True),
    ("name below", "a", "d/a", False, True),
    ("name of a folder", "a", "d/a", True, True),
    ("name is whole", "a", "ab", False, False),
    ("star", "*.bak", "d/x.bak", False, True),
    ("star takes nothing", "a*", "a", False, True),
    ("star takes dots", "*", ".hidden", False, True),
    ("question mark", "a?c", "abc", False, True),
    ("question mark takes one", "a?c", "ac", False, False),
    ("dot is a dot", "a.c", "abc", False, False),
    ("plus is a plus", "a+", "aa", False, False),
    ("case counts", "A", "a", False, False),
    ("anchored", "/a", "a", False, True),
    ("anchored, below", "/a", "d/a", False, False),
    ("path", "d/a", "d/a", False, True),
    ("path is anchored", "d/a", "e/d/a", False, False),
    ("path, star", "d/*", "d/a", False, True),
    ("star does not cross", "d/*.x", "d/e/a.x", False, False),
    ("star does not cross up", "*/a", "d/e/a", False, False),
    ("question mark is no slash", "d?a", "d/a", False, False),
    ("folder", "d/", "d", True, True),
    ("folder, below", "d/", "e/d", True, True),
    ("folder is no file", "d/", "d", False, False),
    ("anchored folder", "/d/", "d", True, True),
    ("anchored folder, below", "/d/", "e/d", True, False),
    ("folder by path", "e/d/", "e/d", True, True),
    ("folder by path is no file", "e/d/", "e/d", False, False),
    ("class", "[ab]", "b", False, True),
    ("class, none", "[ab]", "c", False, False),
    ("class, range", "[a-c]x", "bx", False, True),
    ("class, several ranges", "[a-cx-z0]", "y", False, True),
    ("class, not", "[!ab]", "c", False, True),
    ("class, not, caret", "[^ab]", "c", False, True),
    ("class, not, one of them", "[!ab]", "a", False, False),
    ("class, bracket first", "[]a]", "]", False, True),
    ("class, caret later", "[a^]", "^", False, True),
    ("class, dash last", "[a-]", "-", False, True),
    ("class, escaped bracket", "[\\]]", "]", False, True),
    ("class, escaped dash", "[a\\-c]", "b", False, False),
    ("class, escaped letter", "[\\d]", "5", False, False),
    ("class, opening bracket", "[[]", "[", False, True),
    ("class, ampersands", "[a&&b]", "a", False, True),
    ("class is no slash", "d[/]a", "d/a", False, False),
    ("class not is no slash", "d[!x]a", "d/a", False, False),
    ("escaped star", "\\*", "a", False, False),
    ("escaped star itself", "\\*", "*", False, True),
    ("escaped hash", "\\#a", "#a", False, True),
    ("escaped exclamation mark", "\\!a", "!a", False, True),
    ("escaped backslash", "a\\\\", "a\\", False, True),
    ("escaped bracket", "\\[a]", "[a]", False, True),
    ("comment", "#a", "#a", False, False),
    ("hash later", "a#b", "a#b", False, True),
    ("blank lines", "\n  \n\t\na", "a", False, True),
    ("blanks after", "a  ", "a", False, True),
    ("carriage returns", "a\r\nb\r\n", "a", False, True),
    ("byte order mark", "\ufeffa", "a", False, True),
    ("negation", "*\n!a", "a", False, False),
    ("negation of others", "*\n!a", "b", False, True),
    ("negation alone", "!a", "b", False, False),
    ("negation before", "!a\na", "a", False, True),
    ("negation and again", "a\n!a\na", "a", False, True),
    ("negation by path", "*.md\n!docs/*.md", "docs/x.md", False, False),
    ("negation by path, other", "*.md\n!docs/*.md", "x.md", False, True),
    ("negation, folder", "d\n!d/", "d", True, False),
    ("negation, folder, a file", "d\n!d/", "d", False, True),
    ("negation, anchored", "a\n!/a", "d/a", False, True),
    ("other scripts", "é*", "été", False, True),
    ("path that begins alike", "d/a", "d/ab", False, False),
    ("many stars", "*a*b*", "xaybz", False, True),
]  # fmt: skip


def rows() -> list[object]:
    """Return the table as parameters."""
    return [pytest.param(*each[1:], id=each[0]) for each in ROWS]


@pytest.mark.parametrize(("rules", "path", "is_folder", "expected"), rows())
def test_rule(rules: str, path: str, is_folder: bool, expected: bool) -> None:
    """Each rule ignores what gitignore's rules say."""
    assert expected == parse_ignore(rules, source=".helmignore").ignores(path, is_folder=is_folder)


@pytest.mark.skipif(not shutil.which("git"), reason="no git on PATH")
@pytest.mark.parametrize(("rules", "path", "is_folder", "expected"), rows())
def test_rule_as_git(tmp_path: Path, rules: str, path: str, is_folder: bool, expected: bool) -> None:
    """Git itself says the same of each row."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    target = tmp_path / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if is_folder:
        target.mkdir()
    else:
        target.touch()
    # Blanks at both ends are no part of a rule here, as in Helm; for git those before it are.
    written = "\n".join(line.strip() for line in rules.splitlines())
    (tmp_path / ".git" / "info" / "exclude").write_text(written, encoding="utf-8")
    words = ["git", "-C", str(tmp_path), "check-ignore", "-q", "--no-index", path]
    assert expected == (subprocess.run(words, check=False).returncode == 0)


@pytest.mark.parametrize(
    ("path", "expected"),
    [("templates/.swp", True), ("templates/.x.yaml", True), ("templates/d/.x", False), (".x", False)],
)
def test_dotfiles_in_templates(path: str, expected: bool) -> None:
    """Dotfiles directly in templates are ignored without a rule."""
    assert expected == parse_ignore("", source=".helmignore").ignores(path, is_folder=False)


def test_dotfile_in_templates_by_negation() -> None:
    """A rule of the author's wins over the rule that is always there."""
    assert not parse_ignore("!.keep", source=".helmignore").ignores("templates/.keep", is_folder=False)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("**", "'**' is not supported in .helmignore"),
        ("a/**/b", "'**' is not supported in .helmignore"),
        ("!**", "'**' is not supported in .helmignore"),
        ("[a", "'[a' has a '[' without its ']'"),
        ("[!]", "'[!]' has a '[' without its ']'"),
        ("[z-a]", "'[z-a]' has a bad character class"),
        ("a\\", "'a\\\\' ends in a backslash"),
        ("/", "'/' is no pattern"),
        ("!", "'!' is no pattern"),
    ],
)
def test_refused(line: str, expected: str) -> None:
    """What is no rule is an error with file and line."""
    with pytest.raises(ChartError) as caught:
        parse_ignore(f"# rules\n\n{line}\nb\n", source="web/.helmignore")
    assert f"web/.helmignore:3: {expected}" == caught.value.message


def test_catastrophe_is_none() -> None:
    """A rule of many stars takes no time to speak of on a name made for it."""
    rules = parse_ignore("*a" * 30 + "b", source=".helmignore")
    assert not rules.ignores("a" * 250, is_folder=False)
