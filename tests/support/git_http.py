"""Real git over real HTTP on this machine: bare repositories in a folder, served by git's own `http-backend`.

What is *not* here: the repositories (tests.support.scratch_git), GitHub's API (bot.sandbox).
"""

from __future__ import annotations

import base64
import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

_CONFIGURATION = {
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    "safe.directory": "*",
}


class GitServer(ThreadingHTTPServer):
    """Serves `FOLDER/OWNER/NAME.git` as `/OWNER/NAME.git`.

    Attributes:
        requests: method and path of every request.
        authorizations: their `Authorization` headers; None where there was none.
        token: the token that is asked for; None lets everybody in.
        redirect: the address that every request is sent to instead.
        filters: whether blobs can be left out of a fetch, as on GitHub.
        packs: how many packs were asked for.
        held: packs are not answered before this is set.
        fetching: set by the first request for a pack.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.requests: list[str] = []
        self.authorizations: list[str | None] = []
        self.token: str | None = None
        self.redirect: str | None = None
        self.filters = True
        self.packs = 0
        self.fetching = threading.Event()
        self.held = threading.Event()
        self.held.set()

    @property
    def url(self) -> str:
        """Address without a slash at its end."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is what some tests are about."""


@contextlib.contextmanager
def git_server(folder: Path) -> Iterator[GitServer]:
    """A server of the bare repositories in a folder, on a free port."""
    with GitServer(folder) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.held.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: GitServer

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def _serve(self, body: bytes) -> None:
        self.server.requests.append(f"{self.command} {self.path}")
        self.server.authorizations.append(self.headers.get("Authorization"))
        if self.server.redirect is not None:
            self.send_response(302)
            self.send_header("Location", self.server.redirect + self.path)
            self.end_headers()
        elif not self._is_allowed():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()
        else:
            if b"command=fetch" in body:
                self.server.packs += 1
                self.server.fetching.set()
                self.server.held.wait(30)
            self._answer(body)

    def _answer(self, body: bytes) -> None:
        asked = ["git", "http-backend"]
        done = subprocess.run(asked, input=body, capture_output=True, check=True, env=self._environment())
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.decode().split(": ", 1) for line in head.split(b"\r\n") if line)
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _environment(self) -> dict[str, str]:
        address = urlsplit(self.path)
        settings = _CONFIGURATION | {"uploadpack.allowFilter": str(self.server.filters).lower()}
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_COUNT": str(len(settings)),
            "REQUEST_METHOD": self.command,
            "PATH_INFO": address.path,
            "QUERY_STRING": address.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        for number, (name, value) in enumerate(settings.items()):
            environment |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
        return environment

    def _is_allowed(self) -> bool:
        if self.server.token is None:
            return True
        wanted = base64.b64encode(f"x-access-token:{self.server.token}".encode()).decode()
        return self.headers.get("Authorization") == f"Basic {wanted}"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Silent."""
