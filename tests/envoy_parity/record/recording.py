"""Runs a case definition in Envoy and writes down everything that Envoy did with it."""

import asyncio
import socket
import time

import calls
import clients
import masks
import values
from envoy import Envoy
from servers import HttpServer, TcpServer

SETTLE = 0.06
CLIENT_TIMEOUT = 2.5
MOST_ERRORS = 20
# The fields of a case file which a definition may hold, in their order; the others are what Envoy did.
DEFINITION = ("name", "statements", "config", "settings", "has_chain", "compare")
EXCHANGE = ("request", "response", "callouts", "connection", "pause_before", "client_timeout", "observe")


class World:
    """Envoy and everything around it, for one case."""

    def __init__(self, case):
        self.case, self.settings = case, case["settings"]
        self.is_tcp = self.settings.get("kind") == "tcp"
        self.callouts = {name: HttpServer(name) for name in self.settings.get("callouts") or []}
        self.upstream = TcpServer("upstream") if self.is_tcp else HttpServer("upstream")
        self.refusing = {}
        self.envoy = None

    async def __aenter__(self):
        await self.upstream.start()
        for server in self.callouts.values():
            await server.start()
        ports = {"upstream": self.upstream.port}
        ports |= {name: server.port for name, server in self.callouts.items()}
        for name in self.settings.get("clusters_refusing") or []:
            # Bound, so that nobody else takes the port, but nobody listens.
            self.refusing[name] = socket.socket()
            self.refusing[name].bind(("127.0.0.1", 0))
            ports[name] = self.refusing[name].getsockname()[1]
            if name == "upstream":
                await self.upstream.stop()
        ports |= dict.fromkeys(self.settings.get("clusters_without_endpoints") or [])
        self.envoy = Envoy(self.case, ports)
        await self.envoy.start()
        return self

    async def __aexit__(self, *_):
        if self.envoy and self.envoy.process and self.envoy.is_alive():
            await self.envoy.stop()
        for server in [self.upstream, *self.callouts.values()]:
            await server.stop()
        for holder in self.refusing.values():
            holder.close()

    def log_lines(self, lines):
        """Lines of filters as a case file holds them."""
        named = bool(self.settings.get("chain")) and self.are_told_apart()
        picked = (line for line in lines if line["kind"] == "log")
        return [
            {"level": line["level"], "msg": line["msg"], **({"filter": line["filter"]} if named else {})}
            for line in picked
        ]

    def are_told_apart(self):
        first = {name for name, number in self.envoy.names() if number == 0}
        return all(name not in first for name, number in self.envoy.names() if number)

    async def exchange(self, given):
        await asyncio.sleep(given.get("pause_before") or 0)
        self.envoy.take()
        said = len(self.envoy.said)
        for name, server in self.callouts.items():
            server.expect((given.get("callouts") or {}).get(name))
        began = time.monotonic()
        play = self.play_connection if self.is_tcp else self.play_request
        seen = await play(given)
        lines = self.envoy.take()
        worker = [line for line in lines if not self.envoy.is_main(line)]
        logs = [line for line in lines if line["kind"] == "log"]
        other_vm = [index for index, line in enumerate(logs) if self.envoy.is_main(line)]
        result = {
            **seen,
            "callouts": {name: [noted(request) for request in server.got] for name, server in self.callouts.items()},
            "logs": self.log_lines(lines),
        }
        if other_vm:
            result["other_vm"] = other_vm
        if self.envoy.traced:
            result["calls"] = calls.tree(worker)
        result["envoy_logs"] = self.envoy.said[said:]
        result["ms"] = round((time.monotonic() - began) * 1000, 2)
        result["envoy_alive"] = self.envoy.is_alive()
        return result

    async def play_request(self, given):
        request = given.get("request") or {}
        self.upstream.expect(given.get("response"))
        protocol = self.settings.get("down", "h2")
        timeout = given.get("client_timeout") or CLIENT_TIMEOUT
        answer = await clients.ask(protocol, self.envoy.port, request, timeout)
        await self.envoy.settle(given.get("observe") or SETTLE)
        return {
            "upstream": [self.noted_upstream(got, request) for got in self.upstream.got],
            "client": self.noted_client(answer, given),
        }

    async def play_connection(self, given):
        self.upstream.expect()
        client = await clients.converse(self.envoy.port, self.upstream, given["connection"]["steps"])
        await self.envoy.settle(max(given.get("observe") or 0.1, 0.1))
        upstream = self.upstream.end
        seen = {"client": client.result(), "upstream": upstream.result() if upstream else None}
        left = [end for end in (client, upstream) if end and not end.closed.is_set() and end.end == "open"]
        if left:
            raise RuntimeError("the steps leave a connection open; let both ends close or Envoy end them")
        for end in filter(None, (client, upstream)):
            end.close()
        return seen

    def noted_upstream(self, got, request):
        """Takes out what Envoy adds to each request by itself."""
        scheme = request.get("scheme") or "http"
        given = {name.lower() for name, _ in values.pairs(request.get("headers"))}
        is_added = lambda header: header == ["x-forwarded-proto", scheme] and header[0] not in given
        return self.without_added(noted(got), is_added)

    def noted_client(self, answer, given):
        responses = given.get("response") or {}
        responses = responses if isinstance(responses, list) else [responses]
        given = {name.lower() for response in responses for name, _ in values.pairs(response.get("headers"))}
        return self.without_added(noted(answer), lambda header: header[0] == "date" and "date" not in given)

    def without_added(self, message, is_added):
        added = [header for header in message["headers"] if is_added(header)]
        if self.settings.get("clean", True):
            message["headers"] = [header for header in message["headers"] if header not in added]
        return {**message, "added_by_envoy": added}


