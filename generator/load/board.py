"""Board files: finding them, reading one into a `Board`."""
from __future__ import annotations

from collections.abc import Mapping as MappingOf
from pathlib import Path

from ..errors import BoardError, PegplanError, did_you_mean
from ..model import (
    Board, CpuRange, Device, DeviceTree, Distance, MemoryRegion, NodeMemory, Numa, NumaNode, Process, Role, Run,
)
from ..sources import Location, Places, shown_path
from .drivers import DriverCatalogue
from .extends import BOARD_FILE, BoardTree, read_board_tree
from .schema import judge, load_schema
from .yaml_tree import Mapping, Node, Sequence


def board_folders(places: Places) -> dict[str, Path]:
    """The folders of all boards by name: those of the tree and of each board root."""
    found: dict[str, Path] = {}
    for root in (places.tree / "boards", *places.board_roots):
        if not root.is_dir():
            raise PegplanError(None, f"there is no folder {shown_path(root)} to look for boards in",
                               remedy="a board root is a folder that holds <board>/board.yaml")
        for path in sorted(root.glob(f"*/{BOARD_FILE}")):
            name = path.parent.name
            if name in found:
                raise PegplanError(
                    None, f"two boards are called `{name}`",
                    facts=[("first", shown_path(found[name])), ("second", shown_path(path.parent))],
                    remedy="rename one of the two folders",
                )
            found[name] = path.parent
    return found


def known_arches(tree: Path) -> tuple[str, ...]:
    """The architectures: the folders of arch/ that hold an `arch.cmake` or a `port.hpp`."""
    return tuple(sorted(
        path.name for path in (tree / "arch").iterdir()
        if (path / "arch.cmake").is_file() or (path / "port.hpp").is_file()
    ))


def load_board(places: Places, name: str) -> Board:
    """Reads the board `name`. Raises a PegplanError that says what is wrong and where."""
    folders = board_folders(places)
    board, mistakes = read_board_file(places, board_file(folders, name), folders)
    if mistakes:
        raise mistakes[0]
    assert board is not None
    return board


def board_file(folders: MappingOf[str, Path], name: str) -> Path:
    """The file of a board, by its name."""
    if name not in folders:
        raise PegplanError(None, f"there is no board `{name}`",
                           remedy=did_you_mean(name, folders) or "--board-root DIR adds a folder of boards")
    return folders[name] / BOARD_FILE


def read_board_file(
    places: Places, path: Path, folders: MappingOf[str, Path]
) -> tuple[Board | None, list[PegplanError]]:
    """The board that a file describes; or all that the schemas have against it, the mistake to mend first at the head.

    Raises a PegplanError for a file that cannot be read at all, or extends something that cannot be. `folders` are those of
    the boards that it may extend.
    """
    tree = read_board_tree(places, path, folders)
    root = tree.root
    _, schema = load_schema(places, places.tree / "config" / "schema" / "board.schema.json")
    data, judged = judge(root, schema, "")
    mistakes: list[PegplanError] = list(judged)
    assert isinstance(data, dict)

    arches = known_arches(places.tree)
    if isinstance(data.get("arch"), str) and data["arch"] not in arches:
        mistakes.append(BoardError(_at(root, "arch"), f"arch: there is no architecture `{data['arch']}`",
                                   remedy=did_you_mean(data["arch"], arches)))

    catalogue = DriverCatalogue(places)
    devices = []
    device_nodes = root.get("devices")
    for entry in device_nodes.entries.values() if isinstance(device_nodes, Mapping) else ():
        device, errors = catalogue.device(entry)
        mistakes += errors
        devices += [device] if device else []
    if not mistakes and "run" in data:
        mistakes += _process_mistakes(root, data["run"])
    if mistakes:
        return None, mistakes
    return _board(places, path.parent.name, tree, data, tuple(devices), arches, catalogue), []


def _board(places: Places, name: str, tree: BoardTree, data: dict, devices: tuple[Device, ...], arches: tuple[str, ...],
           catalogue: DriverCatalogue) -> Board:
    root = tree.root
    role_nodes = root.entries["roles"].value
    assert isinstance(role_nodes, Mapping)
    roles = tuple(Role(key, data["roles"][key], entry.value.location) for key, entry in role_nodes.entries.items())
    return Board(
        name=name,
        description=data["description"],
        arch=data["arch"],
        cpu_count=data["cpus"]["count"],
        cpu_first_id=data["cpus"].get("first_id", 0),
        cpu_cluster_size=data["cpus"].get("cluster_size", data["cpus"]["count"]),
        cpu_cluster_stride=data["cpus"].get("cluster_stride", data["cpus"].get("cluster_size", data["cpus"]["count"])),
        memory=_memory(root, data["memory"]),
        numa=_numa(root, data["numa"]) if "numa" in data else None,
        devices=devices,
        roles=roles,
        run=_run(places, tree, data["run"]) if "run" in data else None,
        files=tree.files,
        description_location=_at(root, "description"),
        arch_location=_at(root, "arch"),
        cpu_count_location=_at(root, "cpus", "count"),
        cpus_location=root.entries["cpus"].key_location,
        memory_location=root.entries["memory"].key_location,
        roles_location=root.entries["roles"].key_location,
        known_arches=arches,
        drivers=catalogue.used,
    )


