"""A small server on this machine that can break off, refuse parts of a file, and change what it serves."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Served:
    """What a server sends, and what it was asked.

    `ranges`: it can send a part. `cut`: it closes the connection after so many bytes of an answer. `status`: it
    answers with this error. `length`: it says how long the body is. `shift`: a part begins so much too late.
    `chunked`: it sends in pieces, each with its own length, as servers do that pack an archive while they send it.
    `encoding`: it says that the body is compressed for the way. `stall`: it stops after so many bytes of an answer, and
    waits until `stall` is None.
    """

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.ranges = True
        self.cut: int | None = None
        self.status = 200
        self.length = True
        self.shift = 0
        self.chunked = False
        self.encoding = ""
        self.stall: int | None = None
        self.asked: list[str | None] = []
        self.url = ""
        self.moved = False


@contextmanager
def serving(body: bytes) -> Iterator[Served]:
    served = Served(body)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.protocol_version = "HTTP/1.1" if served.chunked else "HTTP/1.0"
            if served.moved and self.path == "/archive.zip":
                self.send_response(302)
                self.send_header("Location", "/elsewhere.zip")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            wanted = self.headers.get("Range")
            served.asked.append(wanted)
            start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and served.ranges else 0
            if served.status != 200 or start >= len(served.body):
                self.send_error(served.status if served.status != 200 else 416)
                return
            start += served.shift if wanted else 0
            part = served.body[start:]
            self.send_response(206 if wanted and served.ranges else 200)
            if wanted and served.ranges:
                self.send_header("Content-Range", f"bytes {start}-{len(served.body) - 1}/{len(served.body)}")
            if served.chunked:
                self.send_header("Transfer-Encoding", "chunked")
            elif served.length:
                self.send_header("Content-Length", str(len(part)))
            if served.encoding:
                self.send_header("Content-Encoding", served.encoding)
            self.end_headers()
            if served.stall is not None:
                self.wfile.write(part[: served.stall])
                while served.stall is not None:
                    time.sleep(0.02)
                return
            if not served.chunked:
                self.wfile.write(part[: served.cut])
                return
            for at in range(0, len(part[: served.cut]), 512):
                piece = part[at : at + 512]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            if served.cut is None:
                self.wfile.write(b"0\r\n\r\n")
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}/archive.zip"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
