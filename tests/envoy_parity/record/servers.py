"""The servers behind Envoy: they note what they get and answer what the case says."""

import asyncio
import contextlib
import socket
import struct

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.stream

import values

GAP = 0.02
FRAME = 16384

# The servers only note what comes: a body that disagrees with content-length must not be refused by the library.
h2.stream.H2Stream._track_content_length = lambda self, *_: None


def listening_socket():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    return listener


def h2_connection(client_side):
    config = h2.config.H2Configuration(
        client_side=client_side,
        header_encoding=None,
        validate_inbound_headers=False,
        # The recordings' client joins the cookies that it receives; the servers take headers as they come.
        normalize_inbound_headers=client_side,
        validate_outbound_headers=False,
        normalize_outbound_headers=False,
    )
    return h2.connection.H2Connection(config)


def metadata_frame(stream, pairs):
    """An HTTP/2 METADATA frame, which the library does not know; its block uses no table."""
    texts = [text.encode("latin1") for pair in pairs for text in pair]
    block = b"".join(b"\0" * (number % 2 == 0) + bytes([len(text)]) + text for number, text in enumerate(texts))
    return len(block).to_bytes(3, "big") + b"\x4d\x04" + stream.to_bytes(4, "big") + block


class Server:
    """Accepts connections on a port of its own."""

    def __init__(self, name):
        self.name = name
        self.tasks = set()
        self.listener = listening_socket()
        self.port = self.listener.getsockname()[1]
        self.server = None

    async def start(self):
        self.server = await asyncio.start_server(self.accept, sock=self.listener)
        return self

    async def accept(self, reader, writer):
        task = asyncio.current_task()
        self.tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, OSError, asyncio.CancelledError):
                await self.serve(reader, writer)
        finally:
            self.tasks.discard(task)
            writer.close()

    async def stop(self):
        if self.server:
            self.server.close()
        for task in list(self.tasks):
            task.cancel()
        await asyncio.sleep(0)

    async def serve(self, reader, writer):
        raise NotImplementedError


class HttpServer(Server):
    """Speaks HTTP/1 or HTTP/2, whichever the connection begins with."""

    def __init__(self, name):
        super().__init__(name)
        self.expect(None)

    def expect(self, answers):
        """Forgets what came before; `answers` is one answer or a list by attempt."""
        self.got = []
        self.answers = answers if isinstance(answers, list) else [answers or {}]
        self.asked = 0

    def next_answer(self):
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return answer

    async def serve(self, reader, writer):
        first = await reader.read(65536)
        if first.startswith(b"PRI * HTTP/2"):
            await Http2Connection(self, reader, writer).run(first)
        elif first:
            await Http1Connection(self, reader, writer, first).run()


def new_request(headers, **more):
    return {**more, "headers": headers, "body": b"", "body_frames": [], "trailers": None, "complete": False}


