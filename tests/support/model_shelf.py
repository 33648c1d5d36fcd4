"""A web server on this machine that serves one file, as the models' own server would."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

WEIGHTS = bytes(range(256)) * 12_000
"""Three megabytes that represent a model."""


@dataclass
class Shelf:
    """The server's answers, and the requests it received: path and Range header."""

    port: int
    body: bytes = WEIGHTS
    length: int | None = None
    status: int = 200
    ranges: bool = True
    requests: list[tuple[str, str | None]] = field(default_factory=list)

    def url(self, content: bytes = WEIGHTS) -> str:
        """Return an address with the checksum of some content in it, as openai-whisper's have."""
        return f"http://127.0.0.1:{self.port}/models/{hashlib.sha256(content).hexdigest()}/tiny.en.pt"


@contextmanager
def serve() -> Iterator[Shelf]:
    """Run the server until the block ends."""
    shelf = Shelf(0)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requested = self.headers["Range"]
            shelf.requests.append((self.path, requested))
            first = int(requested.removeprefix("bytes=").rstrip("-")) if requested and shelf.ranges else 0
            if first > len(shelf.body):
                self.send_error(416)
                return
            body = shelf.body[first:]
            self.send_response(206 if first else shelf.status)
            self.send_header("Content-Length", str(len(body) if shelf.length is None else shelf.length - first))
            self.end_headers()
            try:
                self.wfile.write(body)
            except ConnectionError:  # the client hung up
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        shelf.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield shelf
        finally:
            server.shutdown()
            thread.join()
