"""JSON Schemas of the board file and of the drivers, and their errors in the user's words.

The schemas use JSON Schema (2020-12) and a few annotations of Pegplan's own:
  x-field-type   how a value is written: address, size, frequency, u32, irq, bool, enum, device,
                 cpu_range (see `FieldType`)
  x-enum         the C++ enumeration, in arch::devices, of a property of type enum
  x-role         what the device that a property of type device names must be able to serve as
  x-class, x-header, x-roles, x-registers   of a driver: its class, header, roles and memory-mapped register blocks
  x-devicetree   of a driver: the `compatible` strings of nodes that it drives, or PATH:PROPERTY; of a property: what of the
                 node is its value (see DeviceTree.ask in scripts/pegplan_cli/board_tree.py)
  x-qemu         of a driver whose device no device tree shows: the architecture that has it in QEMU, and QEMU's arguments for it
  x-firmware     of a driver: whether it calls firmware, which then keeps memory for itself
  x-qemu-cpu     the property of QEMU's CPU that has the value
`examples` of a property begin with its usual value, which new board files get where nothing else is known.

Validation has two steps: values with `x-field-type` are converted (`24 MHz` becomes 24000000), then JSON Schema
judges the result, so that `minimum` and the like are in bytes and hertz.
"""
from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from ..errors import MISSPELT, BoardError, PegplanError, did_you_mean
from ..model import FieldType
from ..quantities import QuantityError, parse_address, parse_cpu_range, parse_frequency, parse_size, parse_u32
from ..sources import InputFile, Location, Places
from .yaml_tree import Entry, Mapping, Node, Scalar, Sequence

_PARSERS = {
    FieldType.ADDRESS: parse_address,
    FieldType.SIZE: parse_size,
    FieldType.FREQUENCY: parse_frequency,
    FieldType.U32: parse_u32,
    FieldType.IRQ: parse_u32,
    FieldType.CPU_RANGE: parse_cpu_range,
}

# What stands in a new board file for a value that nobody but a person can know.
TODO = "TODO"

_LACKS = re.compile(r" lacks `(\w+)`")

# How values of a type are written, as a remedy.
_FORMS = {
    "object": "write keys and values below it, indented: `key: value`", "array": "write it as a list: `[one, two]`, or a line `- …` for each",
    "string": "write a single text", "integer": "write a whole number", "boolean": "write `true` or `false`",
}

_JSON_TYPES = {"object": "a mapping of keys to values", "array": "a list", "string": "text", "boolean": "true or false"}


def load_schema(places: Places, path: Path) -> tuple[InputFile, dict]:
    """Reads a schema file."""
    file, text = places.read(path, "the schema")
    try:
        schema = json.loads(text)
    except json.JSONDecodeError as error:
        raise PegplanError(Location(file, error.lineno), f"not valid JSON: {error.msg}",
                           remedy="check this line and the one before it: a comma, a quote, a bracket") from None
    if not isinstance(schema, dict):
        raise PegplanError(Location(file, 1), "a schema is a JSON object")
    return file, schema


def judge(node: Node, schema: dict, path: str) -> tuple[object, list[BoardError]]:
    """The data of `node` and all its mistakes, the one to mend first at the head: values that cannot be read, then misspelt keys,
    since they make others missing, then by line. Where there are mistakes the data are not complete."""
    conversion = _Conversion()
    data = conversion.convert(node, schema, path)
    found: list[tuple[_Spot, BoardError]] = []
    for error in Draft202012Validator(schema).iter_errors(data):
        spot = _spot(error, node, path)
        if id(spot.node) not in conversion.failed:
            found += [(spot, explained) for explained in _explain(error, spot, schema)]
    meant = {(spot.path, error.remedy) for spot, error in found if error.remedy.startswith(MISSPELT)}
    errors = [error for spot, error in found if (spot.path, _misspelt_as(error)) not in meant]
    return data, [*conversion.errors, *sorted(errors, key=_order)]


def _misspelt_as(error: BoardError) -> str:
    """The remedy of the misspelt key that makes the key missing which `error` is about."""
    match = _LACKS.search(error.problem)
    return f"{MISSPELT} `{match[1]}`?" if match else ""


