from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.ledger import Lesson
from bot.domain.pull_request import PullRequestRef
from bot.store.ledgers import Ledgers
from bot.valkey import EmbeddedValkey
from tests.support.commands import Terminal
from tests.support.reviews import LOST_GUARD, SHARED_DEFAULT, marked
from workers.review.lessons import lesson_of

NOW = time.time()
REF = PullRequestRef("acme/shop", 12)
BASKET = lesson_of(
    marked(SHARED_DEFAULT, fingerprint="00000000000000b0"), REF, "wanda", "It is never changed.", NOW, 90
)
GUARD = lesson_of(marked(LOST_GUARD, fingerprint="00000000000000c0"), REF, "otto", "", NOW - 99, 90)
OVER = replace(lesson_of(marked(LOST_GUARD), REF, "otto", "", NOW, 90), until=NOW - 1)


@pytest.fixture
def shell(shell: Terminal, redis: Redis, valkey_url: str) -> Terminal:
    teach(redis, BASKET, GUARD, OVER)
    shell.set(redis_url=valkey_url)
    return shell


def teach(redis: Redis, *lessons: Lesson) -> None:
    for lesson in lessons:
        Ledgers(redis).learn(REF.repo, lesson)


def ids(shell: Terminal, repo: str = "acme/shop") -> list[str]:
    done = shell.run("policy", "learned", repo, "--format", "json")
    assert (done.status, done.err) == (0, "")
    return [lesson["id"] for lesson in json.loads(done.out)["lessons"]]


def test_lessons_that_count_are_listed_with_who_where_why_and_how_long(shell: Terminal) -> None:
    done = shell.run("policy", "learned", "acme/shop")
    assert (done.status, done.err) == (0, "")
    assert done.out.index("00000000000000b0  medium") < done.out.index("00000000000000c0  high")
    assert "The default list is shared by all calls." in done.out
    assert "dismissed in #12 by wanda on" in done.out
    assert "It is never changed." in done.out
    assert "2 lessons of acme/shop" in done.out


def test_a_repository_is_the_same_in_any_case_and_another_has_its_own(shell: Terminal) -> None:
    assert ids(shell) == ids(shell, "ACME/Shop") == ["00000000000000b0", "00000000000000c0"]
    assert ids(shell, "acme/other") == []
    assert "acme/other has no lessons" in shell.run("policy", "learned", "acme/other").out


def test_a_lesson_is_taken_back_once(shell: Terminal) -> None:
    forget = ("policy", "learned", "acme/shop", "--forget", "00000000000000b0")
    assert shell.run(*forget).out.startswith("Forgotten: 00000000000000b0.")
    assert ids(shell) == ["00000000000000c0"]
    assert "acme/shop has no lesson 00000000000000b0" in shell.run(*forget).complaint


def test_json_says_what_was_forgotten(shell: Terminal) -> None:
    done = shell.run("policy", "learned", "acme/shop", "--forget", "00000000000000c0", "--format", "json")
    assert json.loads(done.out) == {"repository": "acme/shop", "forgotten": "00000000000000c0"}


def test_lessons_of_the_embedded_server_are_found_while_it_runs_and_after(
    shell: Terminal, tmp_path: Path
) -> None:
    shell.set(redis_url="", data_dir=str(tmp_path))
    with EmbeddedValkey(tmp_path) as server, Redis.from_url(server.url) as redis:
        teach(redis, BASKET)
        assert ids(shell) == ["00000000000000b0"]
    assert ids(shell) == ["00000000000000b0"]


def test_without_any_redis_one_sentence_says_what_to_set(shell: Terminal, tmp_path: Path) -> None:
    shell.set(redis_url="", data_dir=str(tmp_path / "none"))
    assert "AI_REVIEW_REDIS_URL is not set" in shell.run("policy", "learned", "acme/shop").complaint
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["acme"], "acme is no repository: write OWNER/REPO."),
        (["acme/shop", "--forget", "b0"], "16 hexadecimal digits"),
        (["acme/shop", "--format", "sarif"], "--format"),
    ],
)
def test_wrong_usage_is_one_sentence(shell: Terminal, arguments: list[str], words: str) -> None:
    assert words in shell.run("policy", "learned", *arguments).complaint


def test_a_redis_that_does_not_answer_is_one_sentence(shell: Terminal, tmp_path: Path) -> None:
    shell.set(redis_url=f"unix://{tmp_path}/none.sock")
    complaint = shell.run("policy", "learned", "acme/shop").complaint
    assert "Redis does not answer" in complaint
    assert "check AI_REVIEW_REDIS_URL" in complaint
