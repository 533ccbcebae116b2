"""What Apps are told about talk on a pull request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.sandbox import Scene, scene


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path)


def told(stage: Scene, since: int = 0) -> list[tuple[str, str | None]]:
    return [(one.event, one.action) for one in stage.sandbox.deliveries[since:]]


def last(stage: Scene) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(stage.sandbox.deliveries[-1].body)
    return payload


def test_an_answer_in_a_thread_names_the_comment_that_it_answers(stage: Scene) -> None:
    comment = stage.sandbox.comment_on_line(stage.pull, "shop/orders.py", 5, "Why?")
    assert "in_reply_to_id" not in last(stage)["comment"]
    first = stage.sandbox.reply(comment, "Because.", author="ada")
    payload = last(stage)
    assert told(stage)[-1] == ("pull_request_review_comment", "created")
    assert (payload["comment"]["id"], payload["comment"]["in_reply_to_id"]) == (first.id, comment.id)
    assert (payload["pull_request"]["number"], payload["pull_request"]["head"]["sha"]) == (
        1,
        stage.pull.head_sha,
    )
    assert (payload["sender"]["login"], payload["repository"]["full_name"]) == ("ada", "acme/shop")
    stage.sandbox.reply(first, "Really?")
    assert last(stage)["comment"]["in_reply_to_id"] == comment.id, "every answer is one to the first comment"


def test_an_edit_tells_the_text_before_it_and_who_did_it(stage: Scene) -> None:
    inline = stage.sandbox.comment_on_line(stage.pull, "shop/orders.py", 5, "Why?")
    answer = stage.sandbox.reply(inline, "Becuase.", author="ada")
    stage.clock.now += 60
    stage.sandbox.edit_comment(answer, "Because.", by="ben")
    payload = last(stage)
    assert told(stage)[-1] == ("pull_request_review_comment", "edited")
    assert payload["changes"] == {"body": {"from": "Becuase."}}
    assert (payload["comment"]["body"], payload["comment"]["user"]["login"]) == ("Because.", "ada")
    assert payload["comment"]["updated_at"] > payload["comment"]["created_at"]
    assert payload["sender"]["login"] == "ben"
    said = stage.sandbox.comment(stage.pull, "Helo.", author="ada")
    stage.sandbox.edit_comment(said, "Hello.")
    assert told(stage)[-1] == ("issue_comment", "edited")
    assert last(stage)["changes"] == {"body": {"from": "Helo."}}


async def test_an_app_hears_of_its_own_comments_and_edits(stage: Scene) -> None:
    since = len(stage.sandbox.deliveries)
    inline = {"path": "shop/orders.py", "line": 5, "body": "Look."}
    async with stage.client() as client:
        await client.post(f"{stage.path}/pulls/1/reviews", json=stage.review(inline))
        [comment] = stage.pull.review_comments
        await client.patch(f"{stage.path}/pulls/comments/{comment.id}", json={"body": "Look again."})
        await client.post(f"{stage.path}/pulls/1/comments/{comment.id}/replies", json={"body": "So."})
        await client.post(f"{stage.path}/issues/1/comments", json={"body": "Done."})
    assert told(stage, since) == [
        ("pull_request_review_comment", "created"),
        ("pull_request_review_comment", "edited"),
        ("pull_request_review_comment", "created"),
        ("issue_comment", "created"),
    ]
    senders = [json.loads(one.body)["sender"] for one in stage.sandbox.deliveries[since:]]
    assert {(one["login"], one["type"]) for one in senders} == {("ai-review[bot]", "Bot")}


def test_a_thread_is_resolved_and_opened_again_once_each(stage: Scene) -> None:
    comment = stage.sandbox.comment_on_line(stage.pull, "shop/orders.py", 5, "Why?")
    answer = stage.sandbox.reply(comment, "Because.")
    since = len(stage.sandbox.deliveries)
    stage.sandbox.resolve(answer, by="ada")
    stage.sandbox.resolve(comment, by="ben")
    payload = last(stage)
    assert comment.resolved_by is not None
    assert comment.resolved_by.login == payload["sender"]["login"] == "ada"
    assert [one["id"] for one in payload["thread"]["comments"]] == [comment.id, answer.id]
    assert payload["thread"]["node_id"]
    assert (payload["pull_request"]["number"], payload["pull_request"]["head"]["sha"]) == (
        1,
        stage.pull.head_sha,
    )
    for _ in range(2):
        stage.sandbox.unresolve(comment, by="ben")
    assert comment.resolved_by is None
    assert told(stage, since) == [
        ("pull_request_review_thread", "resolved"),
        ("pull_request_review_thread", "unresolved"),
    ]


def test_labels_come_and_go_with_an_event_each(stage: Scene) -> None:
    since = len(stage.sandbox.deliveries)
    label = stage.sandbox.add_label(stage.pull, "needs care")
    stage.sandbox.add_label(stage.pull, "needs care")
    payload = last(stage)
    assert (payload["label"]["name"], payload["label"]["id"]) == ("needs care", label.id)
    assert [one["name"] for one in payload["pull_request"]["labels"]] == ["needs care"]
    stage.sandbox.remove_label(stage.pull, "needs care", by="ada")
    payload = last(stage)
    assert (payload["label"]["name"], payload["pull_request"]["labels"]) == ("needs care", [])
    assert payload["sender"]["login"] == "ada"
    assert told(stage, since) == [("pull_request", "labeled"), ("pull_request", "unlabeled")]


def test_reactions_send_nothing_and_can_be_taken_back(stage: Scene) -> None:
    comment = stage.sandbox.comment_on_line(stage.pull, "shop/orders.py", 5, "Why?")
    since = len(stage.sandbox.deliveries)
    for who in ("ada", "ben"):
        stage.sandbox.react(comment, "-1", author=who)
    stage.sandbox.unreact(comment, "-1", author="ada")
    assert [(one.user.login, one.content) for one in comment.reactions] == [("ben", "-1")]
    assert told(stage, since) == []


def test_a_comment_on_a_plain_issue_names_no_pull_request(stage: Scene) -> None:
    issue = stage.sandbox.create_issue(stage.repository, "It is slow", "Very.", author="ada")
    stage.sandbox.comment(issue, "/ai-review")
    payload = last(stage)
    assert issue.number == 2
    assert (payload["issue"]["number"], payload["issue"]["title"]) == (2, "It is slow")
    assert "pull_request" not in payload["issue"]
    stage.sandbox.commit(stage.repository, "other", {"x.txt": "x\n"})
    assert stage.sandbox.open_pull_request(stage.repository, "other").number == 3


def test_an_installation_learns_of_further_repositories(stage: Scene) -> None:
    other = stage.sandbox.create_repository("acme/.github", {"ai-review.yml": "enabled: true\n"})
    stage.sandbox.add_to_installation(stage.installation, other)
    payload = last(stage)
    assert told(stage)[-1] == ("installation_repositories", "added")
    assert [one["full_name"] for one in payload["repositories_added"]] == ["acme/.github"]
    assert stage.installation.covers(other)
