"""Device trees of a test's own, written with libfdt."""

from __future__ import annotations


def device_tree_bytes(nodes: dict, reserved: tuple[tuple[int, int], ...] = ()) -> bytes:
    """The bytes of a .dtb file: `nodes` has properties (a number, a list of them, or a text) and nodes (a mapping); `reserved` has
    bases and sizes of memory."""
    import libfdt

    def cells(numbers: list[int]) -> bytes:
        return b"".join(number.to_bytes(4, "big") for number in numbers)

    def add(contents: dict) -> None:
        for name, value in contents.items():
            if isinstance(value, dict):
                tree.begin_node(name)
                add(value)
                tree.end_node()
            elif isinstance(value, str):
                tree.property_string(name, value)
            else:
                tree.property(name, cells(value if isinstance(value, list) else [value]))

    tree = libfdt.FdtSw()
    for base, size in reserved:
        tree.add_reservemap_entry(base, size)
    tree.finish_reservemap()
    tree.begin_node("")
    add(nodes)
    tree.end_node()
    return bytes(tree.as_fdt().as_bytearray())
