"""What an image knows of itself: the stamps that its objects must bear, and the manifest that it carries."""
from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from ..model import Model, Option, OptionKind
from .build_files import all_inputs
from .render import MARK, Output, render

IMAGE_MANIFEST = "image.json"
FORMAT = 1
"""Of the manifest; a reader knows up to which it understands."""


def stamps(outputs: Sequence[Output]) -> Output:
    """stamps.ld: the symbols of the present headers, for the linker. Without a list of inputs: as long as the headers say the same
    nothing is linked anew."""
    return Output("stamps.ld", render("stamps.ld.j2", mark=MARK, stamps=_stamps(outputs)))


def _stamps(outputs: Sequence[Output]) -> list[str]:
    return sorted(output.stamp for output in outputs if output.stamp)


def image_manifest(model: Model, outputs: Sequence[Output]) -> Output:
    """image.json: the manifest, but for what only the build knows (scripts/cmake/PegplanManifest.cmake adds it)."""
    configuration = model.configuration
    generator = "".join(f"{file.name} {file.sha256}\n" for file in model.own_files)
    data = {
        "generator": MARK,
        "format": FORMAT,
        "board": model.board.name,
        "arch": model.board.arch,
        "profile": model.profile,
        "settings": list(model.settings),
        "config_hash": hashlib.sha256("\n".join(_stamps(outputs)).encode()).hexdigest(),
        "options": {option.name: _value(option) for option in configuration.options if not option.unmet},
        "assigned": {option.name: option.origin.stable for option in configuration.options if option.origin},
        "inputs": {file.name: file.sha256 for file in sorted(all_inputs(model), key=lambda file: file.name)},
        "generator_hash": hashlib.sha256(generator.encode()).hexdigest(),
    }
    return Output(IMAGE_MANIFEST, json.dumps(data, indent=1) + "\n")


def _value(option: Option) -> bool | int | str:
    return f"{option.value:#x}" if option.kind is OptionKind.HEX else option.value
