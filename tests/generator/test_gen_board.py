"""Board files: each mistake that a person can make, with the line and the remedy that the message gives."""
from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import generator
from generator.model import FieldType

RISCV, X86, ARM = "qemu-riscv64-virt", "qemu-x86_64-q35", "qemu-aarch64-virt"


@pytest.fixture
def load(root: Path, tmp_path: Path) -> Callable[..., generator.Result]:
    """Loads a board whose text is that of `base` with one piece replaced (or a whole text)."""

    def of(base: str = RISCV, old: str = "", new: str = "", text: str | None = None):
        source = (root / "boards" / base / "board.yaml").read_text()
        if text is None:
            assert old == "" or source.count(old) == 1, f"{old!r} is there {source.count(old)} times"
            text = source.replace(old, new) if old else source
        path = tmp_path / "boards/mine/board.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return generator.find_board("mine", [tmp_path / "boards"])

    return of


# Old text, new text, where the error is (a text that occurs once in the changed file, in the line at fault), message.
MISTAKES = {
    # ---- YAML ----
    "tab": ("  uart0:", "\tuart0:", "\tuart0:", "a tab in the indentation, which YAML does not allow"),
    "bracket": ("[-bios, default]", "[-bios, default", "exit_status",
                "not valid YAML: did not find expected ',' or ']'"),
    "quote": ("description: QEMU", 'description: "QEMU', "description:",
              "not valid YAML: found unexpected end of stream"),
    "duplicate key": ("    baud: 115200", "    baud: 115200\n    baud: 9600", "baud: 9600",
                      "the key `baud` stands here a second time\n  first:  line "),
    "duplicate device": ("  power:", "  uart0:", None, "the key `uart0` stands here a second time"),
    "anchor": ("count: 64", "count: &one 1", "count:", "`&one`: anchors and aliases are not used"),
    "alias": ("count: 64", "count: *one", "count:", "`*one`: anchors and aliases are not used"),
    "merge key": ("count: 64", "<<: {count: 1}", "<<", "merge keys are not used"),
    "tag": ("count: 64", "count: !!int 1", "count:", "tags are not used"),
    "no key": ("count: 64", '"": 1', '"": 1', "a key is empty"),
    "list as key": ("count: 64", "[a, b]: 1", "[a, b]", "a list or mapping cannot be a key"),
    "second document": ("run:", "---\nrun:", "---", "a second YAML document begins here"),
    # ---- keys ----
    "misspelt key": ("cpus:", "cpu:", None, "unknown key `cpu`\n  remedy: did you mean `cpus`?"),
    "unknown key": ("arch:", "sockets: 2\narch:", "sockets", "unknown key `sockets`\n  remedy: known are: extends, description, arch"),
    "missing key": ("cpus:\n  count: 64", "", None, "the board file lacks `cpus`\n  expected: the CPUs"),
    "missing property": ("    baud: 115200\n", "", "uart0:\n",
                         "devices.uart0 lacks `baud`\n  expected: bits per second"),
    "missing for this access": ("    size: 0x100\n", "", "uart0:\n",
                                "devices.uart0 lacks `size`\n  expected: how many"),
    "misspelt property": ("    baud:", "    baut:", "baut", "unknown key `baut` in devices.uart0\n"
                                                            "  remedy: did you mean `baud`?"),
    "missing role": ("  timer: timer\n", "", "roles:", "roles lacks `timer`"),
    "misspelt role": ("  console: uart0", "  consol: uart0", "consol:", "did you mean `console`?"),
    "no driver": ("    driver: sbi-timer\n", "", "  timer:\n    freq", "devices.timer lacks `driver`"),
    # ---- values ----
    "unknown arch": ("arch: riscv64", "arch: riscv", "arch:", "there is no architecture `riscv`\n"
                                                              "  remedy: did you mean `riscv64`?"),
    "unknown driver": ("ns16550", "ns16650", "ns16650", "devices.uart0.driver: there is no driver `ns16650`\n"),
    "unknown driver far": ("ns16550", "zx81", "zx81", "remedy:  use one of these, or add one"),
    "unknown kind": ("kind: ram", "kind: rom", "kind: rom", "memory[1].kind is `rom`\n"),
    "unknown access": ("access: mmio", "access: mimo", "mimo", "devices.uart0.access is `mimo`\n"),
    "unknown exit status": ("exit_status: process", "exit_status: file", "exit_status", "run.exit_status is `file`"),
    "no CPU": ("count: 64", "count: 0", "count:", "cpus.count: `0` is below the least value, 1"),
    "half a CPU": ("count: 64", "count: 0.5", "count:", "cpus.count: `0.5` is not a number"),
    "negative": ("count: 64", "count: -1", "count:", "cpus.count: `-1` is not a number"),
    "shift too large": ("    baud:", "    reg_shift: 4\n    baud:", "reg_shift", "`4` is above the largest value, 3"),
    "frequency without unit": ("3686400 Hz", "3686400", "clock:", "devices.uart0.clock: `3686400` has no unit\n"),
    "frequency unit": ("10 MHz", "10 Mhz", "10 Mhz", "`10 Mhz` has the unknown unit `Mhz`\n"
                                                     "  expected: the frequency of the `time` counter\n"
                                                     "  remedy:   did you mean `10 MHz`?"),
    "frequency far": ("10 MHz", "10 s", "10 s", "units of a frequency are Hz, kHz, MHz, GHz"),
    "fraction": ("10 MHz", "1.5 MHz", "1.5 MHz", "is not a frequency"),
    "size without unit": ("126 MiB", "126", "size: 126", "memory[1].size: `126` has no unit"),
    "size unit": ("126 MiB", "126 MB", "126 MB", "did you mean `126 MiB`?"),
    "size far": ("126 MiB", "99999999999 TiB", "99999999999 TiB", "does not fit in 64 bits"),
    "size zero": ("126 MiB", "0 MiB", "0 MiB", "memory region `ram` has size zero"),
    "registers of size zero": ("    size: 0x1000\n", "    size: 0x0\n", "0x0\n", "device `power` has size zero"),
    "address in decimal": ("0x10000000", "268435456", "268435456", "is an address in decimal\n"),
    "address word": ("0x10000000", "here", "base: here", "`here` is not an address"),
    "address beyond 64 bits": ("0x10000000", "0x10000000000000000", "0x10000000000000000", "does not fit in 64 bits\n"),
    "end beyond 64 bits": ("base: 0x00100000", "base: 0xfffffffffffff800", "size: 0x1000",
                           "register block of device `power` ends beyond 64 bits"),
    "memory beyond 64 bits": ("base: 0x80200000", "base: 0xffffffffffff0000", "126 MiB",
                              "memory region `ram` ends beyond 64 bits"),
    "truth word": ("sstc: false", "sstc: no", "sstc:", "`no` is not a truth value\n"),
    "truth in quotes": ("sstc: false", 'sstc: "false"', "sstc:", "`false` is not a truth value"),
    "number for text": ("cpu: rv64", "cpu: 64", "cpu: 64", "run.cpu is `64`\n  expected: text: the value of -cpu\n"
                                                           "  remedy:   put it in quotes"),
    "no value": ("arch: riscv64", "arch:", "arch:", "arch has no value"),
    "no value for a property": ("clock: 3686400 Hz", "clock:", "clock:", "devices.uart0.clock has no value"),
    "list for a value": ("count: 64", "count: [1]", "count:", "cpus.count is a list"),
    "mapping for a value": ("clock: 3686400 Hz", "clock: {a: 1}", "clock:", "devices.uart0.clock is a mapping"),
    "list for a mapping": ("  count: 64", "  - count: 64", "cpus:", "cpus is a list\n  expected: a mapping"),
    "text for a list": ("[-bios, default]", "-bios default", "arguments:", "run.arguments is `-bios default`"),
    "empty text": ("machine: virt", 'machine: ""', "machine:", "run.machine is empty"),
    "device in upper case": ("  uart0:", "  Uart0:", "Uart0:", "devices: `Uart0` cannot be a name here"),
    "region with blank": ("name: firmware", "name: firm ware", "firm ware", "memory[0].name: `firm ware` is not what"),
    "no memory": (None, None, "memory:", "memory is empty"),
    # ---- one value against another ----
    "overlap": ("base: 0x80200000", "base: 0x80100000", "0x80100000",
                "memory region `ram` overlaps memory region `firmware`\n"
                "  this:   0x80100000 to 0x87efffff (126 MiB)\n"
                "  other:  0x80000000 to 0x801fffff (2 MiB), line 11"),
    "registers in memory": ("base: 0x10000000", "base: 0x80300000", "0x80300000",
                            "register block of device `uart0` overlaps memory region `ram`"),
    "registers in registers": ("base: 0x10000000", "base: 0x00100800", "base: 0x00100000",
                               "register block of device `power` overlaps register block of device `uart0`"),
    "no RAM": ("kind: ram", "kind: reserved", "memory:", "no memory region is of kind ram"),
    "two regions of one name": ("name: firmware", "name: ram", "- name: ram\n    kind: ram",
                                "a second memory region is called `ram`"),
    "role of no device": ("exit: power", "exit: pover", "pover", "roles.exit: there is no device `pover`\n"
                                                                 "  remedy: did you mean `power`?"),
    "role that it cannot play": ("exit: power", "exit: uart0", "exit: uart0",
                                 "roles.exit: `uart0` cannot serve as exit\n"
                                 "  driver: ns16550 serves as console\n"
                                 "  remedy: name one that can: power"),
    "two devices of one class": ("  power:",
                                 "  uart_0:\n    driver: sifive-test\n    base: 0x0\n    size: 4 KiB\n  power:",
                                 "uart_0:", "devices `uart0` and `uart_0` would both be class Uart0"),
    # ---- more that people write ----
    "two values in a line": ("arch: riscv64", "arch: riscv64 cpus: 4", "arch:", "not valid YAML: mapping values are not allowed"),
    "no blank behind a colon": ("arch: riscv64", "arch:riscv64", "arch:riscv64", "`arch:riscv64` has no blank behind its `:`\n"
                              "  remedy: write `arch: riscv64`"),
    "indented too far": ("arch: riscv64", "  arch: riscv64", "arch:", "not valid YAML: "),
    "indented too little": ("    base: 0x10000000", "  base: 0x10000000", None, "not valid YAML: mapping values are not allowed"),
    "open single quote": ("arch: riscv64", "arch: 'riscv64", "arch:", "is not one line of text that can be shown\n"
                       "  remedy: remove line breaks and control characters; close the quote"),
    "percent sign": ("arch: riscv64", "arch: %riscv64", "arch:", "not valid YAML: found character that cannot start any token"),
    "not filled in": ("10 MHz", "TODO", "TODO", "TODO: devices.timer.frequency is not filled in yet\n"
                      "  expected: the frequency of the `time` counter\n  remedy:   write the value where TODO stands"),
    "driver not filled in": ("driver: sbi-timer", "driver: TODO", "TODO", "TODO: devices.timer.driver is not filled in yet"),
    "arch not filled in": ("arch: riscv64", "arch: TODO", "TODO", "TODO: arch is not filled in yet\n"),
    "no frequency": ("10 MHz", "0 Hz", "0 Hz", "devices.timer.frequency: `0 Hz` is no frequency\n"),
    "no speed": ("baud: 115200", "baud: 0", "baud", "devices.uart0.baud: `0` is below the least value, 1"),
    "speed beyond 32 bits": ("baud: 115200", "baud: 4294967296", "baud", "`4294967296` does not fit in 32 bits\n"),
    "more CPUs than a number": ("count: 64", "count: 99999999999", "count", "cpus.count: `99999999999` does not fit in 32 bits"),
    "number with separators": ("count: 64", "count: 1_000", "count", "cpus.count: `1_000` is not a number"),
    "octal": ("count: 64", "count: 010", "count", "cpus.count: `010` is not a number"),
    "address without 0x": ("base: 0x10000000", "base: 1000abcd", "1000abcd", "`1000abcd` is not an address"),
    "address with separators": ("base: 0x10000000", "base: 0x1000_0000", "0x1000_0000", "`0x1000_0000` is not an address"),
    "negative address": ("base: 0x10000000", "base: -0x1000", "-0x1000", "`-0x1000` is not an address"),
    "negative size": ("126 MiB", "-126 MiB", "-126", "memory[1].size: `-126 MiB` is not a size"),
    "size in decimals": ("126 MiB", "1.5 MiB", "1.5", "memory[1].size: `1.5 MiB` is not a size"),
    "RAM between pages": ("base: 0x80200000", "base: 0x80200010", "0x80200010",
                          "memory region `ram` is RAM and begins at 0x80200010, no multiple of a page\n"
                          "  page:   0x1000 bytes\n  remedy: write 0x80201000"),
    "RAM of half a page": ("126 MiB", "0x1800", "0x1800", "has the size 0x1800, no multiple of a page\n  page:   0x1000 bytes\n"
                                                          "  remedy: write 0x1000"),
    "RAM of less than a page": ("126 MiB", "512 B", "512 B", "remedy: write 0x1000 or more, or remove the region"),
    "region that is text": ("  - name: firmware", "  - firmware\n  - name: firmware", "- firmware", "memory[0] is `firmware`\n"
                            "  expected: a mapping of keys to values"),
    "region without name": ("  - name: firmware\n    kind", "  - kind", "- kind: reserved", "memory[0] lacks `name`"),
    "misspelt key of a region": ("    kind: ram", "    kynd: ram", "kynd", "unknown key `kynd` in memory[1]\n"
                                                                          "  remedy: did you mean `kind`?"),
    "misspelt key of run": ("  machine: virt", "  machin: virt", "machin:", "unknown key `machin` in run\n"
                                                                           "  remedy: did you mean `machine`?"),
    "misspelt key of cpus": ("count: 64", "cuont: 64", "cuont", "did you mean `count`?"),
    "device without a body": ("  power:\n    driver: sifive-test\n    base: 0x00100000\n    size: 0x1000\n", "  power:\n", "power:\n",
                              "devices.power"),
    "device that is text": ("  uart0:", "  spare: ns16550\n  uart0:", "spare", "devices.spare is `ns16550`\n"
                            "  expected: a mapping of keys to values: a mapping with `driver`"),
    "devices as a list": ("  uart0:\n", "  - uart0:\n", None, "not valid YAML"),
    "role that is a number": ("exit: power", "exit: 5", "exit: 5", "roles.exit is `5`\n"),
    "two roles of one name": ("  exit: power", "  exit: power\n  exit: power", None, "the key `exit` stands here a second time"),
    "number among arguments": ("[-bios, default]", "[-smp, 4]", "-smp", "run.arguments[1] is `4`\n"),
    "threads of text": ("  threads: 2", "  threads: many", "threads:", "run.threads is `many`\n  expected: integer: up to how many"),
    "no threads": ("  threads: 2", "  threads: 0", "threads:", "run.threads: `0` is below the least value, 1"),
    "extends itself by chance": ("arch:", "extends: mine\narch:", "extends", "boards extend each other in a circle: mine -> mine"),
    "unknown marker": ("[-bios, default]", '[-bios, "{bios}"]', "{bios}", "nobody fills in the marker `{bios}`"),
    "status file that nobody writes": ("exit_status: process", "exit_status: status-file", "exit_status",
                                       "run.exit_status is `status-file`, but no argument names that file"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name: str, load, mistake, root: Path, tmp_path: Path) -> None:
    old, new, at, expected = MISTAKES[name]
    if old is None:
        source = (root / "boards" / RISCV / "board.yaml").read_text()
        message = mistake(load, text=re.sub(r"memory:\n(  .*\n)+", "memory: []\n", source))
    else:
        message = mistake(load, RISCV, old, new)
    path = tmp_path / "boards/mine/board.yaml"
    assert expected in message
    assert "\n  remedy:" in message
    match = re.match(re.escape(str(path)) + r":(\d+): ", message)
    assert match, message
    if at is not None:
        text = path.read_text()
        assert text.count(at) >= 1
        lines = {text.count("\n", 0, found.start()) + 1 for found in re.finditer(re.escape(at), text)}
        assert int(match.group(1)) in lines, message


@pytest.mark.parametrize("base, old, new, at, expected", [
    (X86, "calibrate_with: pit", "calibrate_with: uart0", "calibrate_with",
     "devices.lapic.calibrate_with: `uart0` cannot serve as reference clock\n"),
    (X86, "calibrate_with: pit", "calibrate_with: pti", "calibrate_with",
     "devices.lapic.calibrate_with: there is no device `pti`\n  remedy: did you mean `pit`?"),
    (X86, "calibrate_with: pit", "calibrate_with: 5", "calibrate_with",
     "devices.lapic.calibrate_with: `5` is not a name"),
    (ARM, "    irq: 27", "    irq: 27\n  other:\n    driver: arm-generic-timer\n    frequency: 1 MHz\n    irq: 0x1b",
     "irq: 0x1b", "devices.other.irq: interrupt 27 is taken\n  by:     device `timer`, line "),
])
def test_mistake_on_other_boards(
    base: str, old: str, new: str, at: str, expected: str, load, mistake, tmp_path: Path
) -> None:
    message = mistake(load, base, old, new)
    text = (tmp_path / "boards/mine/board.yaml").read_text()
    assert expected in message
    assert f"board.yaml:{text.count(chr(10), 0, text.index(at)) + 1}: " in message


@pytest.mark.parametrize("text, expected", [
    ("", ":1: the file is empty"),
    ("# nothing\n", ":1: the file is empty"),
    ("- a\n", ":1: a board file is a mapping"),
    ("text\n", ":1: a board file is a mapping"),
    ("a: " + "[" * 100, "nested deeper than 32 levels"),
    ("a: " + "[" * 5000, "nested deeper than 32 levels"),
    ("a: \0", ":1: the character U+0000 is not allowed in YAML"),
    ("a: 1\nb: \x07\n", ":2: the character U+0007 is not allowed in YAML"),
    (b"a: 1\nb: \xc3\x28\n", ":2: byte 0xc3 is not valid UTF-8"),
    ("description: any\n".encode("utf-16"), ":1: byte 0xff is not valid UTF-8"),
    ("description: \xe9\n".encode("latin-1"), ":1: byte 0xe9 is not valid UTF-8"),
    ("---\n", ":1: a board file is a mapping"),
    ("null\n", ":1: a board file is a mapping"),
    ("{}\n", ":1: the board file lacks `description`"),
    ("a: 1\n...\nb: 2\n", ":3: "),
    ("%YAML 9.9\n---\na: 1\n", ":1: "),
])
def test_no_board_file_at_all(text: str | bytes, expected: str, load, mistake, tmp_path: Path) -> None:
    path = tmp_path / "boards/mine/board.yaml"
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    assert expected in mistake(generator.find_board, "mine", [tmp_path / "boards"])


@pytest.mark.parametrize("change", [lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff" + text, str.rstrip])
def test_what_editors_do_to_a_file_is_no_mistake(change: Callable[[str], str], load, root: Path) -> None:
    board, same = load(text=change((root / "boards" / RISCV / "board.yaml").read_text())), generator.find_board(RISCV)
    assert [(one.name, one.location.line) for one in board.memory] == [(one.name, one.location.line) for one in same.memory]
    assert (board.description, board.run.arguments) == (same.description, same.run.arguments)


def test_a_board_file_that_cannot_be_read(tmp_path: Path, mistake) -> None:
    (tmp_path / "boards/mine/board.yaml").mkdir(parents=True)
    assert "boards/mine/board.yaml: cannot read the board file: Is a directory" in mistake(
        generator.find_board, "mine", [tmp_path / "boards"])


@pytest.mark.parametrize("name", [RISCV, X86, ARM])
def test_a_file_that_ends_too_early_is_a_mistake_in_it(name: str, load, root: Path, tmp_path: Path) -> None:
    """At each line, and in the middle of each: what is left is complete, or has a mistake with line and remedy."""
    source = (root / "boards" / name / "board.yaml").read_text()
    ends = [end for found in re.finditer(r"[^\n]+\n", source) for end in (found.start() + len(found[0]) // 2, found.end())]
    whole = [end for end in ends if _is_whole(load, source[:end], tmp_path / "boards/mine/board.yaml")]
    assert whole and all("exit_status:" in source[:end] or "run:" not in source[:end] for end in whole)


def _is_whole(load, text: str, path: Path) -> bool:
    try:
        load(text=text)
    except generator.PegplanError as error:
        assert error.remedy and error.where.file.path == path and 1 <= error.where.line <= text.count("\n") + 1
        return False
    return True


def test_devices_that_refer_to_each_other(small_tree, mistake) -> None:
    schema = small_tree.path / "config/schema/devices/sifive-test.json"
    text = json.loads(schema.read_text())
    text["properties"]["beside"] = {"x-field-type": "device"}
    schema.write_text(json.dumps(text))
    board = small_tree.board.read_text()
    small_tree.board.write_text(board.replace("driver: sifive-test\n", "driver: sifive-test\n    beside: power\n"))
    assert "devices refer to each other in a circle: power -> power" in mistake(small_tree.generate)


# ---- finding boards -------------------------------------------------------------------------------------------------


def test_boards_of_a_board_root(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "boards" / RISCV, tmp_path / "boards/mine")
    names = [board.name for board in generator.list_boards([tmp_path / "boards"])]
    assert "mine" in names and RISCV in names


def test_two_boards_of_one_name(root: Path, tmp_path: Path, mistake) -> None:
    shutil.copytree(root / "boards" / RISCV, tmp_path / "boards" / RISCV)
    message = mistake(generator.list_boards, [tmp_path / "boards"])
    assert f"two boards are called `{RISCV}`" in message and str(tmp_path) in message


def test_a_board_root_that_is_not_there(tmp_path: Path, mistake) -> None:
    assert "there is no folder" in mistake(generator.list_boards, [tmp_path / "boards"])


def test_an_unknown_board(mistake) -> None:
    message = mistake(generator.find_board, "qemu-riscv64-vrt")
    assert message == "there is no board `qemu-riscv64-vrt`\n  remedy: did you mean `qemu-riscv64-virt`?"


def test_the_list_shows_broken_boards(root: Path, tmp_path: Path) -> None:
    (tmp_path / "boards/broken").mkdir(parents=True)
    (tmp_path / "boards/broken/board.yaml").write_text("arch: [\n")
    broken = next(board for board in generator.list_boards([tmp_path / "boards"]) if board.name == "broken")
    assert "not valid YAML" in broken.error
    assert any("broken: " in line for line in generator.board_table([broken]))


# ---- schemas --------------------------------------------------------------------------------------------------------


def _driver_schemas(root: Path) -> list[Path]:
    return sorted((root / "config/schema/devices").glob("*.json"))


def test_schemas_are_schemas(root: Path) -> None:
    for path in [root / "config/schema/board.schema.json", *_driver_schemas(root)]:
        Draft202012Validator.check_schema(json.loads(path.read_text()))


def test_driver_schemas_are_complete(root: Path) -> None:
    roles = json.loads((root / "config/schema/board.schema.json").read_text())["properties"]["roles"]["properties"]
    played = {role for path in _driver_schemas(root) for role in json.loads(path.read_text())["x-roles"]}
    for path in _driver_schemas(root):
        schema = json.loads(path.read_text())
        assert schema["title"] == path.stem and schema["description"] and schema["additionalProperties"] is False
        assert schema["x-header"].startswith("arch/") and (root / schema["x-header"]).is_file()
        for name, details in schema["properties"].items():
            assert details["description"], f"{path.name}: {name}"
            kind = FieldType(details["x-field-type"])
            assert ("x-enum" in details) == (kind is FieldType.ENUM)
        wanted = {details.get("x-role") for details in schema["properties"].values()} - {None}
        assert wanted <= set(roles) | played


def test_configurations_of_drivers_match_their_schemas(root: Path) -> None:
    """The members of <Class>Config are the schema's properties, in its order: designated initializers need that."""
    for path in _driver_schemas(root):
        schema = json.loads(path.read_text())
        header = root / schema["x-header"]
        body = re.search(rf"struct {schema['x-class']}Config\s*\{{(.*?)\n?\}};", header.read_text(), re.DOTALL)
        assert body, f"{header}: no struct {schema['x-class']}Config"
        code = re.sub(r"//.*", "", body.group(1))
        members = re.findall(r"(\w+)\s*(?:=[^;]*|\{[^;]*\})?;", code)
        properties = [name for name, details in schema["properties"].items() if details["x-field-type"] != "device"]
        assert members == properties, header


def test_a_wrong_schema_is_named(small_tree, mistake) -> None:
    schema = small_tree.path / "config/schema/devices/sbi-timer.json"
    text = schema.read_text()
    schema.write_text(text.replace('"x-class": "SbiTimer",', '"x-class": "SbiTimer"'))
    assert "sbi-timer.json:6: not valid JSON" in mistake(small_tree.generate)
    schema.write_text(text.replace("x-class", "x-clas"))
    assert "the schema of driver `sbi-timer` lacks `x-class`" in mistake(small_tree.generate)
    schema.write_text(text.replace('"x-field-type": "frequency"', '"x-field-type": "freqency"'))
    assert "sbi-timer.json:1: the schema of driver `sbi-timer`: property `frequency` has no `x-field-type`" in mistake(small_tree.generate)
