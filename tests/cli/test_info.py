"""`pegplan info` on what is no image, and on images whose manifest is missing or damaged."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from pegplan_cli import image_info
from pegplan_cli.errors import PegplanError
from pegplan_cli.sizes import find_image

MANIFEST = {"format": 1, "board": "b", "arch": "a", "profile": "default", "version": "1", "compiler": "GNU 12", "config_hash": "c",
            "options": {"CPUS": 2, "SMP": True}, "assigned": {"CPUS": "--set CPUS=2"}, "inputs": {"Kconfig": "0" * 64}}


@pytest.fixture
def image(tmp_path: Path):
    """An ELF file with some bytes as manifest; None for none."""

    def make(data: bytes | None) -> Path:
        source, path = tmp_path / "empty.s", tmp_path / "image.elf"
        source.write_text("")
        subprocess.run(["as", source, "-o", path], check=True)
        if data is not None:
            (tmp_path / "data").write_bytes(data)
            subprocess.run(["objcopy", "--add-section", f"{image_info.SECTION}={tmp_path / 'data'}", path], check=True)
        return path

    return make


def complaint(path: Path) -> str:
    """What is said of a file."""
    with pytest.raises(PegplanError) as raised:
        image_info.run_info(path, False)
    return str(raised.value)


def test_a_manifest_is_shown(image, capsys):
    assert image_info.run_info(image(json.dumps(MANIFEST).encode()), False) == 0
    out = capsys.readouterr().out
    assert "board          b\n" in out and "  CPUS=2  --set CPUS=2\n" in out and f"  {'0' * 16}  Kconfig\n" in out
    assert image_info.run_info(image(json.dumps({**MANIFEST, "assigned": {}}).encode()), False) == 0
    assert "all at their defaults" in capsys.readouterr().out


def test_errors(image, tmp_path):
    text = tmp_path / "text"
    text.write_text("no image")
    assert "text is not an image" in complaint(text) and "name an ELF file" in complaint(text)
    assert "does not exist" in complaint(tmp_path / "absent")
    assert "there is no pegplan.elf" in complaint(tmp_path)
    assert "IMAGE_MANIFEST" in complaint(image(None))
    assert "damaged" in complaint(image(b"{ not json"))
    assert "damaged" in complaint(image(b"[]"))
    lacking = {key: value for key, value in MANIFEST.items() if key != "inputs"}
    assert "it lacks inputs" in complaint(image(json.dumps(lacking).encode()))
    assert "has form 9" in complaint(image(json.dumps({**MANIFEST, "format": 9}).encode()))
    cut = tmp_path / "cut.elf"
    cut.write_bytes(Path(shutil.which("true") or "").read_bytes()[:40])
    assert "is not an image" in complaint(cut)
    assert find_image(text) == text
