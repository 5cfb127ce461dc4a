"""One pure function from the model to texts for each kind of output."""
from __future__ import annotations

from ..model import Model
from .board_headers import emit_arch, emit_cpus, emit_devices, emit_memory_map, emit_numa
from .build_files import (
    board_kconfig, emit_board_kconfig, emit_cmake, emit_dotconfig, emit_linker_script, emit_run, manifest,
)
from .config_headers import emit_bindings, emit_subsystems
from .image_files import image_manifest, stamps
from .render import Output

__all__ = ["Output", "board_kconfig", "emit_all"]

EMITTERS = (
    emit_subsystems,
    emit_bindings,
    emit_arch,
    emit_cpus,
    emit_memory_map,
    emit_numa,
    emit_devices,
    emit_linker_script,
    emit_cmake,
    emit_run,
    emit_dotconfig,
    emit_board_kconfig,
)


def emit_all(model: Model) -> list[Output]:
    """Every output for the model, the manifest last."""
    outputs = [output for emitter in EMITTERS for output in emitter(model)]
    outputs += [stamps(outputs), image_manifest(model, outputs)]
    return [*outputs, manifest(model, outputs)]
