"""`ai-review demo` as a person runs it: real processes, an empty home, no key."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.launching import ROOT
from tests.support.waiting import wait_until

pytestmark = pytest.mark.xdist_group("demo")

PROGRAM = (sys.executable, "-m", "workers.cli.main", "demo")
FOUND_BY_A_MODEL = {
    "marina/bookings.py": (
        "    return booking.arrival <= departure and arrival <= booking.departure",
        '        if other.status is not "cancelled"',
        (
            "    if booking.owner != user and not store.is_harbour_master(user):\n"
            '        raise NotAllowed("Only the owner or the harbour master may cancel a booking.")'
        ),
    ),
    "marina/notices.py": ("    send_offers(outbox, waiting)",),
    "marina/waiting.py": ("    def __init__(self, wishes: list[Wish] = []) -> None:",),
    "db/queries/arrivals_today.sql": ("  AND b.status <> 'cancelled'",),
}


def home_in(folder: Path) -> dict[str, str]:
    """All that the demo finds in its environment."""
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "COLUMNS": "100"}


def demo(folder: Path, *options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """The demo from its start to its end."""
    return subprocess.run(
        [*PROGRAM, *options],
        env=home_in(folder) | settings,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def test_with_a_model_the_demo_uses_it(tmp_path: Path) -> None:
    findings = [
        {
            "path": path,
            "quote": quote,
            "claim": f"Something is wrong with {quote.strip()[:40]}",
            "trigger": "it runs",
            "consequence": "it fails",
            "category": "wrong-condition",
            "severity": "high",
            "confidence": 0.9,
            "needs": [],
        }
        for path, quotes in FOUND_BY_A_MODEL.items()
        for quote in quotes
    ]
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps({"rules": [{"name": "find", "answer": {"findings": findings}}]}))
    page = tmp_path / "page.html"
    done = demo(tmp_path, "--output", str(page), AI_REVIEW_MODEL=f"scripted:{rules}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Planted bugs found: 6 of 6." in done.stdout, done.stdout
    assert page.exists()
    assert not list(tmp_path.glob("ai-review-demo-*"))


def test_a_repository_on_disk_is_reviewed_likewise(tmp_path: Path) -> None:
    repository = tmp_path / "tool"
    repository.mkdir()

    def git(*arguments: str) -> None:
        name = ("-c", "user.name=dev", "-c", "user.email=dev@example.invalid")
        subprocess.run(["git", *name, "-C", str(repository), *arguments], check=True, capture_output=True)

    git("init", "-b", "main")
    (repository / "tool.py").write_text("def add(item):\n    return [item]\n")
    git("add", ".")
    git("commit", "-m", "First")
    git("checkout", "-b", "work")
    (repository / "tool.py").write_text("def add(item, to=[]):\n    to.append(item)\n    return to\n")
    git("commit", "-am", "Add to a list")
    done = demo(tmp_path, "--repo", str(repository), "--range", "main..work")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tool.py:1" in done.stdout
    assert "Planted" not in done.stdout


def test_a_model_that_cannot_be_reached_is_no_success_and_its_cause_is_named(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        settings = {
            "AI_REVIEW_MODEL": "openai-chat:gpt-4o",
            "OPENAI_API_KEY": "k",
            "OPENAI_BASE_URL": address,
        }
        done = demo(tmp_path, **settings)
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"openai-chat:gpt-4o: {address} could not be reached: the connection was refused" in done.stdout
    assert "next try" not in done.stdout


@dataclass
class StayingUp:
    """`demo --serve`, with what it printed until it said what to try."""

    process: subprocess.Popen[str]
    printed: str = ""
    advice: str = ""

    def end(self) -> int:
        """Stop it as Ctrl+C does, and read the rest."""
        self.process.terminate()
        rest, _ = self.process.communicate(timeout=30)
        self.printed += rest
        return self.process.returncode


@contextmanager
def staying_up(folder: Path) -> Iterator[StayingUp]:
    process = subprocess.Popen(
        [*PROGRAM, "--serve"], env=home_in(folder), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    demo = StayingUp(process)
    try:
        for line in process.stdout:
            demo.printed += line
            if line.startswith("To try"):
                demo.advice = line.partition(":  ")[2]
                break
        yield demo
    finally:
        if process.poll() is None:
            demo.end()


def test_the_demo_shows_a_review_says_what_was_missed_leaves_a_page_and_stays_up_to_be_tried(
    tmp_path: Path,
) -> None:
    with staying_up(tmp_path) as demo:
        assert demo.advice, demo.printed
        program, *options, url = shlex.split(demo.advice)
        header, body = options[options.index("-H") + 1], options[options.index("-d") + 1]
        assert (program, json.loads(body)) == ("curl", {"body": "/ai-review explain"})
        name, _, token = header.partition(": ")
        with httpx.Client(headers={name: token}, trust_env=False) as client:
            comments = url.rpartition("/comments/")[0] + "/comments"
            before = len(client.get(comments).json())
            assert client.post(url, content=body).status_code == 201
            answer = wait_until(lambda: client.get(comments).json()[before + 1 :], "an answer")
        assert demo.end() == 0
    assert len(answer) == 1  # nothing is doubled
    assert answer[0]["in_reply_to_id"] is not None
    assert answer[0]["user"]["type"] == "Bot"
    assert "Planted bugs found: 3 of 6." in demo.printed
    assert "not found  db/queries/arrivals_today.sql" in demo.printed
    assert "Check run ai-review: neutral" in demo.printed
    assert "A green check says that all was read, not that nothing was found" in demo.printed
    assert "`fail_on: high`" in demo.printed
    page = tmp_path / ".local/share/ai-review/demo.html"
    assert str(page) in demo.printed
    assert page.read_text(encoding="utf-8").count("no model took part") >= 3
    assert not list(tmp_path.glob("ai-review-demo-*"))
