from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx

from tests.support.sandbox import scene


def test_it_answers_over_http_and_sends_webhooks_as_they_arise(tmp_path: Path) -> None:
    stage = scene(tmp_path)
    seen: list[str] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            seen.append(self.headers["x-github-event"])
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    receiver = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=receiver.serve_forever)
    thread.start()
    stage.app.webhook_url = f"http://127.0.0.1:{receiver.server_port}/"
    try:
        with stage.sandbox.serve() as server:
            stage.sandbox.comment(stage.pull, "Hello.")
            assert stage.sandbox.wait_until(lambda: all(one.is_done for one in stage.sandbox.deliveries), 10)
            page = httpx.get(f"{server.url}/acme/shop/pull/1", trust_env=False)
    finally:
        receiver.shutdown()
        thread.join()
        receiver.server_close()
    assert page.status_code == 200
    assert seen == ["installation", "pull_request", "issue_comment"]
    assert {one.status_code for one in stage.sandbox.deliveries} == {202}


def test_waiting_ends_with_false_when_nothing_comes(tmp_path: Path) -> None:
    assert scene(tmp_path).sandbox.wait_until(lambda: False, 0.01) is False
