"""The call tree of a VM, from the lines that Envoy traces at every crossing of its boundary."""

import re

CROSSING = re.compile(r"\[(host->vm|vm->host|vm<-host|host<-vm)\] ([\w.]+?)(?:\((.*)\)| return: (.*))$")
ALLOCATORS = ("malloc", "proxy_on_memory_allocate")


def numbers(text):
    return [int(number) for number in text.split(", ")] if text else []


def returning(stack, crossing, name):
    """Takes off the call that returns; those above it never did, since they trapped."""
    key, name = ("callback", name) if crossing == "host<-vm" else ("fn", name.removeprefix("env."))
    places = [place for place, call in enumerate(stack) if call.get(key) == name]
    place = places[-1] if places else len(stack) - 1
    call = stack[place]
    del stack[place:]
    return call


def tree(lines):
    """Callbacks in the order they began, each with the host calls made inside."""
    top, stack = [], []
    for line in lines:
        if line["kind"] == "log" and stack:
            stack[-1].setdefault("log", []).append(line["msg"])
        found = CROSSING.match(line["msg"]) if line["kind"] == "call" else None
        if not found:
            continue
        crossing, name, arguments, result = found.groups()
        if crossing == "host->vm":
            call = {"callback": name, "args": numbers(arguments), "ret": None, "host": []}
            nests = stack and name in ALLOCATORS
            (stack[-1]["host"] if nests else top).append(call)
            stack.append(call)
        elif crossing == "vm->host":
            call = {"fn": name.removeprefix("env."), "args": numbers(arguments), "ret": None, "host": []}
            (stack[-1]["host"] if stack else top).append(call)
            stack.append(call)
        elif stack:
            call = returning(stack, crossing, name)
            call["ret"] = None if result == "void" else int(result)
            if crossing == "vm<-host" and not call["host"]:
                del call["host"]
    return top
