from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from callqa.engines import packaged_models
from callqa.engines.packaged_models import find_packaged, installed_models, preferred_packaged
from callqa.errors import ModelUnavailable
from support.model_packages import install_model_package

WEIGHTS = b"the weights of a model, in two parts"


@pytest.fixture(autouse=True)
def own_packages(box: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of packages of the test's own."""
    folder = tmp_path / "packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    packaged_models._installed_models.cache_clear()
    yield folder
    packaged_models._installed_models.cache_clear()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_model_is_joined_from_its_parts_and_kept(own_packages: Path) -> None:
    install_model_package(own_packages, "ours", WEIGHTS)
    model = find_packaged("ours")
    assert model is not None
    assert (model.size, model.checksum, model.official) == (len(WEIGHTS), sha256(WEIGHTS), False)
    folder = model.unpack()
    assert (folder / "model.bin").read_bytes() == WEIGHTS
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.bin"]
    assert folder.parent == packaged_models.models_folder()
    assert [path.name for path in folder.parent.iterdir()] == [folder.name], "nothing half-made is left"
    assert model.is_intact()


def test_a_joined_model_is_not_joined_again(own_packages: Path) -> None:
    module = install_model_package(own_packages, "ours", WEIGHTS)
    model = find_packaged("ours")
    assert model is not None
    folder = model.unpack()
    (module / "part1").write_bytes(b"something else")
    assert model.unpack() == folder
    (folder / "model.bin").write_bytes(b"bits that rotted")
    assert not model.is_intact()


def test_weights_with_another_checksum_are_never_kept(own_packages: Path) -> None:
    module = install_model_package(own_packages, "ours", WEIGHTS)
    (module / "part2").write_bytes(b"something else")
    model = find_packaged("ours")
    assert model is not None
    with pytest.raises(ModelUnavailable, match=r"model.bin of the Whisper model ours .* is not the published file"):
        model.unpack()
    assert not list(packaged_models.models_folder().iterdir())


def test_a_model_that_lacks_a_part_is_not_installed(own_packages: Path) -> None:
    module = install_model_package(own_packages, "ours", WEIGHTS)
    (module / "part2").unlink()
    assert find_packaged("ours") is None


def test_a_folder_that_cannot_be_written_is_named(own_packages: Path) -> None:
    install_model_package(own_packages, "ours", WEIGHTS)
    packaged_models.models_folder().parent.mkdir(parents=True, exist_ok=True)
    packaged_models.models_folder().write_text("a file in the way")
    model = find_packaged("ours")
    assert model is not None
    with pytest.raises(ModelUnavailable, match=r"from the package callqa-ours cannot be kept in .*models"):
        model.unpack()


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("[ours", "cannot be read"),
        ("[ours]\nsource = 'x'", "is not a table of models: ours.languages"),
        ("[ours]\nsource='x'\nlanguages='en'\npackages=['p']\nfiles={}", "ours has no config.json"),
        (
            "['../ours']\nsource='x'\nlanguages='en'\npackages=['p']\n"
            "files={'model.bin'={parts=['m/a'],sha256='" + 64 * "0" + "'},'config.json'={parts=['m/a'],sha256='"
            "" + 64 * "0" + "'}}",
            "a name holds a path",
        ),
    ],
)
def test_a_table_with_a_mistake_is_named(own_packages: Path, table: str, problem: str) -> None:
    module = install_model_package(own_packages, "ours", WEIGHTS)
    (module / packaged_models.TABLE).write_text(table)
    with pytest.raises(ModelUnavailable, match=problem):
        installed_models()


def test_a_package_without_a_table_is_named(own_packages: Path) -> None:
    module = install_model_package(own_packages, "ours", WEIGHTS)
    (module / packaged_models.TABLE).unlink()
    with pytest.raises(ModelUnavailable, match=r"'ours' in callqa[.]models has no "):
        installed_models()


def test_the_largest_model_that_knows_the_language_is_preferred(own_packages: Path) -> None:
    packaged_models._installed_models.cache_clear()
    install_model_package(own_packages, "large-of-english", WEIGHTS * 1_000_000 * 5, languages="en")
    english, german = preferred_packaged("en"), preferred_packaged("de")
    assert english is not None
    assert english.name == "large-of-english"
    assert german is None or german.languages == "many"


def test_models_in_packages_can_be_hidden(own_packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_model_package(own_packages, "ours", WEIGHTS)
    monkeypatch.setenv(packaged_models.SWITCH, "1")
    assert installed_models() == ()
    assert preferred_packaged("en") is None


def test_the_model_in_the_box_is_the_published_one() -> None:
    base = find_packaged("base")
    if base is None:
        pytest.skip("the extra `box` is not installed")
    assert base.official
    assert base.unpack().is_dir()
    assert base.is_intact()
