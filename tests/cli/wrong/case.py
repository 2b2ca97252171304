"""What one case of wrong input is made of, and the chart that all of them spoil."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from tests.fake_api import FakeApi

Text: TypeAlias = str | bytes
KEYS = ("PASSWORD", "TOKEN", "KEY", "SECRET", "DATA")
"""The canaries of a run; ``@PASSWORD@`` in a file, an argument or an answer stands for one, ``@DATA64@`` for base64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One wrong command line, or one right command line on wrong files.

    ``files`` are written into the working folder, over those of the sound chart in ``chart/``; None removes one.
    ``make`` writes what text cannot say. ``at`` is the place that the message must name, as FILE or FILE:LINE.
    ``leases`` says that the release's lock is taken and freed before the fault can be seen; nothing else is written.
    """

    run: str | Sequence[str]
    files: Mapping[str, Text | None] = field(default_factory=dict)
    make: Callable[[Path], None] | None = None
    api: Callable[[FakeApi], None] | None = None
    at: str = ""
    code: int = 1
    stdin: str = ""
    environment: Mapping[str, str | None] = field(default_factory=dict)
    leases: bool = False

    @property
    def words(self) -> list[str]:
        """Return the command line."""
        return self.run.split() if isinstance(self.run, str) else list(self.run)


CHART: Mapping[str, str] = {
    "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: '9.8'\n",
    "chart/values.yaml": """\
image:
  repository: nginx
  tag: "1.27"
service:
  port: 80
auth:
  password: @PASSWORD@
api:
  token: @TOKEN@
secretKey: @KEY@
""",
    "chart/templates/secret.yaml.j2": """\
apiVersion: v1
kind: Secret
metadata:
  name: {{ release.name }}
stringData:
  password: {{ values.auth.password }}
  token: {{ values.api.token }}
  literal: @SECRET@
data:
  key: {{ values.secretKey | b64encode }}
  packed: @DATA64@
""",
    "chart/templates/web.yaml.j2": """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ release.name }}
data:
  image: {{ values.image.repository }}:{{ values.image.tag }}
""",
}
"""A sound chart: a Secret and values with canaries, and an object beside them."""


@dataclass(frozen=True, slots=True)
class Canaries:
    """The secrets of one run, each made up anew."""

    words: Mapping[str, str]

    @classmethod
    def made(cls) -> Canaries:
        """Return fresh ones."""
        return cls({each: f"cnr{secrets.token_hex(9)}" for each in KEYS})

    def fill(self, text: str) -> str:
        """Return text with canaries in place of their names."""
        for name, word in self.words.items():
            text = text.replace(f"@{name}@", word).replace(f"@{name}64@", packed(word))
        return text

    def found_in(self, text: str) -> list[str]:
        """Return the names of those that stand in ``text``, plain or in base64, alone or within longer base64."""
        return [name for name, word in self.words.items() if any(each in text for each in spellings(word))]


def packed(word: str) -> str:
    """Return a word in base64."""
    return base64.b64encode(word.encode()).decode()


def spellings(word: str) -> list[str]:
    """Return how a word may show: as it is, doubly packed, and within base64 of text around it at any offset."""
    within = []
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + word.encode()).decode().rstrip("=")
        within.append(coded[(before * 8 + 5) // 6 : len(coded) - 1])
    return [word, word[::-1], packed(packed(word)), *within]


def lay_out(case: Case, folder: Path, canaries: Canaries) -> None:
    """Write a case's files."""
    for name, text in {**CHART, **case.files}.items():
        if text is None:
            continue
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else canaries.fill(text).encode())
    if case.make is not None:
        case.make(folder)
