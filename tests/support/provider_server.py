"""A model provider on this machine: Chat Completions over real HTTP, and everybody gets the same answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.model_provider import chat


class ProviderServer(ThreadingHTTPServer):
    """Answers with a text, or with an error.

    Attributes:
        text: of every answer.
        finish: how every answer ended.
        page: of HTML to answer with instead, as a proxy does; empty: none.
        trouble: status and code of the error to answer with instead; its message is `sk-secret`.
        bodies: of the requests.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.text = '{"ready": true}'
        self.finish = "stop"
        self.page = ""
        self.trouble: tuple[int, str] | None = None
        self.bodies: list[dict[str, object]] = []

    @property
    def url(self) -> str:
        """What `OPENAI_BASE_URL` has to be."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: ProviderServer

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        self.server.bodies.append(json.loads(self.rfile.read(length)))
        if self.server.page:
            status, content = 200, self.server.page.encode()
        elif self.server.trouble is None:
            status, content = 200, chat(self.server.text, finish=self.server.finish).content
        else:
            status, code = self.server.trouble
            content = json.dumps({"error": {"message": "sk-secret", "code": code}}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if self.server.page else "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def provider_server() -> Iterator[ProviderServer]:
    """One that serves in a thread of its own."""
    with ProviderServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
