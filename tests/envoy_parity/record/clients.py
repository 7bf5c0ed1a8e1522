"""The clients before Envoy. Each sends one request and notes the answer."""

import asyncio

import h2.events
import h2.exceptions

import values
from servers import FRAME, GAP, End, TcpServer, h2_connection, metadata_frame


class Gone(Exception):
    """The answer is at an end that is no good one; the text says how."""


def new_answer():
    return {"status": None, "headers": [], "body": b"", "body_frames": [], "trailers": None, "informational": []}


async def ask(protocol, port, request, timeout):
    answer = new_answer()
    client = Http1Client if protocol == "h1" else Http2Client
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError as error:
        return {**answer, "error": f"connection: {error}"}
    try:
        await asyncio.wait_for(client(reader, writer, request, answer).run(), timeout)
    except (asyncio.TimeoutError, TimeoutError):
        answer["error"] = f"timeout: no (complete) response in {timeout:g}s"
    except Gone as error:
        answer["error"] = str(error)
    except OSError as error:
        answer["error"] = f"connection: {error}"
    finally:
        writer.close()
    return answer


class Http2Client:
    STREAM = 1

    def __init__(self, reader, writer, request, answer):
        self.reader, self.writer, self.request, self.answer = reader, writer, request, answer
        self.h2 = h2_connection(client_side=True)
        self.is_answered = asyncio.Event()
        self.window = asyncio.Event()
        self.failure = None

    async def run(self):
        self.h2.initiate_connection()
        self.h2.increment_flow_control_window(1 << 29)
        receiving = asyncio.ensure_future(self.receive())
        sending = asyncio.ensure_future(self.send())
        try:
            await self.is_answered.wait()
        finally:
            receiving.cancel()
            sending.cancel()
        if self.failure:
            raise Gone(self.failure)

    async def flush(self):
        self.writer.write(self.h2.data_to_send())
        await self.writer.drain()

    async def send(self):
        request = self.request
        pseudo = [
            (":method", request.get("method") or "GET"),
            (":path", request.get("path") or "/"),
            (":scheme", request.get("scheme") or "http"),
            (":authority", request.get("authority") or "example.com"),
        ]
        headers = pseudo + [(name.lower(), value) for name, value in values.pairs(request.get("headers"))]
        parts, trailers = values.pieces(request.get("body")), values.encoded(values.pairs(request.get("trailers")))
        gap = request.get("gap") or GAP
        try:
            self.h2.send_headers(self.STREAM, values.encoded(headers), end_stream=not parts and not trailers)
            await self.flush()
            if request.get("metadata"):
                await asyncio.sleep(gap)
                self.writer.write(metadata_frame(self.STREAM, request["metadata"]))
            for number, part in enumerate(parts):
                await asyncio.sleep(gap)
                await self.send_part(part, number + 1 == len(parts) and not trailers)
            if trailers:
                await asyncio.sleep(gap)
                self.h2.send_headers(self.STREAM, trailers, end_stream=True)
                await self.flush()
        except (h2.exceptions.ProtocolError, OSError):
            pass  # The stream is gone; what was received says how.

    async def send_part(self, data, ends):
        while True:
            size = min(len(data), self.h2.local_flow_control_window(self.STREAM), FRAME)
            if size == 0 and data:
                self.window.clear()
                await self.window.wait()
                continue
            frame, data = data[:size], data[size:]
            self.h2.send_data(self.STREAM, frame, end_stream=ends and not data)
            await self.flush()
            if not data:
                return

    async def receive(self):
        try:
            while data := await self.reader.read(65536):
                for event in self.h2.receive_data(data):
                    self.on(event)
                await self.flush()
            self.fail("connection closed by envoy")
        except h2.exceptions.ProtocolError as error:
            self.fail(f"envoy broke h2: {error}")
        except OSError as error:
            self.fail(f"connection: {error}")

    def fail(self, failure):
        if not self.is_answered.is_set():
            self.failure = failure
            self.is_answered.set()

    def on(self, event):
        answer = self.answer
        if isinstance(event, h2.events.ResponseReceived):
            answer["headers"] = values.decoded(event.headers)
            answer["status"] = int(dict(event.headers)[b":status"])
        elif isinstance(event, h2.events.InformationalResponseReceived):
            answer["informational"].append(values.decoded(event.headers))
        elif isinstance(event, h2.events.DataReceived):
            answer["body"] += event.data
            if event.data:
                answer["body_frames"].append(len(event.data))
            self.h2.acknowledge_received_data(event.flow_controlled_length, self.STREAM)
        elif isinstance(event, h2.events.TrailersReceived):
            answer["trailers"] = values.decoded(event.headers)
        elif isinstance(event, h2.events.StreamReset):
            # An answer may have ended in the same piece of data before the reset.
            self.failure = f"reset {int(event.error_code)}"
            self.is_answered.set()
        elif isinstance(event, h2.events.StreamEnded):
            self.is_answered.set()
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.fail(f"goaway {int(event.error_code)}")
        elif isinstance(event, h2.events.WindowUpdated):
            self.window.set()


