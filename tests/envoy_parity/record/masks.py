"""What differs by nature between two runs, replaced by the same words on both sides.

The lines are those of the scriptable filters: `R EVENT  OP args -> rc=CODE …` and `E EVENT ctx=ID …`.
"""

import re

TIME_PROPERTIES = {
    "request.time",
    "request.duration",
    "response.backend_latency",
    "upstream.cx_pool_ready_duration",
}
ADDRESS_PROPERTIES = {
    "source.address",
    "source.port",
    "destination.address",
    "destination.port",
    "upstream.address",
    "upstream.port",
    "upstream.local_address",
    "connection.id",
    "connection_id",
}
MAP_PROPERTIES = {"request.headers", "response.headers", "xds.node.metadata"}
SERVICE_TIME = "x-envoy-upstream-service-time"
DATE = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
OPERATION = re.compile(r"R \S+ +(\S+) ?(.*?) -> rc=(-?\d+)", re.DOTALL)
FAILURE = re.compile(r"(Function: \S+ failed): .*", re.DOTALL)


def failure(message):
    """Words of the engine are not compared."""
    return FAILURE.sub(r"\1", message)


def operation(message):
    """Name, arguments and status of a result line."""
    found = OPERATION.match(message)
    return found.groups() if found else ("", "", "")


def property_name(arguments):
    path = arguments.strip().strip('"')
    return path.removesuffix("\\0").replace("\\0", ".")


def last_value(message, word):
    """Replaces the quoted value at the end of a successful result line."""
    return re.sub(r'( -> rc=0 [^"]*)".*', rf"\1{word}", message, count=1, flags=re.DOTALL)


def sorted_value(message):
    """A map in no certain order; its bytes in order are enough to tell maps apart."""
    found = re.match(r'(.* -> rc=0 [^"]*)"(.*)"$', message, re.DOTALL)
    if not found:
        return message
    parts = re.findall(r"\\x[0-9a-f]{2}|\\.|.", found[2], re.DOTALL)
    return found[1] + "".join(sorted(parts))


def sorted_environment(message):
    head, mark, entries = message.rpartition(' -> rc=0 "')
    return head + mark + "".join(sorted(re.findall(r".*?\\x00", entries))) if mark else message


def line(masks, message):
    """A line as it is compared."""
    text = failure(message)
    if "date" in masks:
        text = DATE.sub("<date>", text)
    name, arguments, status = operation(text)
    if "service-time" in masks and SERVICE_TIME in text:
        text = re.sub(r" len=\d+", " len=#", text, count=1)
        text = re.sub(rf'"{SERVICE_TIME}"="\d+"', f'"{SERVICE_TIME}"="#"', text)
        if name == "get":
            text = last_value(text, "#")
    if "random" in masks:
        text = re.sub(r'"x-request-id"="[^"]*"', '"x-request-id"="#"', text)
    path = property_name(arguments) if name == "prop" else ""
    is_ok = status == "0"
    if name == "time" and "time" in masks or name == "clock" and "clock" in masks and is_ok:
        return re.sub(r" t=\d+", " t=#", text)
    if name == "rand" and "random" in masks and arguments == "65536":
        return re.sub(r" zeros=\d+", " zeros=#", text)
    if name == "get" and "random" in masks and "x-request-id" in arguments and is_ok:
        return last_value(text, "<id>")
    if name == "env" and "hash-order" in masks:
        return sorted_environment(text)
    if name == "prop" and is_ok:
        if "time" in masks and path in TIME_PROPERTIES:
            return last_value(text, "<time>")
        if "address" in masks and path in ADDRESS_PROPERTIES:
            return last_value(re.sub(r" len=\d+", " len=#", text, count=1), "<address>")
        if "node" in masks and path == "xds.node":
            return last_value(re.sub(r" len=\d+", " len=#", text, count=1), "<node>")
        if "map-order" in masks and path in MAP_PROPERTIES:
            return sorted_value(text)
    if name == "foreign" and "deflate-bytes" in masks and '"compress"' in arguments and is_ok:
        return last_value(re.sub(r" len=\d+", " len=#", text, count=1), "<deflate>")
    return text


def split_ticks(lines):
    """Takes out the blocks that ticks wrote: a line `E tick …` and the `R tick …` lines after it."""
    rest, blocks, is_in_block = [], [], False
    for entry in lines:
        if entry["msg"].startswith("E tick"):
            blocks.append([entry])
            is_in_block = True
        elif is_in_block and entry["msg"].startswith("R tick"):
            blocks[-1].append(entry)
        else:
            is_in_block = False
            rest.append(entry)
    return rest, blocks


def order_deadlines(lines):
    """Puts neighbouring blocks of callout callbacks into one order; they were due at the same moment."""
    blocks = []
    for entry in lines:
        if blocks and not entry["msg"].startswith("E "):
            blocks[-1].append(entry)
        else:
            blocks.append([entry])
    ordered, group = [], []
    for block in blocks:
        if block[0]["msg"].startswith(("E call ", "E grpcclose ")):
            group.append(block)
        else:
            ordered += sorted(group, key=lambda known: known[0]["msg"]) + [block]
            group = []
    ordered += sorted(group, key=lambda known: known[0]["msg"])
    return [entry for block in ordered for entry in block]


def all_lines(case):
    parts = [case.get("startup_logs", []), case.get("shutdown_logs", [])]
    parts += [exchange["result"]["logs"] for exchange in case["cases"]]
    return [entry for part in parts for entry in part]


def called_for(case):
    """The masks that a recording needs, as far as its lines and headers tell."""
    wanted = set()
    for entry in all_lines(case):
        message = entry["msg"]
        name, arguments, status = operation(message)
        if DATE.search(message):
            wanted.add("date")
        if f'"{SERVICE_TIME}"' in message and status == "0":
            wanted.add("service-time")
        if status != "0":
            continue
        path = property_name(arguments) if name == "prop" else ""
        if name == "time" or path in TIME_PROPERTIES:
            wanted.add("time")
        if name == "clock":
            wanted.add("clock")
        if name == "rand":
            wanted.add("random")
        if name == "env":
            wanted.add("hash-order")
        if path in ADDRESS_PROPERTIES:
            wanted.add("address")
        if path in MAP_PROPERTIES:
            wanted.add("map-order")
        if path == "xds.node":
            wanted.add("node")
        if name == "foreign" and arguments.startswith('"compress"'):
            wanted.add("deflate-bytes")
    return wanted
