"""Ctrl-C before a command has begun."""

import subprocess
import sys

import pytest

LATE = """
import helmlite.cli.main
def interrupted():
    raise KeyboardInterrupt
helmlite.cli.main.main = interrupted
"""
BEFORE = """
import os, signal, sys
class Finder:
    def find_spec(self, name, *_):
        if name == "helmlite.cli.main":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
"""


@pytest.mark.parametrize(("script", "expected"), [(BEFORE, -2), (LATE, 130)], ids=["while it is loaded", "afterwards"])
def test_it_shows_no_traceback(script: str, expected: int) -> None:
    """However early it comes, the command ends without a word."""
    words = [sys.executable, "-c", f"{script}\nfrom helmlite.__main__ import main\nmain()"]
    done = subprocess.run(words, capture_output=True, timeout=60, check=False)
    assert (expected, b"") == (done.returncode, done.stderr)
