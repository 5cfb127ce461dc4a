"""Sizes, frequencies, durations and addresses as people write them."""
from __future__ import annotations

import re

SIZE_UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
FREQUENCY_UNITS = {"Hz": 1, "kHz": 1_000, "MHz": 1_000_000, "GHz": 1_000_000_000}

# Suffixes of int options that give a unit, and the type of std::chrono that carries it.
DURATIONS = {"_US": "microseconds", "_MS": "milliseconds", "_NS": "nanoseconds"}

MAX_UNSIGNED_64 = (1 << 64) - 1
MAX_UNSIGNED_32 = (1 << 32) - 1

_QUANTITY = re.compile(r"([0-9]+) ?([A-Za-z]+)")
_HEX = re.compile(r"0[xX][0-9a-fA-F]+")
_DECIMAL = re.compile(r"0|[1-9][0-9]*")


class QuantityError(ValueError):
    """Text that is not the quantity expected; the message says what it lacks, `remedy` how to write it."""

    def __init__(self, problem: str, remedy: str = ""):
        super().__init__(problem)
        self.remedy = remedy


def _with_unit(text: str, units: dict[str, int], what: str, example: str) -> int:
    if _DECIMAL.fullmatch(text):
        nearest = next(iter(units))
        raise QuantityError("has no unit", f"write `{text} {nearest}`, or another of the units {', '.join(units)}")
    match = _QUANTITY.fullmatch(text)
    if not match:
        raise QuantityError(f"is not a {what}", f"write a whole number and a unit, as in `{example}`")
    number, unit = match.groups()
    if unit not in units:
        near = next((known for known in units if known.lower() == unit.lower()), "")
        if not near and units is SIZE_UNITS:
            near = {"kb": "KiB", "k": "KiB", "mb": "MiB", "m": "MiB", "gb": "GiB", "g": "GiB"}.get(unit.lower(), "")
        hint = f"did you mean `{number} {near}`?" if near else f"units of a {what} are {', '.join(units)}"
        raise QuantityError(f"has the unknown unit `{unit}`", hint)
    value = int(number) * units[unit]
    if value > MAX_UNSIGNED_64:
        raise QuantityError("does not fit in 64 bits", "write a smaller number")
    return value


def _hex(text: str, limit: int) -> int:
    value = int(text, 16)
    if value > limit:
        raise QuantityError(f"does not fit in {limit.bit_length()} bits", f"the largest is {limit:#x}")
    return value


def parse_size(text: str) -> int:
    """Bytes: a whole number with a unit (`126 MiB`) or a hexadecimal number (`0x1000`)."""
    if _HEX.fullmatch(text):
        return _hex(text, MAX_UNSIGNED_64)
    return _with_unit(text, SIZE_UNITS, "size", "126 MiB")


def parse_frequency(text: str) -> int:
    """Hertz: a whole number with a unit (`24 MHz`)."""
    return _with_unit(text, FREQUENCY_UNITS, "frequency", "24 MHz")


def parse_address(text: str) -> int:
    """An address: a hexadecimal number of at most 64 bits."""
    if _HEX.fullmatch(text):
        return _hex(text, MAX_UNSIGNED_64)
    if _DECIMAL.fullmatch(text):
        raise QuantityError("is an address in decimal", f"write it in hexadecimal: `{int(text):#x}`")
    raise QuantityError("is not an address", "write a hexadecimal number, as in `0x10000000`")


def parse_u32(text: str) -> int:
    """A number of 32 bits, decimal or hexadecimal."""
    if _HEX.fullmatch(text):
        return _hex(text, MAX_UNSIGNED_32)
    if not _DECIMAL.fullmatch(text):
        raise QuantityError("is not a number", "write a whole number, as in `27` or `0x1b`")
    if int(text) > MAX_UNSIGNED_32:
        raise QuantityError("does not fit in 32 bits", f"the largest is {MAX_UNSIGNED_32}")
    return int(text)


def parse_cpu_range(text: str) -> tuple[int, int]:
    """The first and the last CPU of a range: `0-31`, or `5` for one alone."""
    first, dash, last = text.partition("-")
    if not _DECIMAL.fullmatch(first) or (dash and not _DECIMAL.fullmatch(last)):
        raise QuantityError("is not a range of CPUs", "write a number, or the first and the last one, as in `0-31`")
    low, high = parse_u32(first), parse_u32(last or first)
    if high < low:
        raise QuantityError("is a range that ends before it begins", f"write `{high}-{low}`")
    return low, high


def _format(value: int, units: dict[str, int]) -> str:
    unit = next(name for name, factor in reversed(units.items()) if value % factor == 0 and (value or factor == 1))
    return f"{value // units[unit]} {unit}"


def format_size(value: int) -> str:
    """`value` bytes in the largest unit that divides them; `parse_size` reads it back."""
    return _format(value, SIZE_UNITS)


def format_frequency(value: int) -> str:
    """`value` hertz in the largest unit that divides them; `parse_frequency` reads it back."""
    return _format(value, FREQUENCY_UNITS)
