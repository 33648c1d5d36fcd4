"""A web server on this machine with one file on it, as the models' own server would offer it."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

WEIGHTS = bytes(range(256)) * 12_000
"""Three megabytes that stand for a model."""


@dataclass
class Shelf:
    """What the server offers, and what was asked of it: path and Range header."""

    port: int
    body: bytes = WEIGHTS
    length: int | None = None
    status: int = 200
    ranges: bool = True
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def url(self, content: bytes = WEIGHTS) -> str:
        return f"http://127.0.0.1:{self.port}/models/{hashlib.sha256(content).hexdigest()}/tiny.en.pt"


@contextmanager
def serve() -> Iterator[Shelf]:
    """Serve a shelf until the block ends."""
    offer = Shelf(0)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers["Range"]
            offer.asked.append((self.path, asked))
            first = int(asked.removeprefix("bytes=").rstrip("-")) if asked and offer.ranges else 0
            if first > len(offer.body):
                self.send_error(416)
                return
            body = offer.body[first:]
            self.send_response(206 if first else offer.status)
            self.send_header("Content-Length", str(len(body) if offer.length is None else offer.length - first))
            self.end_headers()
            try:
                self.wfile.write(body)
            except ConnectionError:  # the other side hung up
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        offer.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield offer
        finally:
            server.shutdown()
            thread.join()
