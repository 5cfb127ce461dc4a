"""Names and literals of C++."""
from __future__ import annotations

from ..model import Option, OptionKind
from ..quantities import DURATIONS

CPP_KEYWORDS = frozenset(
    "alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class compl "
    "concept const consteval constexpr constinit const_cast continue co_await co_return co_yield decltype default "
    "delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline int long "
    "mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public register "
    "reinterpret_cast requires return short signed sizeof static static_assert static_cast struct switch template this "
    "thread_local throw true try typedef typeid typename union unsigned using virtual void volatile wchar_t while xor "
    "xor_eq".split()
)

# Decimal numbers from here on get digit separators.
_SEPARATE_FROM = 10_000
_LEAST = -(1 << 63)


def type_name(key: str) -> str:
    """`sifive_test` as CamelCase."""
    return "".join(part[:1].upper() + part[1:] for part in key.split("_"))


def duration_of(option: Option) -> str:
    """The suffix of a duration; "" for other options."""
    if option.kind is not OptionKind.INT:
        return ""
    return next((suffix for suffix in DURATIONS if option.name.endswith(suffix)), "")


def constant_name(option: Option) -> str:
    """The option's constant in namespace pegplan::config."""
    return option.name.removesuffix(duration_of(option)).lower()


def decimal(value: int) -> str:
    """A decimal literal, with digit separators when it is large. The least number has none: C++ negates a positive one."""
    if value == _LEAST:
        return f"({decimal(_LEAST + 1)} - 1)"
    return f"{value:,}".replace(",", "'") if abs(value) >= _SEPARATE_FROM else str(value)


def string(text: str) -> str:
    """A string literal. Question marks are escaped because two of them begin what once was a trigraph."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "?": "\\?"}
    return '"' + "".join(escapes.get(character, character) for character in text) + '"'
