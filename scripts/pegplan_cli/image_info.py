"""What an image says of itself: the manifest that it carries in a section that is not loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Mapping

from .errors import PegplanError
from .sizes import find_image

SECTION = ".pegplan.manifest"
FORMAT = 1
"""The newest form of manifests that is understood here; generator/emit/image_files.py writes it."""
_SHOWN_DIGITS = 16
_REQUIRED = ("board", "arch", "profile", "version", "compiler", "config_hash", "options", "assigned", "inputs")


def read_manifest(image: Path) -> dict[str, Any]:
    """The manifest of an ELF file. Raises a PegplanError when the file is none, or has none that can be read."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        with image.open("rb") as file:
            section = ELFFile(file).get_section_by_name(SECTION)
            data = None if section is None else section.data()
    except ELFError as error:
        raise PegplanError(f"{image} is not an image: {error}; name an ELF file, or the folder of a build") from error
    except OSError as error:
        raise PegplanError(f"{image}: cannot read it: {error.strerror}") from error
    if not data:
        raise PegplanError(f"{image} has no manifest (section {SECTION}): it was built without IMAGE_MANIFEST, or stripped, or "
                           "is no image of Pegplan; build it with --set IMAGE_MANIFEST=y")
    return _parse(image, data)


def _parse(image: Path, data: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(data)
        version = manifest["format"]
        if version == FORMAT and any(key not in manifest for key in _REQUIRED):
            raise ValueError("it lacks " + ", ".join(key for key in _REQUIRED if key not in manifest))
    except (ValueError, TypeError, KeyError) as error:
        raise PegplanError(f"the manifest of {image} is damaged ({error}); build the image anew") from error
    if version != FORMAT:
        raise PegplanError(f"the manifest of {image} has form {version}, and this version of Pegplan reads form {FORMAT}; use the "
                           "version that built the image")
    return manifest


def run_info(path: Path, as_json: bool) -> int:
    """Prints the manifest of an image, or of the one in a build folder."""
    manifest = read_manifest(find_image(path))
    print(json.dumps(manifest, indent=2) if as_json else "\n".join(_lines(manifest)))
    return 0


def _lines(manifest: Mapping[str, Any]) -> list[str]:
    rows = [(name, str(manifest[key])) for name, key in (
        ("board", "board"), ("architecture", "arch"), ("profile", "profile"), ("version", "version"), ("compiler", "compiler"),
        ("configuration", "config_hash"))]
    lines = [f"{name:<14} {value}" for name, value in rows]
    assigned = manifest["assigned"]
    lines += ["", "options that were set" if assigned else "options        all at their defaults"]
    lines += _columns([(f"{name}={_shown(manifest['options'].get(name))}", origin) for name, origin in assigned.items()])
    lines += ["", "inputs, with the begin of their SHA-256"]
    lines += _columns([(digest[:_SHOWN_DIGITS], name) for name, digest in manifest["inputs"].items()])
    return lines


def _shown(value: object) -> str:
    """A value as Kconfig writes it."""
    return {True: "y", False: "n"}[value] if isinstance(value, bool) else str(value)


def _columns(rows: list[tuple[str, str]]) -> list[str]:
    width = max((len(first) for first, _ in rows), default=0)
    return [f"  {first:<{width}}  {second}" for first, second in rows]
