"""JSON Schemas of the board file and of the drivers, and their errors in the user's words.

The schemas use JSON Schema (2020-12) and a few annotations of Pegplan's own:
  x-field-type   how a value is written: address, size, frequency, u32, irq, bool, enum, device,
                 cpu_range (see `FieldType`)
  x-enum         the C++ enumeration, in arch::devices, of a property of type enum
  x-role         what the device that a property of type device names must be able to serve as
  x-class, x-header, x-roles, x-registers   of a driver: its class, header, roles and memory-mapped register blocks

Validation has two steps: values with `x-field-type` are converted (`24 MHz` becomes 24000000), then JSON Schema
judges the result, so that `minimum` and the like are in bytes and hertz.
"""
from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from ..errors import MISSPELT, BoardError, PegplanError, did_you_mean
from ..model import FieldType
from ..quantities import QuantityError, parse_address, parse_cpu_range, parse_frequency, parse_size, parse_u32
from ..sources import InputFile, Location, Places
from .yaml_tree import Mapping, Node, Scalar, Sequence

_PARSERS = {
    FieldType.ADDRESS: parse_address,
    FieldType.SIZE: parse_size,
    FieldType.FREQUENCY: parse_frequency,
    FieldType.U32: parse_u32,
    FieldType.IRQ: parse_u32,
    FieldType.CPU_RANGE: parse_cpu_range,
}

_JSON_TYPES = {"object": "a mapping of keys to values", "array": "a list", "string": "text", "boolean": "true or false"}


def load_schema(places: Places, path: Path) -> tuple[InputFile, dict]:
    """Reads a schema file."""
    file, text = places.read(path, "the schema")
    try:
        schema = json.loads(text)
    except json.JSONDecodeError as error:
        raise PegplanError(Location(file, error.lineno), f"not valid JSON: {error.msg}") from None
    if not isinstance(schema, dict):
        raise PegplanError(Location(file, 1), "a schema is a JSON object")
    return file, schema


def validate(node: Node, schema: dict, path: str) -> object:
    """The data of `node`, converted and judged. `path` names the node in messages ("devices.uart0"; "" for the root).

    Raises a BoardError for the first mistake in the file.
    """
    data = _convert(node, schema, path)
    errors = [_explain(error, node, path, schema) for error in Draft202012Validator(schema).iter_errors(data)]
    if errors:
        raise min(errors, key=_order)
    return data


def _order(error: BoardError) -> tuple[bool, int]:
    """Misspelt keys first, since they make others missing; then by line."""
    assert isinstance(error.where, Location)
    return not error.remedy.startswith(MISSPELT), error.where.line


def join(path: str, key: str | int) -> str:
    """The path of a child: `memory[0].base`."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def _convert(node: Node, schema: object, path: str) -> object:
    """Plain data of `node`, with the values that have an `x-field-type` converted."""
    schema = schema if isinstance(schema, dict) else {}
    if "x-field-type" in schema:
        return _convert_value(node, schema, path)
    if isinstance(node, Mapping):
        known = schema.get("properties", {})
        other = schema.get("additionalProperties")
        return {
            key: _convert(entry.value, known.get(key, other), join(path, key)) for key, entry in node.entries.items()
        }
    if isinstance(node, Sequence):
        return [_convert(item, schema.get("items"), join(path, number)) for number, item in enumerate(node.items)]
    if node.value is None:
        raise BoardError(
            node.location, f"{path} has no value", facts=_expected(schema), remedy="write the value, or remove the key"
        )
    return node.value


def _convert_value(node: Node, schema: dict, path: str) -> int | bool | str | tuple[int, int]:
    kind = FieldType(schema["x-field-type"])
    if not isinstance(node, Scalar):
        found = "a list" if isinstance(node, Sequence) else "a mapping"
        raise BoardError(node.location, f"{path} is {found}", facts=_expected(schema), remedy="write a single value")
    if node.value is None:
        raise BoardError(node.location, f"{path} has no value", facts=_expected(schema), remedy="write the value")
    if kind in _PARSERS:
        try:
            return _PARSERS[kind](node.text)
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
        raise BoardError(node.location, f"{path}: `{node.text}` is not a name", facts=_expected(schema))
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


def _explain(error: ValidationError, root: Node, root_path: str, root_schema: dict) -> BoardError:
    """A violation with the line at fault, what was expected and what to do."""
    spot = _spot(error, root, root_path)
    schema = error.schema if isinstance(error.schema, dict) else {}
    if isinstance(spot.node, Mapping):
        if "propertyNames" in error.absolute_schema_path:
            return BoardError(spot.node.entries[error.instance].key_location,
                              f"{spot.name}: `{error.instance}` cannot be a name here", facts=_expected(schema))
        if error.validator == "additionalProperties":
            return _unknown_key(spot, spot.node, list(schema.get("properties", {})))
        if error.validator == "required":
            # A conditional `required` stands beside the properties, not with them.
            properties = schema.get("properties") or root_schema.get("properties", {})
            missing = next((key for key in error.validator_value if key not in spot.node.entries), "")
            return BoardError(spot.location, f"{spot.name} lacks `{missing}`",
                              facts=_expected(properties.get(missing)), remedy=f"add a line `{missing}: …`")
    return _wrong_value(error, spot, _expected(schema))


def _unknown_key(spot: _Spot, mapping: Mapping, known: list[str]) -> BoardError:
    unknown = next(entry for key, entry in mapping.entries.items() if key not in known)
    within = f" in {spot.path}" if spot.path else ""
    return BoardError(unknown.key_location, f"unknown key `{unknown.key}`{within}",
                      remedy=did_you_mean(unknown.key, known) or "remove it")


def _wrong_value(error: ValidationError, spot: _Spot, expected: list[tuple[str, str]]) -> BoardError:
    limit = error.validator_value
    if error.validator == "enum":
        values = [str(value) for value in limit]
        return BoardError(spot.location, f"{spot.name} is {spot.shown}",
                          facts=expected or [("expected", " or ".join(values))], remedy=did_you_mean(spot.text, values))
    if error.validator == "type":
        wanted = _JSON_TYPES.get(str(limit), str(limit)) + "".join(f": {text}" for _, text in expected)
        remedy = "put it in quotes" if limit == "string" and isinstance(spot.node, Scalar) else ""
        return BoardError(spot.location, f"{spot.name} is {spot.shown}", facts=[("expected", wanted)], remedy=remedy)
    if error.validator == "minimum":
        return BoardError(spot.location, f"{spot.name}: {spot.shown} is below the least value, {limit}",
                          facts=expected, remedy=f"write {limit} or more")
    if error.validator == "maximum":
        return BoardError(spot.location, f"{spot.name}: {spot.shown} is above the largest value, {limit}",
                          facts=expected, remedy=f"write {limit} or less")
    if error.validator in ("minItems", "minLength"):
        return BoardError(spot.location, f"{spot.name} is empty", facts=expected, remedy="write at least one")
    return BoardError(spot.location, f"{spot.name}: {spot.shown} is not what is expected here", facts=expected)