def _at(node: Node, *keys: str) -> Location:
    """Where the value behind the keys stands."""
    for key in keys:
        assert isinstance(node, Mapping)
        node = node.entries[key].value
    return node.location


def _run(places: Places, tree: BoardTree, data: dict) -> Run | Process:
    node = tree.root.entries["run"].value
    assert isinstance(node, Mapping)
    if "command" in data:
        return _process(node, data)
    arguments = node.get("arguments")
    return Run(
        qemu=data["qemu"],
        machine=data["machine"],
        machine_location=_at(node, "machine"),
        cpu=data["cpu"],
        arguments=tuple(data.get("arguments", ())),
        argument_locations=tuple(item.location for item in arguments.items) if isinstance(arguments, Sequence) else (),
        cpus=data.get("cpus", 1),
        memory=data.get("memory"),
        memory_location=_at(node, "memory") if "memory" in data else node.location,
        device_tree=_device_tree(places, tree, node, data),
        threads=data.get("threads"),
        exit_status=data["exit_status"],
        exit_status_location=_at(node, "exit_status"),
    )


def _process_mistakes(root: Mapping, data: dict) -> list[PegplanError]:
    """What a board that runs by a command says of QEMU."""
    node = root.entries["run"].value
    assert isinstance(node, Mapping)
    if "command" not in data:
        return []
    command_at = node.entries["command"].key_location
    return [
        BoardError(node.entries[key].key_location, f"run.{key} is for boards that QEMU emulates",
                   facts=[("but", f"{command_at.seen_from(node.entries[key].key_location)} gives a command")],
                   remedy="remove one of the two")
        for key in ("qemu", "machine", "cpu", "cpus", "memory", "device_tree", "threads", "arguments") if key in data
    ]


def _device_tree(places: Places, tree: BoardTree, node: Mapping, data: dict) -> DeviceTree | None:
    """The device tree that the machine is given: a file beside the board file, or beside one that it extends."""
    if "device_tree" not in data:
        return None
    paths = [file.path.parent / data["device_tree"] for file in tree.files]
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        raise BoardError(_at(node, "device_tree"), f"run.device_tree: there is no file `{data['device_tree']}` beside the board file",
                         remedy="put it there, or write the name of one that is")
    return DeviceTree(*places.read(path, "the device tree"))


def _process(node: Mapping, data: dict) -> Process:
    command = node.get("command")
    assert isinstance(command, Sequence)
    return Process(
        command=tuple(data["command"]),
        command_locations=tuple(item.location for item in command.items),
        exit_status=data["exit_status"],
        exit_status_location=_at(node, "exit_status"),
    )


def _memory(root: Mapping, data: list[dict]) -> tuple[MemoryRegion, ...]:
    nodes = root.entries["memory"].value
    assert isinstance(nodes, Sequence)
    return tuple(
        MemoryRegion(values["name"], values["kind"], values["base"], values["size"],
                     node.location, _at(node, "base"), _at(node, "size"))
        for node, values in zip(nodes.items, data)
    )


def _numa(root: Mapping, data: dict) -> Numa:
    entry = root.entries["numa"].value
    assert isinstance(entry, Mapping)
    nodes, rows = entry.entries["nodes"].value, entry.entries["distances"].value
    assert isinstance(nodes, Sequence) and isinstance(rows, Sequence)
    return Numa(
        nodes=tuple(_numa_node(node, values) for node, values in zip(nodes.items, data["nodes"])),
        distances=tuple(
            tuple(Distance(value, item.location) for item, value in zip(_items(row), values))
            for row, values in zip(rows.items, data["distances"])
        ),
        row_locations=tuple(row.location for row in rows.items),
        nodes_location=entry.entries["nodes"].key_location,
        distances_location=entry.entries["distances"].key_location,
    )


def _numa_node(node: Node, data: dict) -> NumaNode:
    assert isinstance(node, Mapping)
    return NumaNode(
        cpus=tuple(CpuRange(first, last, item.location)
                   for item, (first, last) in zip(_items(node.get("cpus")), data.get("cpus", ()))),
        memory=tuple(NodeMemory(name, item.location)
                     for item, name in zip(_items(node.get("memory")), data.get("memory", ()))),
        location=node.location,
    )


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else ()
