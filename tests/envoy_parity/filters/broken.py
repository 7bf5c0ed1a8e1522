"""Writes the modules that no text can be written for: files that are none, or that are damaged in one place.

    python3 filters/broken.py
"""

import pathlib

FOLDER = pathlib.Path(__file__).parent / "modules"


def number(n):
    low, rest = n & 0x7F, n >> 7
    return bytes([low | 0x80]) + number(rest) if rest else bytes([low])


def section(id, data):
    return bytes([id]) + number(len(data)) + data


def vector(*items):
    return number(len(items)) + b"".join(items)


def name(text):
    text = text if isinstance(text, bytes) else text.encode()
    return number(len(text)) + text


def body(code):
    return number(len(code) + 1) + b"\0" + code


HEADER = b"\0asm\1\0\0\0"
TYPE_LIST = [b"\x60\0\0", b"\x60\1\x7f\1\x7f"]
TYPES = section(1, vector(*TYPE_LIST))
FUNCTIONS = section(3, vector(b"\0", b"\1"))
MEMORY = section(5, vector(b"\0\2"))
EXPORT_MEMORY = name("memory") + b"\2\0"
EXPORT_MARKER = name("proxy_abi_version_0_2_1") + b"\0\0"
EXPORT_MALLOC = name("malloc") + b"\0\1"
EXPORTS = section(7, vector(EXPORT_MEMORY, EXPORT_MARKER, EXPORT_MALLOC))
# The marker is empty, malloc answers 1024.
MALLOC = body(b"\x41\x80\x08\x0b")
CODE = section(10, vector(body(b"\x0b"), MALLOC))
BEFORE_CODE = HEADER + TYPES + FUNCTIONS + MEMORY + EXPORTS
GOOD = BEFORE_CODE + CODE


def names(parts):
    return GOOD + section(0, name("name") + parts)


FILES = {
    # V8 refuses them.
    "code_invalid": BEFORE_CODE + section(10, vector(body(b"\x0b"), body(b"\x42\x01\x0b"))),
    "export_twice": HEADER + TYPES + FUNCTIONS + MEMORY
    + section(7, vector(EXPORT_MEMORY, EXPORT_MARKER, EXPORT_MALLOC, EXPORT_MALLOC)) + CODE,
    "section_unknown": GOOD + section(77, b"abc"),
    "section_name_utf8": HEADER + section(0, name(b"\xff\xfe") + b"x") + GOOD[8:],
    "version_2": b"\0asm\2\0\0\0" + GOOD[8:],
    "exports_garbage": HEADER + TYPES + FUNCTIONS + MEMORY + section(7, vector(EXPORT_MARKER) + b"zzz") + CODE,
    "code_invalid_import_missing": HEADER + TYPES + section(2, vector(name("env") + name("nope") + b"\0\0"))
    + FUNCTIONS + MEMORY
    + section(7, vector(EXPORT_MEMORY, name("proxy_abi_version_0_2_1") + b"\0\1", name("malloc") + b"\0\2"))
    + section(10, vector(body(b"\xff\x0b"), MALLOC)),
    "locals_50001": BEFORE_CODE
    + section(10, vector(number(6) + b"\1" + number(50001) + b"\x7f\x0b", MALLOC)),
    "params_1001": HEADER
    + section(1, vector(*TYPE_LIST, b"\x60" + number(1001) + b"\x7f" * 1001 + b"\0"))
    + FUNCTIONS + MEMORY + EXPORTS + CODE,
    "memory_maximum_less": HEADER + TYPES + FUNCTIONS + section(5, vector(b"\1\5\2")) + EXPORTS + CODE,
    # Envoy finds no marker in them.
    "component": b"\0asm\x0d\0\1\0",
    "text_4": b"(mod",
    "magic_only": b"\0asm",
    "exports_in_two_sections": HEADER + TYPES + FUNCTIONS + MEMORY
    + section(7, vector(EXPORT_MEMORY, EXPORT_MALLOC)) + EXPORTS + CODE,
    # Only Envoy reads the section with the names of functions.
    "names_too_long": names(b"\1\5\xff\xff\xff\xff\xff"),
    "names_cut": names(b"\1\x20\1"),
    "names_trailing": names(section(1, vector(number(0) + name("foo")) + b"xx")),
    "names_index": names(section(1, vector(number(9999) + name("foo")))),
    "names_utf8": names(section(1, vector(number(0) + name(b"\xff\xff")))),
    # wat2wasm has no structs.
    "struct_type": HEADER + section(1, vector(*TYPE_LIST, b"\x5f\1\x7f\0")) + FUNCTIONS + MEMORY + EXPORTS + CODE,
}

for file, content in FILES.items():
    (FOLDER / f"{file}.wasm").write_bytes(content)