def noted(message):
    return {**{key: value for key, value in message.items() if key != "answer"}, "body": values.to_json(message["body"])}


async def run(definition):
    """The complete case file of a definition (or of a case that was recorded before)."""
    world = World(definition)
    async with world:
        envoy = world.envoy
        started = envoy.take()
        refuses = any(said["component"] == "wasm" for said in envoy.said)
        if not envoy.ready and not refuses and "skip" not in (definition.get("compare") or {}):
            raise RuntimeError(f"Envoy did not start: {envoy.said[-3:]}")
        case = {key: definition[key] for key in DEFINITION if key in definition}
        case.setdefault("config", "")
        case["has_chain"] = bool(definition["settings"].get("chain"))
        case["compare"] = dict(definition.get("compare") or {})
        case["ready"] = envoy.ready
        worker = [line for line in started if not envoy.is_main(line)]
        once = world.log_lines(worker)
        case["startup_once"] = sorted(once, key=lambda line: line.get("filter", 0))
        case["cases"] = []
        if envoy.ready:
            for given in definition["cases"]:
                exchange = {key: given[key] for key in EXCHANGE if key in given}
                if "connection" not in exchange:
                    exchange.setdefault("callouts", None)
                exchange["result"] = await world.exchange(given)
                case["cases"].append(exchange)
        metrics = await envoy.metrics() if envoy.ready and envoy.is_alive() else {}
        envoy.take()
        case["startup_logs"] = world.log_lines(started)
        if envoy.traced:
            case["startup_calls"] = calls.tree(worker)
        case["exit"] = await envoy.stop()
        ended = envoy.take()
        order = [line for line in ended if not envoy.is_main(line)] + [line for line in ended if envoy.is_main(line)]
        case["shutdown_logs"] = world.log_lines(order)
        serious = ("warn", "error", "critical")
        errors = [said for said in envoy.said if said["component"] == "wasm" and said["level"] in serious]
        case["errors"] = errors[:MOST_ERRORS]
        if metrics:
            case["metrics"] = metrics
    return case


async def record(definition):
    """Runs a definition and adds what its results call for in `compare`."""
    case = await run(definition)
    compare = case["compare"]
    wanted = masks.called_for(case)
    for exchange in case["cases"]:
        client = exchange["result"]["client"]
        if (client.get("error") or "").startswith("timeout"):
            exchange["client_timeout"] = exchange.get("client_timeout") or CLIENT_TIMEOUT
            wanted.add("client-gone")
    wanted |= set(compare.get("mask") or [])
    if wanted:
        compare["mask"] = sorted(wanted)
    if "ticks" not in compare and any(line["msg"].startswith("E tick") for line in masks.all_lines(case)):
        compare["ticks"] = "once"
    if compare.get("ticks"):
        case["startup_once"] = masks.split_ticks(case["startup_once"])[0]
    shutdown = case["shutdown_logs"]
    if compare.get("ticks"):
        shutdown = masks.split_ticks(shutdown)[0]
    if "shutdown" not in compare and not has_halves(shutdown):
        compare["shutdown"] = "ignore"
    return case


def has_halves(shutdown):
    """Did the main thread's VM say as much as the worker's, and in the same callbacks?"""
    calls = [(line.get("filter"), line["msg"]) for line in shutdown if line["msg"].startswith("E ")]
    half = len(calls) // 2
    return len(shutdown) % 2 == 0 and calls[:half] == calls[half:]
