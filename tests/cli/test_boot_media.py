"""What some boards boot from besides an ELF file: CD images and device trees."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pegplan_cli.boards import all_boards
from pegplan_cli.device_tree import compile_device_tree
from pegplan_cli.errors import PegplanError
from pegplan_cli.iso import iso_of
from pegplan_cli.packages import DEVICE_TREE_COMPILER, ISO_NEEDS


def test_what_is_missing_is_told(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    image = tmp_path / "image.elf"
    image.write_bytes(b"")
    with pytest.raises(PegplanError, match=r"tools that are not installed: grub-common,.* xorriso \(scripts/pegplan setup"):
        iso_of(image)
    with pytest.raises(PegplanError, match="device-tree-compiler is not installed"):
        compile_device_tree(tmp_path / "machine.dts", tmp_path / "machine.dtb")


def test_boards_say_what_they_need() -> None:
    needs = {name: board.optional_needs for name, board in all_boards().items() if board.optional_needs}
    assert needs == {"qemu-riscv64-icicle": (DEVICE_TREE_COMPILER,), "qemu-x86_64-pc-iso": ISO_NEEDS}


def test_a_wrong_device_tree_is_told(tmp_path: Path) -> None:
    if not DEVICE_TREE_COMPILER.present():
        pytest.skip("device-tree-compiler is not installed")
    source = tmp_path / "machine.dts"
    source.write_text("/dts-v1/;\n/ { broken \n")
    with pytest.raises(PegplanError, match=r"machine\.dts is no device tree: .*machine\.dts:[23]"):
        compile_device_tree(source, tmp_path / "machine.dtb")


def test_a_cd_image_is_made_once(tmp_path: Path) -> None:
    if not all(need.present() for need in ISO_NEEDS):
        pytest.skip("the tools for CD images are not installed")
    image = tmp_path / "image.elf"
    image.write_bytes(b"the image")
    iso = iso_of(image)
    written = iso.stat().st_mtime_ns
    assert iso_of(image) == iso == tmp_path / "image.iso" and iso.stat().st_mtime_ns == written
    xorriso = shutil.which("xorriso")
    assert xorriso is not None
    subprocess.run([xorriso, "-osirrox", "on", "-indev", str(iso), "-extract", "/boot/pegplan.elf", str(tmp_path / "copy")],
                   check=True, capture_output=True)
    assert (tmp_path / "copy").read_bytes() == b"the image"
