"""``create`` on the command line: a directory that was not there, in full or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helmlite.chart.loader import load_chart
from helmlite.cli.main import main


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, which is empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("path", ["shop", "deep/er/shop", "./shop", "shop/"])
def test_a_chart_is_made(place: Path, capsys: pytest.CaptureFixture[str], path: str) -> None:
    """Its name is the last part of the path; folders above it are made."""
    assert 0 == main(["create", path])
    assert f"Creating {Path(path)}\n" == capsys.readouterr().out
    assert "shop" == load_chart(place / path).metadata.name
    assert (place / path / "charts").is_dir()
    assert 0 == main(["template", path])


def test_an_empty_directory_is_filled(place: Path) -> None:
    """Nothing is lost by that."""
    (place / "shop").mkdir()
    assert 0 == main(["create", "shop"])
    assert (place / "shop" / "Chart.yaml").is_file()


def test_what_is_there_is_kept(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A directory with anything in it is refused, a file too."""
    (place / "shop").mkdir()
    (place / "shop" / "values.yaml").write_text("mine: 1\n")
    (place / "file").touch()
    assert 1 == main(["create", "shop"])
    assert "shop: the directory is not empty: values.yaml" in capsys.readouterr().err
    assert 1 == main(["create", "file"])
    assert "file: there is a file of that name" in capsys.readouterr().err
    assert 1 == main(["create", "file/shop"])
    assert {"shop", "shop/values.yaml", "file"} == {str(each.relative_to(place)) for each in place.rglob("*")}


@pytest.mark.parametrize("path", ["..", ".", "a b", "x/..", "x/é"])
def test_bad_names_make_nothing(place: Path, capsys: pytest.CaptureFixture[str], path: str) -> None:
    """Not even above the current folder."""
    assert 1 == main(["create", path])
    assert "a chart's name " in capsys.readouterr().err
    assert [] == list(place.iterdir())


def test_directories_may_be_read_by_others(place: Path) -> None:
    """A new chart has the modes that any new directory has."""
    main(["create", "shop"])
    (place / "plain").mkdir()
    assert (place / "plain").stat().st_mode == (place / "shop").stat().st_mode


@pytest.mark.helm
def test_helm_packs_a_new_chart(helm: Callable[..., Any]) -> None:
    """Its .helmignore, Chart.yaml and schema are Helm's too; only templates in Jinja2 are not."""
    main(["create", "shop"])
    helm("package", "shop", "--destination", "out")
    assert "name: shop\n" in helm("show", "chart", "out/shop-0.1.0.tgz").stdout


def test_a_starter_is_a_path_or_one_of_helms(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The chart that is made renders as the starter does; another word is an error, and nothing is made."""
    monkeypatch.setenv("HELM_DATA_HOME", str(place / "data"))
    assert 0 == main(["create", "data/starters/web"])
    for number, word in enumerate(("web", "data/starters/web")):
        assert 0 == main(["create", f"shop{number}", "--starter", word])
        assert f"shop{number}" == load_chart(place / f"shop{number}").metadata.name
        assert 0 == main(["template", f"shop{number}"])
    capsys.readouterr()
    assert 1 == main(["create", "more", "-p", "nothing"])
    assert "--starter nothing: there is no such directory" in capsys.readouterr().err
    assert not (place / "more").exists()
