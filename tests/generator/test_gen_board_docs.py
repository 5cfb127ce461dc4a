"""docs/boards.md says what the schema of board files says, and its examples are boards: `--update-golden` writes the table anew."""
from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import generator

_BEGIN, _END = re.compile(r"<!-- keys: .* -->\n"), "<!-- end of keys -->\n"

_FORMS = {
    "address": "address", "size": "size", "frequency": "frequency", "u32": "number", "irq": "number", "bool": "true or false",
    "cpu_range": "number or range",
}


def _form(schema: dict) -> str:
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if "x-field-type" in schema:
        return _FORMS[schema["x-field-type"]]
    if schema.get("type") == "array":
        item = _form(schema.get("items", {}))
        return f"list of {item}s" if item in ("text", "number") else f"list: {item}"
    return {"object": "mapping", "string": "text", "integer": "number"}[schema["type"]]


def _rows(schema: dict, path: str = "") -> Iterator[tuple[str, str, str, str]]:
    """A row for each key: path, form, whether it is needed, what it is."""
    for key, details in schema.get("properties", {}).items():
        name = f"{path}{key}"
        conditional = schema.get("then", {}).get("required", [])
        needed = "yes" if key in schema.get("required", []) else "in QEMU" if key in conditional else ""
        yield name, _form(details), needed, details["description"]
        yield from _rows(details, f"{name}.")
        yield from _rows(details.get("items", {}), f"{name}[].")
        if isinstance(details.get("additionalProperties"), dict):
            yield f"{name}.NAME", "mapping", "", details["additionalProperties"]["description"]
            yield from _rows(details["additionalProperties"], f"{name}.NAME.")


def _table(root: Path) -> str:
    schema = json.loads((root / "config/schema/board.schema.json").read_text())
    lines = ["| key | written as | needed | what it is |", "|---|---|---|---|"]
    lines += [f"| `{name}` | {form} | {needed} | {what.replace('|', chr(92) + '|')} |" for name, form, needed, what in _rows(schema)]
    return "\n".join(lines) + "\n"


def test_the_table_of_keys_is_the_schema(root: Path, request: pytest.FixtureRequest) -> None:
    page = root / "docs/boards.md"
    text = page.read_text()
    begin = _BEGIN.search(text)
    assert begin and text.count(_END) == 1
    if request.config.getoption("--update-golden", default=False):
        text = text[:begin.end()] + _table(root) + text[text.index(_END):]
        page.write_text(text)
    assert text[begin.end():text.index(_END)] == _table(root), "--update-golden writes it anew"


def test_the_variant_of_the_page_is_a_board(root: Path, tmp_path: Path) -> None:
    example = next(block for block in re.findall(r"```yaml\n(.*?)```", (root / "docs/boards.md").read_text(), re.DOTALL)
                   if "extends:" in block)
    (tmp_path / "boards/mine").mkdir(parents=True)
    (tmp_path / "boards/mine/board.yaml").write_text(example)
    board = generator.find_board("mine", [tmp_path / "boards"])
    assert [(region.name, region.size >> 20) for region in board.memory] == [("ram", 64), ("more", 64)]
    assert (board.cpu_count, board.device("gic").driver.name) == (8, "gicv2")


def test_the_commands_of_the_page_are_commands(root: Path) -> None:
    from pegplan_cli.cli import _parser

    commands = re.findall(r"^ *scripts/pegplan (board new [^|]*?|board check [\w-]+ .*?|run .*?)(?: +#.*)?$",
                          (root / "docs/boards.md").read_text(), re.MULTILINE)
    assert len(commands) >= 4
    for command in commands:
        if "NAME" not in command:
            _parser().parse_args(command.split())
