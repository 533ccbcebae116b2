"""What people do on a pull request, and what they get."""

from __future__ import annotations

import pytest

from bot.rendering.pauses import pause_record
from bot.sandbox.journal import Fault
from tests.support.installed import HEAD, Installed, checks_of, finding, inline, own_comments, places
from tests.support.waiting import wait_until

pytestmark = pytest.mark.xdist_group("flows")


def test_a_writers_command_is_seen_and_reviews_again_without_repeating_itself(bot: Installed) -> None:
    bot.finds(finding())
    repository = bot.repository("command")
    pull = bot.open(repository)
    first = bot.reviewed(pull, "success")
    bot.sandbox.set_role(repository, "wanda", "write")
    comment = bot.sandbox.comment(pull, "/ai-review", author="wanda")
    assert bot.sandbox.wait_until(lambda: bool(comment.reactions))
    assert bot.sandbox.wait_until(lambda: first.status == "in_progress")
    again = bot.reviewed(pull, "success")
    assert again.id == first.id
    assert places(pull) == [("shapes.py", 6)]
    assert [reaction.content for reaction in comment.reactions] == ["eyes", "+1"]


def test_a_strangers_command_gets_neither_review_nor_answer(bot: Installed) -> None:
    bot.finds(finding())
    repository = bot.repository("stranger")
    pull = bot.open(repository)
    bot.reviewed(pull, "success")
    bot.sandbox.set_role(repository, "rita", "read")
    since = len(bot.sandbox.calls)
    comments = [bot.sandbox.comment(pull, "/ai-review", author=who) for who in ("eve", "rita")]
    asked = f"GET /repos/{repository.full_name}/collaborators/"
    assert bot.sandbox.wait_until(lambda: sum(asked in call for call in bot.calls(repository, since)) == 2)
    bot.sandbox.comment(pull, "/ai-review help", author="acme")
    assert bot.sandbox.wait_until(lambda: len(own_comments(pull)) == 2)
    assert not any(comment.reactions for comment in comments)
    assert len(checks_of(pull)) == 1


def test_a_word_that_is_no_command_gets_the_list_and_a_confused_face(bot: Installed) -> None:
    bot.finds()
    pull = bot.open(bot.repository("unknown"))
    bot.reviewed(pull, "success")
    comment = bot.sandbox.comment(pull, "/ai-review frobnicate", author="acme")
    assert bot.sandbox.wait_until(lambda: len(comment.reactions) == 2)
    assert [reaction.content for reaction in comment.reactions] == ["eyes", "confused"]
    assert "is no command" in own_comments(pull)[1]


def test_a_question_in_a_thread_of_ours_is_answered_there(bot: Installed) -> None:
    bot.finds(finding())
    pull = bot.open(bot.repository("talk"))
    bot.reviewed(pull, "success")
    root = inline(pull)
    asked = bot.sandbox.reply(root, "/ai-review help", author="acme")
    assert bot.sandbox.wait_until(lambda: len(asked.reactions) == 2)
    assert pull.review_comments[-1].reply_to is root
    assert "`/ai-review dismiss`" in pull.review_comments[-1].body


def test_a_pause_is_recorded_in_the_conversation(bot: Installed) -> None:
    bot.finds()
    pull = bot.open(bot.repository("paused"))
    bot.reviewed(pull, "success")
    comment = bot.sandbox.comment(pull, "/ai-review pause", author="acme")
    assert bot.sandbox.wait_until(lambda: len(comment.reactions) == 2)
    assert pause_record(own_comments(pull)) is not None


def test_a_command_that_cannot_be_answered_ends_with_a_confused_face(bot: Installed) -> None:
    bot.finds()
    repository = bot.repository("mute")
    pull = bot.open(repository)
    bot.reviewed(pull, "success")
    bot.sandbox.fail(Fault("POST", f"{repository.full_name}/issues/1/comments$", status=403))
    comment = bot.sandbox.comment(pull, "/ai-review help", author="acme")
    assert bot.sandbox.wait_until(lambda: len(comment.reactions) == 2)
    assert [reaction.content for reaction in comment.reactions] == ["eyes", "confused"]


def test_a_command_waits_until_github_says_who_gave_it(bot: Installed) -> None:
    bot.finds()
    repository = bot.repository("patience")
    pull = bot.open(repository)
    bot.reviewed(pull, "success")
    trouble = Fault("GET", f"{repository.full_name}/collaborators/acme/permission", status=502, times=3)
    bot.sandbox.fail(trouble)
    comment = bot.sandbox.comment(pull, "/ai-review help", author="acme")
    assert bot.sandbox.wait_until(lambda: len(comment.reactions) == 2)
    assert trouble.seen > 3
    assert len(own_comments(pull)) == 2


