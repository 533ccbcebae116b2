"""`ai-review demo` as a person runs it: real processes, an empty home, no key."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.support.waiting import wait_until

pytestmark = pytest.mark.xdist_group("demo")

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


def demo(folder: Path, *options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "COLUMNS": "100"}
    return subprocess.run(
        [sys.executable, "-m", "workers.cli.main", "demo", *options],
        env=environment | settings,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def test_the_demo_shows_a_review_says_what_was_missed_and_leaves_a_page(tmp_path: Path) -> None:
    done = demo(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Planted bugs found: 3 of 6." in done.stdout
    assert "not found  db/queries/arrivals_today.sql" in done.stdout
    assert "Check run ai-review: neutral" in done.stdout
    assert "green tells that all was read, not that all is well" in done.stdout
    assert "`fail_on: high`" in done.stdout
    page = tmp_path / ".local/share/ai-review/demo.html"
    assert str(page) in done.stdout
    assert page.read_text(encoding="utf-8").count("no model took part") >= 3
    assert not list(tmp_path.glob("ai-review-demo-*"))


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


def test_what_stays_up_answers_the_call_that_is_printed_and_doubles_nothing(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
        "COLUMNS": "100",
    }
    running = subprocess.Popen(
        [sys.executable, "-m", "workers.cli.main", "demo", "--serve"],
        env=environment,
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    try:
        said = next(line for line in running.stdout if line.startswith("To try"))
        program, *options, url = shlex.split(said.partition(":  ")[2])
        header, body = options[options.index("-H") + 1], options[options.index("-d") + 1]
        assert (program, json.loads(body)) == ("curl", {"body": "/ai-review explain"})
        name, _, token = header.partition(": ")
        with httpx.Client(headers={name: token}, trust_env=False) as client:
            comments = url.rpartition("/comments/")[0] + "/comments"
            before = len(client.get(comments).json())
            assert client.post(url, content=body).status_code == 201
            answer = wait_until(lambda: client.get(comments).json()[before + 1 :], "an answer")
    finally:
        running.terminate()
        running.communicate(timeout=30)
    assert len(answer) == 1
    assert answer[0]["in_reply_to_id"] is not None
    assert answer[0]["user"]["type"] == "Bot"