class Http1Client:
    def __init__(self, reader, writer, request, answer):
        self.reader, self.writer, self.request, self.answer = reader, writer, request, answer

    async def run(self):
        sending = asyncio.ensure_future(self.send())
        try:
            await self.receive()
        except asyncio.IncompleteReadError as error:
            raise Gone(f"IncompleteRead: {len(error.partial)} bytes, then the end") from error
        finally:
            sending.cancel()

    async def send(self):
        request = self.request
        parts, trailers = values.pieces(request.get("body")), values.pairs(request.get("trailers"))
        headers = values.pairs(request.get("headers"))
        names = {name.lower() for name, _ in headers}
        is_chunked = len(parts) > 1 or bool(trailers)
        if is_chunked and "transfer-encoding" not in names:
            headers.append(("transfer-encoding", "chunked"))
        if parts and not is_chunked and "content-length" not in names:
            headers.append(("content-length", str(len(parts[0]))))
        lines = [
            f"{request.get('method') or 'GET'} {request.get('path') or '/'} HTTP/1.1",
            f"host: {request.get('authority') or 'example.com'}",
            *(f"{name}: {value}" for name, value in headers),
            "",
            "",
        ]
        data = "\r\n".join(lines).encode("latin1")
        if len(parts) == 1 and not is_chunked:
            data, parts = data + parts[0], []
        self.writer.write(data)
        for part in parts:
            await asyncio.sleep(request.get("gap") or GAP)
            self.writer.write(b"%x\r\n%s\r\n" % (len(part), part))
        if is_chunked:
            ending = ["0", *(f"{name}: {value}" for name, value in trailers), "", ""]
            self.writer.write("\r\n".join(ending).encode("latin1"))
        await self.writer.drain()

    async def line(self):
        line = await self.reader.readline()
        if not line:
            raise Gone("connection closed by envoy")
        return line.decode("latin1").rstrip("\r\n")

    async def head(self):
        status = int((await self.line()).split(" ")[1])
        headers = [[":status", str(status)]]
        while line := await self.line():
            headers.append([part.strip() for part in line.split(":", 1)])
        return status, headers

    async def receive(self):
        answer = self.answer
        status, headers = await self.head()
        while status < 200:
            answer["informational"].append(headers)
            status, headers = await self.head()
        answer["status"], answer["headers"] = status, headers
        given = {name.lower(): value for name, value in headers}
        if self.request.get("method") == "HEAD" or status in (204, 304):
            return
        if given.get("transfer-encoding", "").lower() == "chunked":
            while size := int(await self.line(), 16):
                answer["body"] += await self.reader.readexactly(size)
                await self.line()
            while await self.line():
                pass
        elif "content-length" in given:
            left = int(given["content-length"])
            while left:
                data = await self.reader.read(left)
                if not data:
                    raise Gone(f"IncompleteRead: {left} bytes are missing")
                answer["body"] += data
                left -= len(data)
        else:
            answer["body"] = await self.reader.read(-1)


async def converse(port, upstream: TcpServer, steps):
    """Plays the steps of a TCP connection; gives back the client's end."""
    client = End(*await asyncio.open_connection("127.0.0.1", port))
    for step in steps:
        await asyncio.sleep(step.get("after", GAP))
        end = client if step["from"] == "client" else upstream.end
        if end is not None and not end.closed.is_set():
            await end.step(step)
    return client
