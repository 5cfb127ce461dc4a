"""The drivers: one schema file each in config/schema/devices, named after the driver."""
from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ..errors import MISSPELT, BoardError, PegplanError, suggestion
from ..model import MMIO, Device, DeviceReference, Driver, Field, FieldType, MemoryRegion
from ..sources import InputFile, Location, Places
from .schema import TODO, judge, load_schema
from .yaml_tree import Entry, Mapping, Scalar


@dataclass(frozen=True)
class DriverSchema:
    """A driver with the schema of its properties."""

    driver: Driver
    schema: dict


class DriverCatalogue:
    """The drivers that exist; a schema is read when a device uses it."""

    def __init__(self, places: Places):
        self._places = places
        self._folder = places.tree / "config" / "schema" / "devices"
        self._loaded: dict[str, DriverSchema] = {}

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(path.stem for path in self._folder.glob("*.json")))

    @property
    def used(self) -> tuple[Driver, ...]:
        """The drivers that were asked for, by name."""
        return tuple(self._loaded[name].driver for name in sorted(self._loaded))

    def find(self, name: str) -> DriverSchema:
        if name not in self._loaded:
            file, schema = load_schema(self._places, self._folder / f"{name}.json")
            self._loaded[name] = DriverSchema(_driver(name, file, schema), schema)
        return self._loaded[name]

    def device(self, entry: Entry) -> tuple[Device | None, list[BoardError]]:
        """The device that `entry` of `devices:` describes, or what is wrong with it. An entry without a driver is the board
        schema's to complain of."""
        body = entry.value
        driver_node = body.get("driver") if isinstance(body, Mapping) else None
        if not isinstance(body, Mapping) or not isinstance(driver_node, Scalar) or driver_node.text in ("", TODO):
            return None, []
        name = driver_node.text
        path = f"devices.{entry.key}"
        if name not in self.names:
            near = suggestion(name, self.names)
            return None, [BoardError(
                driver_node.location, f"{path}.driver: there is no driver `{name}`",
                facts=[("drivers", ", ".join(self.names))],
                remedy=f"{MISSPELT} `{near}`?" if near
                else "use one of these, or add one: a header in arch/devices, a schema in config/schema/devices",
            )]
        known = self.find(name)
        properties = Mapping({key: value for key, value in body.entries.items() if key != "driver"}, entry.key_location, body.removed)
        data, errors = judge(properties, known.schema, path)
        if errors:
            return None, errors
        assert isinstance(data, dict)
        return _device(entry, known, properties, data), []


def _driver(name: str, file: InputFile, schema: dict) -> Driver:
    for key in ("x-class", "x-header", "x-roles"):
        if key not in schema:
            raise PegplanError(Location(file, 1), f"the schema of driver `{name}` lacks `{key}`",
                               remedy="look at another file of that folder")
    kinds = [kind.value for kind in FieldType]
    for key, details in schema.get("properties", {}).items():
        if not isinstance(details, dict) or details.get("x-field-type") not in kinds:
            raise PegplanError(Location(file, 1), f"the schema of driver `{name}`: property `{key}` has no `x-field-type` that there is",
                               remedy=f"write one of {', '.join(kinds)}")
    return Driver(name, schema["x-class"], schema["x-header"], tuple(schema["x-roles"]),
                  tuple(schema.get("x-selects", ())), file)


def _device(entry: Entry, known: DriverSchema, properties: Mapping, data: dict) -> Device:
    """The typed device: members in the schema's order, references to other devices, register blocks."""
    fields: list[Field] = []
    references: list[DeviceReference] = []
    for name, schema in known.schema.get("properties", {}).items():
        kind = FieldType(schema["x-field-type"])
        if name in data:
            value, location = data[name], properties.entries[name].value.location
        elif "default" in schema:
            value, location = schema["default"], Location(known.driver.file, 0)
        else:
            continue
        if kind is FieldType.DEVICE:
            references.append(DeviceReference(name, value, schema.get("x-role", ""), location))
        else:
            fields.append(Field(name, kind, value, schema.get("x-enum", ""), location))
    return Device(
        key=entry.key,
        driver=known.driver,
        fields=tuple(fields),
        references=tuple(references),
        registers=tuple(_registers(entry.key, known.schema.get("x-registers", []), properties, data)),
        location=entry.key_location,
    )


def _registers(key: str, blocks: list[dict], properties: Mapping, data: dict) -> list[MemoryRegion]:
    """The register blocks in memory: each of `x-registers` names the properties that hold base and size."""
    regions = []
    for block in blocks:
        base, size = block["base"], block["size"]
        if base not in data or size not in data:
            continue
        if any(data.get(name) != value for name, value in block.get("when", {}).items()):
            continue
        name = key if "suffix" not in block else f"{key}_{block['suffix']}"
        base_at = properties.entries[base].value.location
        size_at = properties.entries[size].value.location
        regions.append(MemoryRegion(name, MMIO, data[base], data[size], base_at, base_at, size_at))
    return regions
