from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.state import ReviewComment
from tests.support.sandbox import Scene, scene

ALL = {"contents": "write", "pull_requests": "write", "issues": "read"}
RESOLVE = "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }"
UNRESOLVE = (
    "mutation Undo($in: UnresolveReviewThreadInput!)"
    " { unresolveReviewThread(input: $in) { clientMutationId thread { isResolved resolvedBy { login } } } }"
)
FOLD = """mutation($id: ID!, $why: ReportedContentClassifiers!) {
  minimizeComment(input: {subjectId: $id, classifier: $why}) { minimizedComment {
    __typename isMinimized minimizedReason ... on PullRequestReviewComment { path } } } }"""
SHOW = (
    "mutation($id: ID!) { unminimizeComment(input: {subjectId: $id}) { unminimizedComment { isMinimized } } }"
)
TALK = """{ repository(owner: "acme", name: "shop") { pullRequest(number: 1) {
  labels(first: 10) { nodes { name } }
  comments(first: 10) { nodes { id isMinimized minimizedReason } }
  reviewThreads(first: 10) { nodes {
    id isResolved isOutdated isCollapsed path line resolvedBy { __typename login }
    comments(first: 10) { nodes {
      id fullDatabaseId body createdAt isMinimized minimizedReason
      author { __typename login } replyTo { fullDatabaseId }
      reactions(first: 5, content: THUMBS_DOWN) { nodes { content user { login } } }
    } }
  } }
} } }"""


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path, permissions=ALL)


@pytest.fixture
def comment(stage: Scene) -> ReviewComment:
    return stage.sandbox.comment_on_line(stage.pull, "shop/orders.py", 5, "Why?", author="ada")


async def ask(stage: Scene, query: str, token: str | None = None, **variables: Any) -> dict[str, Any]:
    async with stage.client(token) as client:
        answer = await client.post("/graphql", json={"query": query, "variables": variables})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def talk(stage: Scene) -> dict[str, Any]:
    answer = await ask(stage, TALK)
    found: dict[str, Any] = answer["data"]["repository"]["pullRequest"]
    return found


async def thread(stage: Scene) -> dict[str, Any]:
    [found] = (await talk(stage))["reviewThreads"]["nodes"]
    return dict(found)


async def test_a_thread_is_resolved_and_opened_again(stage: Scene, comment: ReviewComment) -> None:
    before = await thread(stage)
    since = len(stage.sandbox.deliveries)
    answer = await ask(stage, RESOLVE, id=before["id"])
    assert answer == {"data": {"resolveReviewThread": {"thread": {"isResolved": True}}}}
    assert comment.resolved_by is stage.app.bot
    after = await thread(stage)
    assert (before["isResolved"], before["resolvedBy"]) == (False, None)
    assert (after["isResolved"], after["isCollapsed"]) == (True, True)
    assert after["resolvedBy"] == {"__typename": "User", "login": "ai-review"}
    answer = await ask(stage, UNRESOLVE, **{"in": {"threadId": before["id"], "clientMutationId": "x"}})
    shown = {"clientMutationId": "x", "thread": {"isResolved": False, "resolvedBy": None}}
    assert answer["data"]["unresolveReviewThread"] == shown
    told = [(one.event, one.action) for one in stage.sandbox.deliveries[since:]]
    assert told == [("pull_request_review_thread", action) for action in ("resolved", "unresolved")]


@pytest.mark.parametrize(
    "permissions", [ALL | {"contents": "read"}, ALL | {"pull_requests": "read"}, {"pull_requests": "write"}]
)
async def test_an_installation_resolves_only_with_both_permissions(
    tmp_path: Path, permissions: dict[str, str]
) -> None:
    stage = scene(tmp_path, permissions=permissions)
    comment = stage.sandbox.comment_on_line(stage.pull, "shop/orders.py", 5, "Why?")
    answer = await ask(stage, RESOLVE, id=(await thread(stage))["id"])
    assert answer["data"] == {"resolveReviewThread": None}
    [error] = answer["errors"]
    assert (error["type"], error["path"]) == ("FORBIDDEN", ["resolveReviewThread"])
    assert error["message"] == "Resource not accessible by integration"
    assert comment.resolved_by is None


async def test_people_resolve_what_they_opened_or_may_write(stage: Scene, comment: ReviewComment) -> None:
    node = (await thread(stage))["id"]
    stage.sandbox.set_role(stage.repository, "rita", "read")
    stage.sandbox.set_role(stage.repository, "wanda", "write")
    stage.sandbox.set_role(stage.repository, "dev", "read")
    refused = await ask(stage, RESOLVE, stage.sandbox.user_token("rita"), id=node)
    assert refused["errors"][0]["type"] == "FORBIDDEN"
    for who in ("dev", "wanda"):
        answer = await ask(stage, RESOLVE, stage.sandbox.user_token(who), id=node)
        assert answer["data"]["resolveReviewThread"]["thread"]["isResolved"], who
        stage.sandbox.unresolve(comment)


async def test_comments_are_folded_away_with_a_reason_and_shown_again(
    stage: Scene, comment: ReviewComment
) -> None:
    said = stage.sandbox.comment(stage.pull, "Hello.")
    found = await talk(stage)
    inline = found["reviewThreads"]["nodes"][0]["comments"]["nodes"][0]["id"]
    plain = found["comments"]["nodes"][0]["id"]
    folded = await ask(stage, FOLD, id=inline, why="OFF_TOPIC")
    assert folded["data"]["minimizeComment"]["minimizedComment"] == {
        "__typename": "PullRequestReviewComment",
        "isMinimized": True,
        "minimizedReason": "off-topic",
        "path": "shop/orders.py",
    }
    await ask(stage, FOLD, id=plain, why="RESOLVED")
    assert (comment.minimized, said.minimized) == ("off-topic", "resolved")
    found = await talk(stage)
    assert found["comments"]["nodes"][0]["minimizedReason"] == "resolved"
    assert found["reviewThreads"]["nodes"][0]["comments"]["nodes"][0]["isMinimized"]
    answer = await ask(stage, SHOW, id=inline)
    assert answer["data"]["unminimizeComment"]["unminimizedComment"] == {"isMinimized": False}
    assert comment.minimized is None


