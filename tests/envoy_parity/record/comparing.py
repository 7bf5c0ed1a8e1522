"""The rule by which two recordings of one case are held against each other."""

import json

import masks
import values

# Argument positions that hold the guest's own pointers, by call.
POINTERS = {
    "log": (1,), "get_log_level": (0,), "get_status": (0, 1, 2), "set_property": (0, 2), "get_property": (0, 2, 3),
    "send_local_response": (1, 3, 5), "get_shared_data": (0, 2, 3, 4), "set_shared_data": (0, 2),
    "register_shared_queue": (0, 2), "resolve_shared_queue": (0, 2, 4), "dequeue_shared_queue": (1, 2),
    "enqueue_shared_queue": (1,), "get_header_map_value": (1, 3, 4), "add_header_map_value": (1, 3),
    "replace_header_map_value": (1, 3), "remove_header_map_value": (1,), "get_header_map_pairs": (1, 2),
    "set_header_map_pairs": (1,), "get_header_map_size": (1,), "get_buffer_status": (1, 2),
    "get_buffer_bytes": (3, 4), "set_buffer_bytes": (3,), "http_call": (0, 2, 4, 6, 9),
    "grpc_call": (0, 2, 4, 6, 8, 11), "grpc_stream": (0, 2, 4, 6, 8), "grpc_send": (1,), "define_metric": (1, 3),
    "get_metric": (1,), "get_current_time_nanoseconds": (0,), "call_foreign_function": (0, 2, 4, 5),
    "get_configuration": (0, 1), "fd_write": (1, 3), "fd_read": (1, 3), "fd_seek": (3,), "fd_fdstat_get": (1,),
    "fd_prestat_get": (1,), "clock_res_get": (1,), "clock_time_get": (2,), "random_get": (0,), "environ_get": (0, 1),
    "environ_sizes_get": (0, 1), "args_get": (0, 1), "args_sizes_get": (0, 1), "poll_oneoff": (0, 1, 3),
    "path_open": (2, 8),
}


def error_class(error):
    if not error or error == "reset 0":
        return "none"
    if error.startswith(("timeout: ", "TimeoutError")):
        return "timeout"
    if error.startswith(("connection closed", "connection: ", "IncompleteRead")):
        return "closed"
    return "broken" if error.startswith("envoy broke") else error


