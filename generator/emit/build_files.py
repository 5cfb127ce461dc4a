"""Files for the build and its tools: linker script, CMake, QEMU command, .config, the board's Kconfig, manifest."""
from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from ..model import Board, Configuration, Model, Option, OptionKind, Process, Run
from ..numa import qemu_arguments, qemu_nodes, qemu_size
from ..quantities import SIZE_UNITS, format_size
from ..sources import InputFile
from .render import MARK, Input, Output, banner, render

IMAGE_MARKER = "{image}"
STATUS_FILE_MARKER = "{status_file}"
ISO_MARKER = "{iso}"
MARKERS = (IMAGE_MARKER, ISO_MARKER, STATUS_FILE_MARKER)
DEVICE_TREE_MARKER = "{device_tree}"   # in run.json alone: a board file names the source
DEVICE_TREE = "device-tree.dts"
MANIFEST = "manifest.json"
CMAKE_FILE = "pegplan.cmake"


def _configuration_inputs(configuration: Configuration) -> list[InputFile]:
    return [*configuration.fragments, *configuration.kconfig_files]


def all_inputs(model: Model) -> list[InputFile]:
    """What decides about an image, besides the sources: the board file, schemas of drivers, fragments and the menu."""
    board = model.board
    tree = board.run.device_tree if isinstance(board.run, Run) else None
    files = [*board.files, *([tree.file] if tree else ()),
             *(driver.file for driver in board.drivers), *_configuration_inputs(model.configuration)]
    return list({file.path: file for file in files}.values())


def emit_linker_script(model: Model) -> list[Output]:
    """linker.ld: the image in the first RAM region, and the rest of that region as arena. The image of a process is where the
    linker puts programs; all of the region is its arena."""
    board, region = model.board, model.board.ram[0]
    opening = [f"The linker script of {board.name}."]
    text = render(
        "process.ld.j2" if board.is_process else "linker.ld.j2",
        banner=banner(opening, map(Input.of, board.files), prefix=" *").replace(" *", "/*", 1) + "\n */",
        base=f"{region.base:#x}",
        end=f"{region.end:#x}",
        size=format_size(region.size),
        name=region.name,
        base_location=region.base_location.stable,
        size_location=region.size_location.stable,
    )
    return [Output("linker.ld", text)]


def emit_cmake(model: Model) -> list[Output]:
    """pegplan.cmake: the options and inputs for CMake. The one generated file with paths of the machine."""
    board, configuration = model.board, model.configuration
    inputs = list({file.path: file for file in [*all_inputs(model), *model.own_files]}.values())
    text = render(
        "pegplan.cmake.j2",
        banner=banner([f"What the build needs to know of {board.name} and its configuration."],
                      map(Input.of, all_inputs(model)), prefix="#"),
        arch=_cmake_string(board.arch),
        board=_cmake_string(board.name),
        options=[f"set(CONFIG_{option.name} {_cmake_value(option)})" for option in configuration.options],
        tree=_cmake_string(model.tree),
        inputs=[_cmake_path(model.tree, file) for file in inputs],
    )
    return [Output(CMAKE_FILE, text)]


def _cmake_value(option: Option) -> str:
    if option.kind is OptionKind.BOOL:
        return "ON" if option.value else "OFF"
    if option.kind is OptionKind.HEX:
        return f"{option.value:#x}"
    return _cmake_string(str(option.value)) if option.kind is OptionKind.STRING else str(option.value)


def _cmake_string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'


def _cmake_path(tree: str, file: InputFile) -> str:
    if file.path.is_relative_to(tree):
        return '"${PEGPLAN_TREE}' + _cmake_string("/" + file.path.relative_to(tree).as_posix())[1:]
    return _cmake_string(str(file.path))


def emit_run(model: Model) -> list[Output]:
    """run.json: how to start the image; and the device tree that is given to the firmware, if one is."""
    board = model.board
    if board.run is None:
        return []
    data = {
        "generator": MARK,
        "inputs": {file.name: file.sha256 for file in board.files},
        "board": board.name,
        "arch": board.arch,
        "description": board.description,
        "command": list(board.run.command) if isinstance(board.run, Process) else qemu_command(model),
        "exit_status": board.run.exit_status,
        "is_process": board.is_process,
    }
    outputs = [Output("run.json", json.dumps(data, indent=2, ensure_ascii=False) + "\n")]
    if isinstance(board.run, Run) and board.run.device_tree:
        tree = board.run.device_tree
        head = banner([f"The device tree that the machine of {board.name} is given."], [Input.of(tree.file)])
        outputs.append(Output(DEVICE_TREE, f"{head}\n{tree.text}"))
    return outputs


