"""Exports scenarios as bootstraps, lets a real Envoy load them, and compares what it answers and logs with a run.

  python check.py FILTERLAB SCENARIO...
"""

import asyncio
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "envoy_parity" / "record"))

import clients  # noqa: E402
import envoy  # noqa: E402
import values  # noqa: E402

PORT, ADMIN = 18000, 18001
LOG = "\x1e%n\x1f%t\x1f%v"
# Envoy says when it answered, and how long its upstream took.
BY_NATURE = {"date", "x-envoy-upstream-service-time", "transfer-encoding"}


def call(*arguments):
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for found in sockets:
        found.bind(("127.0.0.1", 0))
    ports = [found.getsockname()[1] for found in sockets]
    for found in sockets:
        found.close()
    return ports


def with_free_ports(text):
    """The same file with ports that are free on this machine, and the ones of listener and administration."""
    used = sorted({int(port) for port in re.findall(r"port_value: (\d+)", text)} - {1})
    ports = dict(zip(used, free_ports(len(used))))
    text = re.sub(r"port_value: (\d+)", lambda found: f"port_value: {ports.get(int(found[1]), found[1])}", text)
    return text, ports[PORT], ports[ADMIN]


class Envoy:
    def __init__(self, bootstrap, folder):
        text, self.port, self.admin = with_free_ports(bootstrap.read_text(encoding="utf-8"))
        self.file = folder / "running.yaml"
        self.file.write_text(text, encoding="utf-8")
        self.log = open(folder / "log", "w+b")
        arguments = ["--concurrency", "1", "--disable-hot-restart", "-l", "warning"]
        arguments += ["--component-log-level", "wasm:trace", "--log-format", LOG]
        self.process = subprocess.Popen(
            [envoy.binary(), "-c", str(self.file), *arguments], cwd=folder, stderr=self.log, stdout=subprocess.DEVNULL
        )

    async def ready(self):
        for _ in range(600):
            if self.process.poll() is not None:
                return False
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/ready", timeout=2) as answer:
                    if answer.read().decode().strip() == "LIVE":
                        return True
            except OSError:
                pass
            await asyncio.sleep(0.05)
        return False

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()

    def logged(self):
        """What filters logged on the worker, without the names of their plugins."""
        self.log.seek(0)
        records = self.log.read().decode("utf-8", "backslashreplace").split("\x1e")[1:]
        lines = []
        for record in records:
            component, thread, message = record.split("\x1f", 2)
            if component == "wasm" and int(thread) != self.process.pid and message.startswith("wasm log"):
                lines.append(message.removeprefix("wasm log").partition(": ")[2].rstrip("\n"))
        return lines

    def said(self):
        self.log.seek(0)
        return self.log.read().decode("utf-8", "backslashreplace")[-2000:]


def request_of(scenario):
    request = scenario.get("request") or {}
    url = urllib.parse.urlsplit(request.get("url") or "https://example.com/")
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    on = [line for line in request.get("headers") or [] if line[2:] != ["off"]]
    hosts = [line[1] for line in on if line[0].lower() == "host"]
    body = request.get("body")
    return {
        "method": request.get("method") or "GET",
        "path": path,
        "authority": hosts[0] if hosts else url.netloc,
        # Filters see the scheme of the client's connection, which has no certificate here.
        "scheme": "http",
        "headers": [line[:2] for line in on if line[0].lower() != "host"],
        "body": [body] if body else None,
        "trailers": request.get("trailers"),
    }


def headers_of(pairs):
    kept = [(name.lower(), value) for name, value in pairs if name.lower() not in BY_NATURE | {":status"}]
    return sorted(kept)


def differences(run, answer, logged, has_length):
    """`has_length`: on HTTP/1 the codec adds a length, or sends chunks, after the last filter."""
    found = []
    client = run["downstream"]
    if client is None:
        return [f"the run has no answer ({run['outcome']}), Envoy has {answer['status']}"]
    if answer.get("error"):
        found.append(f"Envoy's answer is incomplete: {answer['error']}")
    if client["status"] != answer["status"]:
        found.append(f"status {client['status']} in the run, {answer['status']} in Envoy")
    ours, theirs = headers_of(client["headers"]), headers_of(answer["headers"])
    if has_length:
        ours, theirs = ([pair for pair in pairs if pair[0] != "content-length"] for pairs in (ours, theirs))
    if ours != theirs:
        found.append(f"headers\n      {ours} in the run,\n      {theirs} in Envoy")
    if values.from_json(client["body"]) != answer["body"]:
        found.append(f"body\n      {client['body'][:300]!r} in the run,\n      {answer['body'][:300]!r} in Envoy")
    return found + unlogged(run, logged)


def unlogged(run, logged):
    """Only the script filter logs what it sees, and nothing that differs by nature in these scenarios."""
    lines = [line["message"] for line in run["logs"] if line["message"].startswith("R ")]
    missing = [line for line in lines if line not in logged]
    said = "\n        ".join(line for line in logged if line.startswith("R "))
    return [f"logged in the run and not in Envoy: {missing}; Envoy logged\n        {said}"] if missing else []


async def connect(port):
    """What a TCP client gets that says nothing itself."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = await asyncio.wait_for(reader.read(-1), 10)
    writer.close()
    return received


async def check(filterlab, path, folder):
    bootstrap = folder / (path.name.removesuffix(".scenario.json") + ".envoy.yaml")
    code, _, error = call(filterlab, "convert", str(path), str(bootstrap))
    if code:
        return [f"it is not written: {error}"]
    done = subprocess.run(
        [envoy.binary(), "--mode", "validate", "-c", str(bootstrap)], cwd=folder, capture_output=True, text=True, check=False
    )
    _, output, error = call(filterlab, "run", str(path), "--json")
    if not output:
        return [f"it is not run: {error}"]
    run = json.loads(output)
    is_refused = run["outcome"]["kind"] == "refused"
    if is_refused or done.returncode:
        # A filter that does not take its configuration is not loaded by either.
        said = done.stderr[-1500:]
        return [] if is_refused and "configuration" in said and done.returncode else [f"Envoy says: {said}"]
    scenario = json.loads(path.read_text(encoding="utf-8"))
    protocol = "h1" if (scenario.get("proxy") or {}).get("downstream") == "http1" else "h2"
    proxy = Envoy(bootstrap, folder)
    try:
        if not await proxy.ready():
            return [f"Envoy does not start: {proxy.said()}"]
        if "connection" in scenario:
            received = await connect(proxy.port)
            await asyncio.sleep(0.1)
            ours = values.from_json(run["connection"]["client"]["received"])
            found = [] if ours == received else [f"the client gets {ours} in the run, {received} from Envoy"]
            return found + unlogged(run, proxy.logged())
        answer = await clients.ask(protocol, proxy.port, request_of(scenario), 10)
        await asyncio.sleep(0.1)
        return differences(run, answer, proxy.logged(), protocol == "h1")
    finally:
        proxy.stop()


async def main():
    filterlab, paths = sys.argv[1], [pathlib.Path(path) for path in sys.argv[2:]]
    good = 0
    for path in paths:
        with tempfile.TemporaryDirectory(prefix="filterlab-convert-") as folder:
            found = await check(filterlab, path, pathlib.Path(folder))
        good += not found
        shown = os.path.relpath(path)
        print(f"{shown} answers as the run did" if not found else f"{shown} differs:", *found, sep="\n    ")
    print(f"{good} of {len(paths)} bootstraps answer as their runs did")
    return 0 if paths and good == len(paths) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
