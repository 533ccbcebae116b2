"""Signed webhook in, comments out: through the real receiver, Valkey, worker process, git and the sandbox."""

from __future__ import annotations

import pytest

from tests.support.installed import HEAD, Installed, checks_of, finding, inline, own_comments, places
from tests.support.waiting import wait_until

pytestmark = pytest.mark.xdist_group("flows")

MORE = HEAD + "\n\ndef half(width):\n    return width // 2\n"


def test_an_opened_pull_request_gets_one_review_one_summary_and_one_check_in_eight_calls(
    bot: Installed,
) -> None:
    bot.finds(finding())
    repository = bot.repository("opened")
    since = len(bot.sandbox.calls)
    pull = bot.open(repository)
    check = bot.reviewed(pull, "success")
    assert places(pull) == [("shapes.py", 6)]
    assert "A height of zero is not handled" in inline(pull).body
    assert len(pull.reviews) == 1
    assert len(own_comments(pull)) == 1
    assert [run.id for run in checks_of(pull)] == [check.id]
    assert check.title == "1 finding: high severity"
    assert bot.sandbox.wait_until(lambda: len(bot.calls(repository, since)) == 8)


def test_sixty_files_take_at_most_fourteen_calls(bot: Installed) -> None:
    bot.finds(finding(path="part_07.py"))
    repository = bot.repository("sixty")
    since = len(bot.sandbox.calls)
    pull = bot.open(repository, {f"part_{number:02}.py": HEAD for number in range(60)})
    bot.reviewed(pull, "success")
    assert places(pull) == [("part_07.py", 6)]
    assert len(bot.calls(repository, since)) <= 14


def test_a_delivery_that_comes_twice_changes_nothing(bot: Installed) -> None:
    bot.finds(finding())
    repository = bot.repository("twice")
    pull = bot.open(repository)
    bot.reviewed(pull, "success")
    opened = next(
        one for one in bot.sandbox.deliveries if one.event == "pull_request" and _about(one, repository)
    )
    since = len(bot.sandbox.calls)
    again = bot.sandbox.redeliver(opened)
    assert bot.sandbox.wait_until(lambda: again.status_code == 202)
    bot.sandbox.comment(pull, "/ai-review help", author="acme")
    assert bot.sandbox.wait_until(lambda: len(own_comments(pull)) == 2)
    told = [call for call in bot.calls(repository, since) if "/pulls/" in call]
    assert told == [f"GET /repos/{repository.full_name}/pulls/1"]  # the command's own
    assert len(pull.reviews) == 1


def test_a_push_keeps_what_was_said_and_adds_only_what_is_new(bot: Installed) -> None:
    bot.finds(finding())
    repository = bot.repository("push")
    pull = bot.open(repository)
    first = bot.reviewed(pull, "success")
    bot.finds(finding(), finding("    return width // 2", claim="An odd width is rounded down."))
    bot.sandbox.commit(repository, "change", {"shapes.py": MORE})
    second = bot.reviewed(pull, "success")
    assert second.id != first.id
    assert places(pull) == [("shapes.py", 6), ("shapes.py", 10)]
    assert [comment.body.count("A height of zero") for comment in pull.review_comments] == [1, 0]
    assert len(own_comments(pull)) == 1
    assert "1 new finding, 1 still open" in own_comments(pull)[0]


def test_a_clean_change_is_green_without_a_review(bot: Installed) -> None:
    bot.finds()
    pull = bot.open(bot.repository("clean"))
    check = bot.reviewed(pull, "success")
    assert check.title == "No problems found in 1 file"
    assert not pull.reviews


def test_a_model_that_answers_nonsense_ends_neutral_and_is_asked_again_later(bot: Installed) -> None:
    bot.model({"error": "invalid"})
    pull = bot.open(bot.repository("nonsense"))
    check = bot.reviewed(pull, "neutral")
    assert "next try" in str(check.title)
    bot.finds(finding())
    again = bot.reviewed(pull, "success")
    assert again.id == check.id
    assert places(pull) == [("shapes.py", 6)]


def test_a_refuted_finding_is_not_posted_but_told_in_the_fold(bot: Installed) -> None:
    bot.model(
        {"name": "find", "answer": {"findings": [finding()]}},
        {
            "name": "cross",
            "answer": {"verdict": "refuted", "introduced": True, "reason": "Callers check it."},
        },
    )
    pull = bot.open(bot.repository("refuted"))
    bot.reviewed(pull, "success")
    assert not pull.review_comments
    assert "Callers check it" in own_comments(pull)[0]


def test_a_push_during_a_review_hands_over_to_the_newest_head(bot: Installed) -> None:
    bot.model({"name": "find", "answer": {"findings": [finding()]}, "delay": 2})
    repository, asked = bot.repository("moved"), bot.asked("find")
    pull = bot.open(repository)
    wait_until(lambda: bot.asked("find") > asked, "the model to be asked")
    old = checks_of(pull)[0]
    bot.finds(finding())
    bot.sandbox.commit(repository, "change", {"shapes.py": MORE})
    bot.reviewed(pull, "success")
    assert (old.status, old.conclusion) == ("completed", "neutral")
    assert str(old.title).startswith("Superseded by")
    assert len(pull.reviews) == 1
    assert pull.reviews[0].commit_sha == pull.head_sha


def _about(delivery: object, repository: object) -> bool:
    return str(getattr(repository, "full_name", "")) in str(getattr(delivery, "body", ""))