class Http2Connection:
    def __init__(self, server, reader, writer):
        self.server, self.reader, self.writer = server, reader, writer
        self.h2 = h2_connection(client_side=False)
        self.requests = {}
        self.answers = {}
        self.window = asyncio.Event()

    async def run(self, data):
        self.h2.initiate_connection()
        self.h2.increment_flow_control_window(1 << 29)
        try:
            while data:
                for event in self.h2.receive_data(data):
                    self.on(event)
                await self.flush()
                data = await self.reader.read(65536)
        finally:
            for task in self.answers.values():
                task.cancel()

    async def flush(self):
        self.writer.write(self.h2.data_to_send())
        await self.writer.drain()

    def on(self, event):
        stream = getattr(event, "stream_id", None)
        request = self.requests.get(stream)
        if isinstance(event, h2.events.RequestReceived):
            request = self.requests[stream] = new_request(values.decoded(event.headers))
            request["answer"] = self.server.next_answer()
            self.server.got.append(request)
            if request["answer"].get("immediately"):
                self.begin_answer(stream)
        elif isinstance(event, h2.events.DataReceived):
            request["body"] += event.data
            if event.data:
                request["body_frames"].append(len(event.data))
            self.h2.acknowledge_received_data(event.flow_controlled_length, stream)
        elif isinstance(event, h2.events.TrailersReceived):
            request["trailers"] = values.decoded(event.headers)
        elif isinstance(event, h2.events.StreamEnded):
            request["complete"] = True
            self.begin_answer(stream)
        elif isinstance(event, h2.events.StreamReset):
            if request is not None:
                request["reset"] = True
            if stream in self.answers:
                self.answers[stream].cancel()
        elif isinstance(event, h2.events.WindowUpdated):
            self.window.set()

    def begin_answer(self, stream):
        if stream not in self.answers:
            self.answers[stream] = asyncio.ensure_future(self.try_answer(stream))

    async def try_answer(self, stream):
        # The stream or the connection may be gone meanwhile.
        with contextlib.suppress(h2.exceptions.ProtocolError, OSError, asyncio.TimeoutError, asyncio.CancelledError):
            await self.answer(stream, self.requests[stream]["answer"])

    async def reset(self, stream, answer):
        code = answer.get("reset_code", 0)
        self.h2.reset_stream(stream, h2.errors.ErrorCodes(code))
        await self.flush()

    async def answer(self, stream, answer):
        await asyncio.sleep(answer.get("delay") or 0)
        if answer.get("reset"):
            return await self.reset(stream, answer)
        gap, stop = answer.get("gap", GAP), answer.get("reset_after")
        parts = values.pieces(answer.get("body")) + [framed(message) for message in answer.get("messages") or []]
        trailers = values.encoded(values.pairs(answer.get("trailers")))
        for block in answer.get("informational") or []:
            self.h2.send_headers(stream, values.encoded(values.pairs(block)))
            await self.flush()
            await asyncio.sleep(gap)
        headers = [(":status", str(answer.get("status") or 200)), *values.pairs(answer.get("headers"))]
        self.h2.send_headers(stream, values.encoded(headers), end_stream=not parts and not trailers and stop is None)
        await self.flush()
        if answer.get("metadata"):
            await asyncio.sleep(gap)
            self.writer.write(metadata_frame(stream, answer["metadata"]))
        for number, part in enumerate(parts):
            if stop == "headers" or stop == number:
                break
            await asyncio.sleep(gap)
            await self.send(stream, part, number + 1 == len(parts) and not trailers and stop is None)
        if stop is not None:
            await asyncio.sleep(gap)
            return await self.reset(stream, answer)
        if trailers:
            await asyncio.sleep(gap)
            self.h2.send_headers(stream, trailers, end_stream=True)
            await self.flush()

    async def send(self, stream, data, ends):
        while True:
            size = min(len(data), self.h2.local_flow_control_window(stream), FRAME)
            if size == 0 and data:
                self.window.clear()
                await asyncio.wait_for(self.window.wait(), 5)
                continue
            frame, data = data[:size], data[size:]
            self.h2.send_data(stream, frame, end_stream=ends and not data)
            await self.flush()
            if not data:
                return


def framed(message):
    """A gRPC message with its length in front of it."""
    data = values.from_json(message)
    return b"\0" + len(data).to_bytes(4, "big") + data