class Comparison:
    """Differences between what was recorded and what came now; each names its place."""

    def __init__(self, recorded, now):
        self.recorded, self.now = recorded, now
        self.compare = recorded.get("compare") or {}
        self.masks = set(self.compare.get("mask") or [])
        self.clean = recorded["settings"].get("clean", True)
        self.found = []

    def check(self, place, want, have):
        if want != have:
            show = lambda value: json.dumps(value, ensure_ascii=False)[:600]
            self.found.append(f"{place}: recorded {show(want)}, now {show(have)}")

    def run(self):
        recorded, now = self.recorded, self.now
        self.check("ready", recorded.get("ready", True), now["ready"])
        if self.found:
            return self.found
        if not now["ready"]:
            self.check("refusal", refusal(recorded), refusal(now))
            return self.found
        if self.compare.get("finding"):
            return []
        if recorded.get("startup_once") is not None:
            self.lines("start", recorded["startup_once"], now["startup_once"])
        for number, (want, have) in enumerate(zip(recorded["cases"], now["cases"])):
            self.exchange(f"request {number}", want, have)
        if not self.compare.get("shutdown"):
            self.lines("shutdown", half(self.compare, recorded), half(self.compare, now))
        if recorded.get("startup_calls") is not None:
            self.calls("start", recorded["startup_calls"], now["startup_calls"])
        if recorded.get("metrics") is not None:
            self.check("metrics", recorded["metrics"], now.get("metrics", {}))
        self.ticks()
        return self.found

    def exchange(self, place, want, have):
        asked, want, have = want, want["result"], have["result"]
        self.lines(place, worker_lines(want), worker_lines(have))
        if "connection" in asked:
            self.check(f"{place} client", want["client"], have["client"])
            self.check(f"{place} upstream", want["upstream"], have["upstream"])
        else:
            self.client(f"{place} client", want["client"], have["client"])
            self.messages(f"{place} upstream", want["upstream"], have["upstream"])
        for name, requests in (want.get("callouts") or {}).items():
            got = have["callouts"].get(name, [])
            if self.compare.get("callouts") == "at least once":
                requests, got = ({json.dumps(self.message(one)) for one in some} for some in (requests, got))
                self.check(f"{place} callouts {name}", sorted(requests), sorted(got))
            else:
                self.messages(f"{place} callouts {name}", requests, got)
        if want.get("calls") is not None:
            self.calls(place, want["calls"], have["calls"])

    def lines(self, place, want, have):
        want, have = self.prepared(want), self.prepared(have)
        for number in range(max(len(want), len(have))):
            pair = [shown(lines[number]) if number < len(lines) else "no further line" for lines in (want, have)]
            if pair[0] != pair[1]:
                self.check(f"{place} logs[{number}]", *pair)
                return

    def prepared(self, lines):
        if self.compare.get("ticks"):
            lines = masks.split_ticks(lines)[0]
        lines = [{**line, "msg": masks.line(self.masks, line["msg"])} for line in lines]
        return masks.order_deadlines(lines) if "equal-deadlines" in self.masks else lines

    def headers(self, message):
        added = message.get("added_by_envoy") or []
        kept = [header for header in message["headers"] if self.clean or header not in added]
        hidden = {"date": "date", "x-request-id": "random", masks.SERVICE_TIME: "service-time"}
        return [[name, "#" if hidden.get(name) in self.masks else value] for name, value in kept]

    def message(self, message):
        body = values.from_json(message["body"])
        is_free = "client-gone" in self.masks
        return {
            "headers": self.headers(message),
            "body": values.to_json(body),
            "trailers": message.get("trailers"),
            "complete": None if is_free else bool(message.get("complete")),
            "reset": None if is_free else bool(message.get("reset")),
        }

    def messages(self, place, want, have):
        if len(want) != len(have):
            self.check(place, f"{len(want)} requests", f"{len(have)} requests")
            return
        for number, (one, other) in enumerate(zip(want, have)):
            for field, value in self.message(one).items():
                self.check(f"{place}[{number}] {field}", value, self.message(other)[field])

    def client(self, place, want, have):
        self.check(f"{place} status", want["status"], have["status"])
        self.check(f"{place} headers", self.headers(want), self.headers(have))
        self.check(f"{place} body", want["body"], have["body"])
        self.check(f"{place} trailers", want.get("trailers"), have.get("trailers"))
        self.check(f"{place} error", error_class(want.get("error")), error_class(have.get("error")))

    def calls(self, place, want, have):
        flat = [[self.call(call, depth) for depth, call in flattened(calls)] for calls in (want, have)]
        for number in range(max(map(len, flat))):
            pair = [some[number] if number < len(some) else "no further call" for some in flat]
            if pair[0] != pair[1]:
                self.check(f"{place} calls[{number}]", *pair)
                return

    def call(self, call, depth):
        name = call.get("callback") or call.get("fn")
        bare = name.removeprefix("proxy_").rsplit(".", 1)[-1]
        skipped = POINTERS.get(bare, ()) if "fn" in call else ()
        args = [None if place in skipped else value for place, value in enumerate(call["args"])]
        is_allocator = name in ("malloc", "proxy_on_memory_allocate")
        logs = [masks.line(self.masks, message) for message in call.get("log", [])]
        if name == "proxy_log" and logs != call.get("log", []):
            args[2:] = [None]  # The length of a line whose text differs by nature.
        return [depth, name, args, None if is_allocator else call["ret"], logs]

    def ticks(self):
        if not self.compare.get("ticks"):
            return
        known = tick_blocks(self.masks, self.recorded)
        for block in tick_blocks(self.masks, self.now):
            if block not in known:
                self.check("tick", "one of the recorded ticks", block)
                return
        if known and not tick_blocks(self.masks, self.now):
            self.check("ticks", known[0], "none")


def shown(line):
    origin = f" (filter {line['filter']})" if line.get("filter") is not None else ""
    return f"{line['level']}{origin} {line['msg']}"


def worker_lines(result):
    others = set(result.get("other_vm") or [])
    return [line for index, line in enumerate(result["logs"]) if index not in others]


def refusal(case):
    for level in ("error", "critical"):
        for line in case["errors"]:
            if line["level"] == level:
                return masks.failure(line["msg"])
    return None


def half(compare, case):
    lines = case.get("shutdown_logs") or []
    if compare.get("ticks"):
        lines = masks.split_ticks(lines)[0]
    return lines[: len(lines) // 2]


def tick_blocks(hidden, case):
    parts = [exchange["result"]["logs"] for exchange in case["cases"]]
    parts += [case.get("startup_logs") or [], case.get("shutdown_logs") or []]
    blocks = [block for lines in parts for block in masks.split_ticks(lines)[1]]
    return [[masks.line(hidden, line["msg"]) for line in block] for block in blocks]


def flattened(calls, depth=0):
    for call in calls:
        yield depth, call
        yield from flattened(call.get("host") or [], depth + 1)


def differences(recorded, now):
    return Comparison(recorded, now).run()