def qemu_command(model: Model) -> list[str]:
    """QEMU's command line, with markers where the runner puts file names."""
    board = model.board
    run = board.run
    assert isinstance(run, Run)
    command = [
        run.qemu,
        "-machine", run.machine,
        "-cpu", run.cpu,
        "-smp", str(max(run.cpus, board.cpu_first_id + len(qemu_nodes(board, model.image_cpus)))),
        "-m", qemu_size(run.memory or sum(region.size for region in board.memory)),   # reserved or not
        *qemu_arguments(board, model.image_cpus),
        "-display", "none",
        "-serial", "stdio",
        "-monitor", "none",
        "-no-reboot",
        *(["-dtb", DEVICE_TREE_MARKER] if run.device_tree else []),
        *run.arguments,
    ]
    if run.threads is not None and model.image_cpus > run.threads:
        command += ["-accel", "tcg,thread=single"]
    if not any(marker in argument for argument in run.arguments for marker in (IMAGE_MARKER, ISO_MARKER)):
        command += ["-kernel", IMAGE_MARKER]
    return command


def emit_dotconfig(model: Model) -> list[Output]:
    """.config: the complete configuration in Kconfig's syntax."""
    configuration = model.configuration
    groups: dict[str, list[str]] = {}
    for option in configuration.options:
        if option.fragment_line:
            groups.setdefault(option.declared.file.name, []).append(option.fragment_line)
    text = render(
        "dotconfig.j2",
        banner=banner([f"The configuration of {model.board.name}, profile {model.profile}."],
                      map(Input.of, [*model.board.files, *_configuration_inputs(configuration)]), prefix="#"),
        groups=[(name, lines) for name, lines in groups.items()],
    )
    return [Output(".config", text)]


def board_kconfig(board: Board) -> Output:
    """Kconfig.board: the board's facts as hidden options, read by the root Kconfig. Made before it is parsed."""
    def symbol(name: str, kind: str, default: str) -> list[str]:
        return [f"config {name}", f"\t{kind}", f"\tdefault {default}", ""]

    lines = []
    for arch in board.known_arches:
        lines += symbol(f"ARCH_{arch.upper()}", "bool", "y" if arch == board.arch else "n")
    lines += symbol("ARCH", "string", f'"{board.arch}"')
    lines += symbol("BOARD_CPU_COUNT", "int", str(board.cpu_count))
    lines += symbol("BOARD_RAM_KIB", "int", str(board.ram_bytes // SIZE_UNITS["KiB"]))
    for driver in board.drivers:
        if driver.selects:
            lines += [f"config BOARD_DRIVER_{driver.name.upper().replace('-', '_')}", "\tbool", "\tdefault y",
                      *(f"\tselect {name}" for name in driver.selects), ""]
    text = render(
        "Kconfig.board.j2",
        banner=banner([f"Facts of {board.name} that options may depend on."], map(Input.of, board.files), prefix="#"),
        lines=lines[:-1],
    )
    return Output("Kconfig.board", text)


def emit_board_kconfig(model: Model) -> list[Output]:
    """Kconfig.board once more, so that it counts among the outputs."""
    return [board_kconfig(model.board)]


def manifest(model: Model, outputs: Sequence[Output]) -> Output:
    """manifest.json: outputs and inputs with their hashes; no hash of pegplan.cmake, which has paths of the machine."""
    inputs = {file.name: file.sha256 for file in [*all_inputs(model), *model.own_files]}
    hashes = {output.path: hashlib.sha256(output.text.encode()).hexdigest() for output in outputs}
    data = {
        "generator": MARK,
        "board": model.board.name,
        "arch": model.board.arch,
        "profile": model.profile,
        "settings": list(model.settings),
        "inputs": dict(sorted(inputs.items())),
        "outputs": dict(sorted({**hashes, CMAKE_FILE: None}.items())),
    }
    return Output(MANIFEST, json.dumps(data, indent=2, ensure_ascii=False) + "\n")