def test_commands_wait_while_github_wants_a_pause(bot: Installed) -> None:
    bot.finds()
    repository = bot.repository("pausing")
    pull = bot.open(repository)
    bot.reviewed(pull, "success")
    limited = {"message": "You have exceeded a secondary rate limit."}
    path, after = f"{repository.full_name}/", {"retry-after": "8"}
    trouble = bot.sandbox.fail(Fault("*", path, status=403, body=limited, headers=after, times=9))
    comments = [bot.sandbox.comment(pull, "/ai-review help", author="acme")]
    assert bot.sandbox.wait_until(lambda: trouble.seen > 0)
    comments += [bot.sandbox.comment(pull, "/ai-review help", author="acme") for _ in range(3)]
    words = f"A command on {repository.full_name}#1 waits for GitHub"
    wait_until(lambda: bot.log.read_text().count(words) >= 3, words)
    assert trouble.seen == 1
    trouble.times = 1
    assert bot.sandbox.wait_until(lambda: all(len(one.reactions) == 2 for one in comments), 30)
    assert len(own_comments(pull)) == 1 + len(comments)


def test_a_draft_is_skipped_visibly_and_reviewed_once_it_is_ready(bot: Installed) -> None:
    bot.finds(finding())
    pull = bot.open(bot.repository("draft"), draft=True)
    check = bot.reviewed(pull, "neutral")
    assert "draft" in str(check.title)
    bot.sandbox.mark_ready(pull)
    assert bot.reviewed(pull, "success").id == check.id
    assert places(pull) == [("shapes.py", 6)]


def test_a_rerequested_check_is_run_again(bot: Installed) -> None:
    bot.model({"error": "refused"})
    pull = bot.open(bot.repository("rerun"))
    check = bot.reviewed(pull, "neutral")
    bot.finds()
    bot.sandbox.rerequest(check)
    assert bot.reviewed(pull, "success").title == "No problems found in 1 file"


def test_a_fork_is_reviewed_like_any_other(bot: Installed) -> None:
    bot.finds(finding())
    repository = bot.repository("forked")
    fork = bot.sandbox.fork(repository, "mallory")
    bot.sandbox.commit(fork, "change", {"shapes.py": HEAD}, author="mallory")
    pull = bot.sandbox.open_pull_request(repository, "change", author="mallory", fork=fork)
    bot.reviewed(pull, "success")
    assert places(pull) == [("shapes.py", 6)]


def test_the_policy_of_the_base_branch_holds_whatever_the_pull_request_says(bot: Installed) -> None:
    bot.finds(finding(), finding(path="docs/example.py"))
    policy = "ignore: ['docs/**']\nfail_on: high\n"
    repository = bot.repository("policy", {"shapes.py": HEAD, ".github/ai-review.yml": policy})
    changed = HEAD.replace("width", "breadth")
    pull = bot.open(
        repository,
        {"shapes.py": changed, "docs/example.py": HEAD, ".github/ai-review.yml": "enabled: false\n"},
    )
    bot.finds(finding("    return breadth / height"), finding(path="docs/example.py"))
    check = bot.reviewed(pull, "failure")
    assert places(pull) == [("shapes.py", 6)]
    assert "1 finding" in str(check.title)


def test_a_policy_that_switches_reviews_off_is_obeyed_and_said(bot: Installed) -> None:
    repository = bot.repository("off", {"shapes.py": "", ".github/ai-review.yml": "enabled: false\n"})
    check = bot.reviewed(bot.open(repository), "neutral")
    assert "policy" in str(check.title)


def test_a_broken_policy_is_shown_with_its_line_and_the_default_applies(bot: Installed) -> None:
    bot.finds(finding())
    repository = bot.repository(
        "broken", {"shapes.py": "", ".github/ai-review.yml": "version: 1\nignored: []\n"}
    )
    pull = bot.open(repository)
    bot.reviewed(pull, "success")
    assert "line 2" in own_comments(pull)[0]
    assert "ignored" in own_comments(pull)[0]
    assert places(pull) == [("shapes.py", 6)]


def test_a_title_keeps_no_change_from_its_review_where_the_policy_wants_all_read(bot: Installed) -> None:
    bot.finds()
    policy = "fail_on: incomplete\nignore_titles: ['WIP*']\n"
    repository = bot.repository("titles", {"shapes.py": "", ".github/ai-review.yml": policy})
    bot.sandbox.commit(repository, "change", {"shapes.py": HEAD})
    pull = bot.sandbox.open_pull_request(repository, "change", title="WIP ratio", author="mallory")
    check = bot.reviewed(pull, "failure")
    assert "such a title" in str(check.title)
    bot.sandbox.edit(pull, title="A ratio", by="mallory")
    assert bot.reviewed(pull, "success").id == check.id
    asked = bot.asked("")
    bot.sandbox.edit(pull, title="The ratio", by="mallory")
    bot.idle(pull)
    assert bot.asked("") == asked


def test_no_number_of_pushes_gets_a_change_past_a_policy_that_wants_all_read(bot: Installed) -> None:
    bot.finds()
    policy = "fail_on: incomplete\ntriggers: {max_rounds: 1}\n"
    repository = bot.repository("rounds", {"shapes.py": "", ".github/ai-review.yml": policy})
    pull = bot.open(repository)
    bot.reviewed(pull, "success")
    bot.sandbox.commit(repository, "change", {"shapes.py": f"{HEAD}\n\nexec(input())\n"})
    assert "as many as the policy wants" in str(bot.reviewed(pull, "failure").title)
    bot.sandbox.comment(pull, "/ai-review", author="acme")
    bot.reviewed(pull, "success")