def _order(error: BoardError) -> tuple[bool, int]:
    """Misspelt keys first; then by line."""
    assert isinstance(error.where, Location)
    return not error.remedy.startswith(MISSPELT), error.where.line


def join(path: str, key: str | int) -> str:
    """The path of a child: `memory[0].base`."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


class _Conversion:
    """Makes plain data of a tree, with the values that have an `x-field-type` converted, and notes those that cannot be."""

    def __init__(self) -> None:
        self.errors: list[BoardError] = []
        self.failed: set[int] = set()         # the nodes, by identity

    def convert(self, node: Node, schema: object, path: str) -> object:
        """The data of `node`; None for what has a mistake."""
        schema = schema if isinstance(schema, dict) else {}
        if isinstance(node, Scalar) or "x-field-type" in schema:
            try:
                return _convert_value(node, schema, path)
            except BoardError as error:
                self.errors.append(error)
                self.failed.add(id(node))
                return None
        if isinstance(node, Mapping):
            known = schema.get("properties", {})
            other = schema.get("additionalProperties")
            return {
                key: self.convert(entry.value, known.get(key, other), join(path, key)) for key, entry in node.entries.items()
            }
        return [self.convert(item, schema.get("items"), join(path, number)) for number, item in enumerate(node.items)]


def _convert_value(node: Node, schema: dict, path: str) -> int | bool | str | tuple[int, int] | None:
    if not schema and isinstance(node, Scalar):
        return node.value                 # a property of a device: its driver's schema judges it
    if isinstance(node, Scalar) and node.text == TODO:
        raise BoardError(node.location, f"{TODO}: {path} is not filled in yet", facts=_expected(schema),
                         remedy=f"write the value where {TODO} stands")
    if "x-field-type" not in schema:
        assert isinstance(node, Scalar)
        if node.value is None:
            raise BoardError(
                node.location, f"{path} has no value", facts=_expected(schema), remedy="write the value, or remove the key"
            )
        return node.value
    kind = FieldType(schema["x-field-type"])
    if not isinstance(node, Scalar):
        found = "a list" if isinstance(node, Sequence) else "a mapping"
        raise BoardError(node.location, f"{path} is {found}", facts=_expected(schema), remedy="write a single value")
    if node.value is None:
        raise BoardError(node.location, f"{path} has no value", facts=_expected(schema), remedy="write the value")
    if kind in _PARSERS:
        try:
            value = _PARSERS[kind](node.text)
            if kind is FieldType.FREQUENCY and value == 0:
                raise QuantityError("is no frequency", "write 1 Hz or more")
            return value
        except QuantityError as error:
            raise BoardError(
                node.location, f"{path}: `{node.text}` {error}", facts=_expected(schema), remedy=error.remedy
            ) from None
    if kind is FieldType.BOOL and not isinstance(node.value, bool):
        raise BoardError(
            node.location, f"{path}: `{node.text}` is not a truth value", facts=_expected(schema),
            remedy="write `true` or `false`",
        )
    if kind in (FieldType.ENUM, FieldType.DEVICE) and not isinstance(node.value, str):
        raise BoardError(node.location, f"{path}: `{node.text}` is not a name", facts=_expected(schema),
                         remedy="write a name; in quotes, if it looks like a number")
    return node.value


def _expected(schema: object) -> list[tuple[str, str]]:
    description = schema.get("description") if isinstance(schema, dict) else None
    return [("expected", description)] if description else []


@dataclass(frozen=True)
class _Spot:
    """Where a violation is: the node, what it is called, and the line of its key."""

    node: Node
    path: str
    location: Location

    @property
    def name(self) -> str:
        return self.path or "the board file"

    @property
    def text(self) -> str:
        return self.node.text if isinstance(self.node, Scalar) else ""

    @property
    def shown(self) -> str:
        if isinstance(self.node, Scalar):
            return f"`{self.node.text}`"
        return "a list" if isinstance(self.node, Sequence) else "a mapping"


def _spot(error: ValidationError, node: Node, path: str) -> _Spot:
    location = node.location
    for step in error.absolute_path:
        if isinstance(node, Mapping):
            location, node = node.entries[step].key_location, node.entries[step].value
        elif isinstance(node, Sequence):
            node = node.items[step]
            location = node.location
        path = join(path, step)
    return _Spot(node, path, location)


def _explain(error: ValidationError, spot: _Spot, root_schema: dict) -> list[BoardError]:
    """A violation with the line at fault, what was expected and what to do; of keys that are unknown, one for each."""
    schema = error.schema if isinstance(error.schema, dict) else {}
    if isinstance(spot.node, Mapping):
        if "propertyNames" in error.absolute_schema_path:
            return [BoardError(spot.node.entries[error.instance].key_location,
                               f"{spot.name}: `{error.instance}` cannot be a name here", facts=_expected(schema),
                               remedy="rename it")]
        if error.validator == "additionalProperties":
            return _unknown_keys(spot, spot.node, list(schema.get("properties", {})))
        if error.validator == "required":
            # A conditional `required` stands beside the properties, not with them.
            properties = schema.get("properties") or root_schema.get("properties", {})
            # JSON Schema has an error for each missing key, and names it in its message alone.
            missing = next((key for key in error.validator_value if error.message.startswith(f"'{key}'")), "")
            return [BoardError(spot.node.removed.get(missing, spot.location), f"{spot.name} lacks `{missing}`",
                               facts=_expected(properties.get(missing)),
                               remedy="write its value, it cannot be removed by `null`" if missing in spot.node.removed
                               else f"add a line `{missing}: …`")]
    return [_wrong_value(error, spot, _expected(schema))]


def _unknown_keys(spot: _Spot, mapping: Mapping, known: list[str]) -> list[BoardError]:
    within = f" in {spot.path}" if spot.path else ""
    return [
        BoardError(entry.key_location, f"unknown key `{key}`{within}",
                   remedy=_remedy_for_inherited(entry, mapping) or did_you_mean(key, known) or "remove it")
        for key, entry in mapping.entries.items() if key not in known
    ]


def _remedy_for_inherited(entry: Entry, mapping: Mapping) -> str:
    """What to do about a key of a board file that another one extends, and for whose own values it is right."""
    if entry.key_location.file.path == mapping.location.file.path:
        return ""
    return f"write `{entry.key}: null` at {mapping.location.shown}, which takes it out of what is extended"


def _wrong_value(error: ValidationError, spot: _Spot, expected: list[tuple[str, str]]) -> BoardError:
    limit = error.validator_value
    if error.validator == "enum":
        values = [str(value) for value in limit]
        return BoardError(spot.location, f"{spot.name} is {spot.shown}",
                          facts=expected or [("expected", " or ".join(values))], remedy=did_you_mean(spot.text, values))
    if error.validator == "type":
        wanted = _JSON_TYPES.get(str(limit), str(limit)) + "".join(f": {text}" for _, text in expected)
        remedy = "put it in quotes" if limit == "string" and isinstance(spot.node, Scalar) else _FORMS.get(str(limit), "")
        return BoardError(spot.location, f"{spot.name} is {spot.shown}", facts=[("expected", wanted)], remedy=remedy)
    if error.validator == "minimum":
        return BoardError(spot.location, f"{spot.name}: {spot.shown} is below the least value, {limit}",
                          facts=expected, remedy=f"write {limit} or more")
    if error.validator == "maximum":
        return BoardError(spot.location, f"{spot.name}: {spot.shown} is above the largest value, {limit}",
                          facts=expected, remedy=f"write {limit} or less")
    if error.validator in ("minItems", "minLength"):
        return BoardError(spot.location, f"{spot.name} is empty", facts=expected, remedy="write at least one")
    if error.validator == "maxItems":
        return BoardError(spot.location, f"{spot.name} has {len(error.instance)} entries, more than {limit}", facts=expected,
                          remedy=f"write {limit} or fewer")
    return BoardError(spot.location, f"{spot.name}: {spot.shown} is not what is expected here", facts=expected,
                      remedy=f"write something that matches {limit}" if error.validator == "pattern" else "write what is expected")
