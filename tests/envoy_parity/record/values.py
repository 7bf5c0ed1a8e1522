"""How case files spell bytes, bodies and headers."""

import base64


def to_json(data):
    """Bytes as a case file holds them: text where it is UTF-8, base64 otherwise."""
    try:
        return bytes(data).decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def from_json(value):
    if value is None:
        return b""
    if isinstance(value, dict):
        return base64.b64decode(value["base64"])
    return value.encode()


def pieces(value):
    """A body, whole or in pieces, as a list of byte strings."""
    if value is None:
        return []
    return [from_json(piece) for piece in (value if isinstance(value, list) else [value])]


def whole(value):
    return b"".join(pieces(value))


def pairs(value):
    return [(name, text) for name, text in value or []]


def decoded(headers):
    """Header strings stand for bytes: each character is one byte."""
    return [[name.decode("latin1"), value.decode("latin1")] for name, value in headers]


def encoded(headers):
    return [(name.encode("latin1"), value.encode("latin1")) for name, value in headers]
