"""A repository on an API server: charts that helmlite packed and indexed, served as files, installed by their name."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from helmlite import documents
from tests.live.conftest import Run
from tests.repo.charts import digest

pytestmark = pytest.mark.cluster
HOMES = ("HELM_CONFIG_HOME", "HELM_CACHE_HOME", "HELMLITE_CONFIG_HOME", "HELMLITE_CACHE_HOME")


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A folder of archives on a web server, and the user who has it as ``team``."""

    folder: Path
    url: str
    run: Callable[..., subprocess.CompletedProcess[str]]

    def publish(self, *versions: str, note: str = "published") -> None:
        """Pack versions of the chart ``web``, one ConfigMap in no template language, and index the folder."""
        chart = self.folder.parent / "web"
        for version in versions:
            shutil.rmtree(chart, ignore_errors=True)
            (chart / "templates").mkdir(parents=True)
            metadata = {"apiVersion": "v2", "name": "web", "version": version, "appVersion": f"app-{version}"}
            (chart / "Chart.yaml").write_text(documents.write(metadata))
            data = {"chart": version, "note": note}
            configmap = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": data}
            (chart / "templates" / "configmap.yaml").write_text(documents.write(configmap))
            self.run("package", str(chart), "--destination", str(self.folder))
        self.run("repo", "index", str(self.folder))

    def archive(self, version: str) -> Path:
        """Return where the archive of a version is."""
        return self.folder / f"web-{version}.tgz"


@pytest.fixture
def team(helmlite: Run, tmp_path: Path) -> Iterator[Repository]:
    """Return a repository with three releases and a pre-release, which was added as ``team``."""
    environment = {name: str(tmp_path / name.lower()) for name in HOMES}
    folder = tmp_path / "served"
    folder.mkdir()
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        said = re.search(r"port (\d+)", server.stdout.readline())
        assert said is not None
        made = Repository(
            folder=folder,
            url=f"http://127.0.0.1:{said[1]}",
            run=lambda *words, **more: helmlite(*words, **more, **environment),
        )
        try:
            made.publish("1.0.0", "1.2.0", "2.0.0", "2.1.0-rc.1")
            made.run("repo", "add", "team", made.url)
            yield made
        finally:
            server.terminate()


def revisions(team: Repository) -> Sequence[tuple[str, str]]:
    """Return chart and status of each revision in the history."""
    return [(each["chart"], each["status"]) for each in json.loads(team.run("history", "web", "-o", "json").stdout)]


def test_a_release_follows_a_repository(team: Repository, kube: Callable[..., Any]) -> None:
    """Installed by range, upgraded by name and then to an exact version; what was published last is found."""
    team.run("install", "web", "team/web", "--version", "^1.0")
    assert "1.2.0" == kube("configmap", "web")["data"]["chart"]
    team.run("upgrade", "web", "team/web")
    assert "2.0.0" == kube("configmap", "web")["data"]["chart"]
    team.publish("2.0.1")
    team.run("upgrade", "web", "team/web", "--version", "~2.0.0")
    team.run("upgrade", "web", "team/web", "--version", "1.0.0")
    team.run("upgrade", "web", "web", "--repo", team.url, "--devel")
    expected = ["web-1.2.0", "web-2.0.0", "web-2.0.1", "web-1.0.0", "web-2.1.0-rc.1"]
    assert [*[(each, "superseded") for each in expected[:-1]], (expected[-1], "deployed")] == revisions(team)
    assert "REVISION: 5\n" in team.run("status", "web").stdout
    metadata = json.loads(team.run("get", "metadata", "web", "-o", "json").stdout)
    assert ("web", "2.1.0-rc.1") == (metadata["chart"], metadata["version"])
    assert "2.1.0-rc.1" == kube("configmap", "web")["data"]["chart"]


@pytest.mark.helm
def test_helm_sees_the_same(team: Repository, helm: Callable[..., Any], namespace: str) -> None:
    """The release has name and version of the chart for the real helm, which takes the repository for its own, too."""
    team.run("install", "web", "team/web", "--version", "^1.0")
    (found,) = json.loads(helm("list", "--namespace", namespace, "-o", "json").stdout)
    assert ("web", "web-1.2.0", "app-1.2.0") == (found["name"], found["chart"], found["app_version"])
    helm("upgrade", "web", "web", "--repo", team.url, "--namespace", namespace)
    team.run("upgrade", "web", "team/web", "--version", "1.x")
    history = json.loads(helm("history", "web", "--namespace", namespace, "-o", "json").stdout)
    assert ["web-1.2.0", "web-2.0.0", "web-1.2.0"] == [each["chart"] for each in history]
    (found,) = json.loads(helm("list", "--namespace", namespace, "-o", "json").stdout)
    assert ("web-1.2.0", "3") == (found["chart"], found["revision"])


@pytest.mark.parametrize("words", [("upgrade", "web", "team/web"), ("upgrade", "web", "team/web", "--install")])
def test_a_swapped_archive_changes_no_release(
    team: Repository, kube: Callable[..., Any], words: tuple[str, ...]
) -> None:
    """The upgrade ends with both digests; release, history and cluster are as before."""
    team.run("install", "web", "team/web", "--version", "1.2.0")
    promised = digest(team.archive("2.0.0").read_bytes())
    index = (team.folder / "index.yaml").read_bytes(), (team.folder / "charts" / "web.json").read_bytes()
    team.publish("2.0.0", note="swapped")
    swapped = digest(team.archive("2.0.0").read_bytes())
    (team.folder / "index.yaml").write_bytes(index[0])
    (team.folder / "charts" / "web.json").write_bytes(index[1])
    before, listed = kube("configmap", "web"), revisions(team)
    done = team.run(*words, check=False)
    assert (1, "") == (done.returncode, done.stdout)
    assert promised != swapped
    assert [] == [each for each in (promised, swapped) if each not in done.stderr], done.stderr
    assert (before, listed) == (kube("configmap", "web"), revisions(team))
    assert [("web-1.2.0", "deployed")] == listed


def test_a_swapped_archive_installs_nothing(team: Repository, kube: Callable[..., Any]) -> None:
    """There is no release afterwards, and no object."""
    swapped = team.archive("1.0.0").read_bytes()
    team.archive("2.0.0").write_bytes(swapped)
    done = team.run("install", "web", "team/web", check=False)
    assert (1, True) == (done.returncode, digest(swapped) in done.stderr), done.stderr
    assert 1 == team.run("status", "web", check=False).returncode
    assert [] == [each for each in kube("configmap")["items"] if each["metadata"]["name"] == "web"]
