"""What the generator emits, file by file: `pytest tests/generator --update-golden` writes the expected texts anew."""
from __future__ import annotations

from pathlib import Path

import pytest

BOARD_NAMES = ("qemu-aarch64-virt", "qemu-riscv64-virt", "qemu-x86_64-q35")


@pytest.mark.parametrize("name", BOARD_NAMES)
def test_board(name: str, build, compare, read_files, tmp_path: Path) -> None:
    build(name)
    compare(name, read_files(tmp_path / "build/generated"))


def test_profile(build, compare, read_files, tmp_path: Path) -> None:
    build("qemu-riscv64-virt", profile="minimal", settings=["MAX_THREADS=9"])
    texts = read_files(tmp_path / "build/generated")
    compare("minimal", {path: text for path, text in texts.items() if "config" in path})


def test_every_kind_of_option(small_tree, compare, read_files, tmp_path: Path) -> None:
    app = tmp_path / "my_app"
    app.mkdir()
    (app / "Kconfig").write_text('config APP_SPEED\n\tint "Speed"\n\trange 1 9\n\tdefault 3\n')
    (app / "app.config").write_text("# Its own.\nCONFIG_APP_SPEED=7\nCONFIG_MODE_B=y\nCONFIG_ADDRESS=0xABC\n")
    build_dir = tmp_path / "out"
    small_tree.generate(build_dir, app=app, settings=["LABEL=from the command line"])
    (build_dir / "user.config").write_text("CONFIG_WAIT_MS=7\n")
    small_tree.generate(build_dir, app=app, settings=["LABEL=from the command line"])
    texts = read_files(build_dir / "generated")
    compare("options", {path: text for path, text in texts.items() if path.startswith(("pegplan/config/", ".config"))})


def test_templates_are_all_used(root: Path) -> None:
    sources = "".join(path.read_text() for path in (root / "generator/emit").glob("*.py"))
    for template in (root / "templates").rglob("*.j2"):
        assert f'"{template.relative_to(root / "templates").as_posix()}"' in sources


def test_templates_decide_nothing(root: Path) -> None:
    for template in (root / "templates").rglob("*.j2"):
        text = template.read_text()
        for word in ("{% if", "{% set", "{% macro", "{% include", "{%- if", " if ", "|"):
            assert word not in text or not any(word in tag for tag in _tags(text)), f"{template.name}: {word}"


def _tags(text: str) -> list[str]:
    return [part.split("%}")[0].split("}}")[0] for part in text.replace("{{", "{%").split("{%")[1:]]