class Http1Connection:
    def __init__(self, server, reader, writer, begun):
        self.server, self.reader, self.writer, self.buffer = server, reader, writer, begun

    async def fill(self):
        data = await self.reader.read(65536)
        if not data:
            raise ConnectionError
        self.buffer += data

    async def until(self, mark):
        while mark not in self.buffer:
            await self.fill()
        head, self.buffer = self.buffer.split(mark, 1)
        return head

    async def take(self, size):
        while len(self.buffer) < size:
            await self.fill()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    async def run(self):
        while await self.exchange():
            pass

    async def exchange(self):
        head = (await self.until(b"\r\n\r\n")).decode("latin1").split("\r\n")
        headers = [[part.strip() for part in line.split(":", 1)] for line in head[1:]]
        request = new_request(headers, request_line=head[0])
        answer = self.server.next_answer()
        self.server.got.append(request)
        given = {name.lower(): value for name, value in headers}
        if given.get("transfer-encoding", "").lower() == "chunked":
            await self.read_chunks(request)
        elif "content-length" in given:
            size = int(given["content-length"])
            request["body"] = await self.take(size)
            request["body_frames"].append(size)
        request["complete"] = True
        await asyncio.sleep(answer.get("delay") or 0)
        if answer.get("reset"):
            return False
        return await self.answer(answer, request["request_line"].startswith("HEAD "))

    async def read_chunks(self, request):
        while True:
            size = int((await self.until(b"\r\n")).split(b";")[0], 16)
            if size == 0:
                break
            request["body"] += await self.take(size)
            request["body_frames"].append(size)
            await self.take(2)
        trailers = []
        while line := (await self.until(b"\r\n")).decode("latin1"):
            trailers.append([part.strip() for part in line.split(":", 1)])
        request["trailers"] = trailers or None

    async def answer(self, answer, to_head):
        parts, trailers = values.pieces(answer.get("body")), values.pairs(answer.get("trailers"))
        headers, status = values.pairs(answer.get("headers")), answer.get("status") or 200
        names = {name.lower() for name, _ in headers}
        is_chunked = bool(trailers) or len(parts) > 1
        if is_chunked and "transfer-encoding" not in names:
            headers.append(("transfer-encoding", "chunked"))
        if not is_chunked and "content-length" not in names and status not in (204, 304):
            headers.append(("content-length", str(sum(map(len, parts)))))
        lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in headers), "", ""]
        self.writer.write("\r\n".join(lines).encode("latin1"))
        for part in [] if to_head else parts:
            await self.writer.drain()
            if len(parts) > 1:
                await asyncio.sleep(answer.get("gap", GAP))
            self.writer.write(b"%x\r\n%s\r\n" % (len(part), part) if is_chunked else part)
        if is_chunked and not to_head:
            ending = ["0", *(f"{name}: {value}" for name, value in trailers), "", ""]
            self.writer.write("\r\n".join(ending).encode("latin1"))
        await self.writer.drain()
        closes = ("connection", "close") in [(name.lower(), value.lower()) for name, value in headers]
        return not closes


class End:
    """One end of a TCP connection: what came, and how its coming ended."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.body, self.end = b"", "open"
        self.closed = asyncio.Event()
        self.reading = asyncio.ensure_future(self.read())

    async def read(self):
        try:
            while data := await self.reader.read(65536):
                self.body += data
            self.end = "half"
        except OSError:
            self.end = "reset"

    async def step(self, step):
        with contextlib.suppress(OSError):
            if "send" in step:
                self.writer.write(values.whole(step["send"]))
                await self.writer.drain()
            if step.get("end"):
                self.writer.write_eof()
            if step.get("close"):
                self.close()
            if step.get("reset"):
                linger = struct.pack("ii", 1, 0)
                self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.close()

    def close(self):
        if not self.closed.is_set():
            self.note_end()
            self.closed.set()
            self.reading.cancel()
            self.writer.close()

    def note_end(self):
        """Tells an end of the sending only from an end of the whole connection; the kernel knows which it was."""
        if self.end == "half" and not self.closed.is_set() and self.peer_is_gone():
            self.end = "closed"

    def peer_is_gone(self):
        socket_ = self.writer.get_extra_info("socket")
        try:
            own, peer = socket_.getsockname()[1], socket_.getpeername()[1]
        except OSError:
            return True
        with open("/proc/net/tcp", encoding="ascii") as table:
            for line in list(table)[1:]:
                _, local, remote, _, _, _, _, _, _, inode = line.split()[:10]
                if int(local.split(":")[1], 16) == peer and int(remote.split(":")[1], 16) == own:
                    return inode == "0"
        return True

    def result(self):
        self.note_end()
        return {"body": values.to_json(self.body), "end": self.end}


class TcpServer(Server):
    """An upstream without a protocol; it has one connection in each exchange."""

    def __init__(self, name):
        super().__init__(name)
        self.expect()

    def expect(self):
        self.end = None

    async def serve(self, reader, writer):
        end = self.end = End(reader, writer)
        await end.closed.wait()