async def test_folding_wants_write_permission_on_pull_requests_and_no_more(tmp_path: Path) -> None:
    for level, done in (("read", False), ("write", True)):
        stage = scene(tmp_path / level, permissions={"contents": "read", "pull_requests": level})
        comment = stage.sandbox.comment_on_line(stage.pull, "shop/orders.py", 5, "Why?")
        node = (await thread(stage))["comments"]["nodes"][0]["id"]
        answer = await ask(stage, FOLD, id=node, why="OUTDATED")
        assert (comment.minimized is not None, "errors" not in answer) == (done, done)


async def test_a_reviews_own_text_can_be_folded_too(stage: Scene) -> None:
    async with stage.client() as client:
        made = (await client.post(f"{stage.path}/pulls/1/reviews", json=stage.review())).json()
    answer = await ask(stage, FOLD, id=made["node_id"], why="OUTDATED")
    assert answer["data"]["minimizeComment"]["minimizedComment"]["__typename"] == "PullRequestReview"
    assert stage.pull.reviews[0].minimized == "outdated"


async def test_what_cannot_be_found_or_seen_is_null_with_an_error(
    stage: Scene, comment: ReviewComment
) -> None:
    found = await thread(stage)
    first = found["comments"]["nodes"][0]["id"]
    wrong = {
        "resolveReviewThread": (RESOLVE, ("nonsense", "", "ÿ", first)),
        "minimizeComment": (FOLD, ("x",)),
    }
    for field, (query, nodes) in wrong.items():
        for node in nodes:
            variables = {"id": node} | ({"why": "SPAM"} if field == "minimizeComment" else {})
            answer = await ask(stage, query, **variables)
            assert answer["data"] == {field: None}, node
            assert answer["errors"][0]["type"] == "NOT_FOUND"
    stranger = stage.sandbox.user_token("stranger")
    assert (await ask(stage, RESOLVE, stranger, id=found["id"]))["errors"][0]["type"] == "NOT_FOUND"


@pytest.mark.parametrize(
    "query",
    [
        "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { nope } } }",
        "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread } }",
        "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id, x: 1}) { thread { id } } }",
        "mutation($id: ID!) { resolveReviewThread(input: {subjectId: $id}) { thread { id } } }",
        "mutation($id: ID!) { resolveReviewThread(threadId: $id) { thread { id } } }",
        "mutation($id: ID!) { minimizeComment(input: {subjectId: $id}) { clientMutationId } }",
        FOLD.replace(", $why: ReportedContentClassifiers!", "").replace("$why", "DULL"),
        "mutation($id: ID!) { closePullRequest(input: {pullRequestId: $id}) { clientMutationId } }",
        "query($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { id } } }",
        "subscription($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { id } } }",
    ],
)
async def test_a_wrong_mutation_is_an_error_and_does_nothing(
    stage: Scene, comment: ReviewComment, query: str
) -> None:
    answer = await ask(stage, query, id=(await thread(stage))["id"])
    assert "data" not in answer
    assert answer["errors"][0]["message"]
    assert (comment.resolved_by, comment.minimized) == (None, None)


async def test_a_thread_tells_what_became_of_it(stage: Scene, comment: ReviewComment) -> None:
    answer = stage.sandbox.reply(comment, "Because.", author="ben")
    stage.sandbox.react(comment, "-1", author="ben")
    stage.sandbox.react(comment, "+1", author="dev")
    stage.sandbox.add_label(stage.pull, "needs care")
    stage.sandbox.commit(stage.repository, "change", {"shop/orders.py": "all new\n"})
    found = await thread(stage)
    assert (found["isOutdated"], found["line"], found["path"]) == (True, None, "shop/orders.py")
    first, second = found["comments"]["nodes"]
    assert first["reactions"]["nodes"] == [{"content": "THUMBS_DOWN", "user": {"login": "ben"}}]
    assert (first["author"], first["replyTo"]) == ({"__typename": "User", "login": "ada"}, None)
    assert (second["body"], second["fullDatabaseId"]) == ("Because.", str(answer.id))
    assert second["replyTo"] == {"fullDatabaseId": str(comment.id)}
    assert (await talk(stage))["labels"]["nodes"] == [{"name": "needs care"}]


async def test_a_second_repository_that_is_missing_leaves_the_first_one_whole(stage: Scene) -> None:
    query = """{ own: repository(owner: "acme", name: "shop") { name }
      shared: repository(owner: "acme", name: ".github") {
        object(expression: "HEAD:ai-review.yml") { ... on Blob { text } } } }"""
    answer = await ask(stage, query)
    assert answer["data"] == {"own": {"name": "shop"}, "shared": None}
    [error] = answer["errors"]
    assert (error["type"], error["path"]) == ("NOT_FOUND", ["shared"])
    other = stage.sandbox.create_repository("acme/.github", {"ai-review.yml": "enabled: true\n"})
    assert (await ask(stage, query))["data"]["shared"] is None, "a private one that the App may not see"
    stage.sandbox.add_to_installation(stage.installation, other)
    answer = await ask(stage, query)
    assert answer["data"]["shared"] == {"object": {"text": "enabled: true\n"}}
    assert "errors" not in answer
