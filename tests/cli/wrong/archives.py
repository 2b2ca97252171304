"""Archives that hostile people pack."""

from __future__ import annotations

import gzip
import tarfile

from tests.chart import archives as made
from tests.cli.wrong.case import Case, Text

RUN = "install web web.tgz"
CHART = made.file("web/Chart.yaml", made.CHART_YAML)
MIB = 1 << 20


def archive(*members: tuple[tarfile.TarInfo, bytes], pax: bool = True) -> dict[str, Text | None]:
    """Return an archive of a sound Chart.yaml and these members."""
    return {"web.tgz": made.packed(CHART, *members, pax=pax)}


def bomb() -> bytes:
    """Return 101 MiB of zeros, packed small."""
    return made.packed(CHART, made.file("web/zeros", bytes(101 * MIB)))


def long_header() -> bytes:
    """Return an archive whose extended header alone is larger than a header may be."""
    member, data = made.file("web/x", b"x")
    member.pax_headers = {"comment": "x" * (101 * MIB)}
    return made.packed(CHART, (member, data))


def sparse() -> tuple[tarfile.TarInfo, bytes]:
    """Return a sparse file."""
    return made.special("web/sparse", tarfile.GNUTYPE_SPARSE)


CASES = {
    "archive-not-gzipped": Case(run=RUN, files={"web.tgz": made.tar([CHART])}, at="web.tgz"),
    "archive-damaged": Case(run=RUN, files={"web.tgz": made.packed(CHART)[:60]}, at="web.tgz"),
    "archive-no-tar": Case(run=RUN, files={"web.tgz": gzip.compress(b"hello" * 400, mtime=0)}, at="web.tgz"),
    "archive-empty": Case(run=RUN, files={"web.tgz": made.packed()}, at="web.tgz"),
    "archive-empty-file": Case(run=RUN, files={"web.tgz": b""}, at="web.tgz"),
    "archive-path-traversal": Case(run=RUN, files=archive(made.file("web/../../evil", b"x")), at="web/../../evil"),
    "archive-absolute-path": Case(run=RUN, files=archive(made.file("/etc/passwd", b"x")), at="/etc/passwd"),
    "archive-drive-letter": Case(run=RUN, files=archive(made.file("C:/web/x", b"x")), at="C:/web/x"),
    "archive-backslash": Case(run=RUN, files=archive(made.file("web\\..\\evil", b"x")), at="web.tgz"),
    "archive-control-character": Case(run=RUN, files=archive(made.file("web/a\x1b[2Jb", b"x")), at="web.tgz"),
    "archive-link-absolute": Case(run=RUN, files=archive(made.symlink("web/l", "/etc/passwd")), at="web/l"),
    "archive-link-leaves": Case(run=RUN, files=archive(made.symlink("web/l", "../../x")), at="web/l"),
    "archive-hard-link-leaves": Case(run=RUN, files=archive(made.hardlink("web/l", "web/../../x")), at="web/l"),
    "archive-link-dangling": Case(run=RUN, files=archive(made.symlink("web/l", "nowhere")), at="web.tgz: member 'l'"),
    "archive-link-cyclic": Case(
        run=RUN, files=archive(made.symlink("web/a", "b"), made.symlink("web/b", "a")), at="web.tgz: member 'a'"
    ),
    "archive-device": Case(run=RUN, files=archive(made.special("web/null", tarfile.CHRTYPE)), at="web/null"),
    "archive-pipe": Case(run=RUN, files=archive(made.special("web/p", tarfile.FIFOTYPE)), at="web/p"),
    "archive-sparse-file": Case(run=RUN, files=archive(sparse(), pax=False), at="web/sparse"),
    "archive-duplicate-member": Case(run=RUN, files=archive(made.file("web/Chart.yaml", b"x")), at="web/Chart.yaml"),
    "archive-duplicate-after-normalising": Case(
        run=RUN, files=archive(made.file("web/.//Chart.yaml", b"x")), at="web/.//Chart.yaml"
    ),
    "archive-file-is-a-folder-too": Case(
        run=RUN, files=archive(made.file("web/a", b"x"), made.file("web/a/b", b"x")), at="a/b"
    ),
    "archive-two-top-folders": Case(run=RUN, files=archive(made.file("other/x", b"x")), at="other/x"),
    "archive-file-at-top": Case(run=RUN, files=archive(made.file("x", b"x")), at="'x'"),
    "archive-too-many-files": Case(
        run=RUN, files=archive(*(made.file(f"web/{each}") for each in range(10_001))), at="web.tgz"
    ),
    "archive-too-large": Case(run=RUN, files={"web.tgz": bomb()}, at="web.tgz"),
    "archive-header-too-large": Case(run=RUN, files={"web.tgz": long_header()}, at="web.tgz"),
    "archive-without-chart-yaml": Case(run=RUN, files={"web.tgz": made.packed(made.file("web/a", b"x"))}, at="web.tgz"),
    "archive-values-no-mapping": Case(
        run=RUN, files=archive(made.file("web/values.yaml", b"- a\n")), at="web.tgz/values.yaml"
    ),
    "archive-values-bad": Case(
        run=RUN, files=archive(made.file("web/values.yaml", b"a: 1\nb: [\n")), at="web.tgz/values.yaml:2"
    ),
}
