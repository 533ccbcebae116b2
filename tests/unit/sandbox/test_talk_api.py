from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.sandbox import Scene, scene


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path)


@pytest.mark.parametrize("kind", ["issues", "pulls"])
async def test_reactions_are_given_listed_by_kind_and_taken_back(stage: Scene, kind: str) -> None:
    comment = (
        stage.sandbox.comment(stage.pull, "Hello.")
        if kind == "issues"
        else stage.sandbox.comment_on_line(stage.pull, "shop/orders.py", 5, "Why?")
    )
    path = f"{stage.path}/{kind}/comments/{comment.id}/reactions"
    theirs = stage.sandbox.react(comment, "-1", author="ada")
    async with stage.client() as client:
        own = [await client.post(path, json={"content": "eyes"}) for _ in range(2)]
        wrong = await client.post(path, json={"content": "shrug"})
        every = (await client.get(path)).json()
        against = (await client.get(path, params={"content": "-1"})).json()
        deleted = [await client.delete(f"{path}/{one}") for one in (own[0].json()["id"], theirs.id, 1)]
        shown = (await client.get(path.removesuffix("/reactions"))).json()["reactions"]
    assert [one.status_code for one in (*own, wrong)] == [201, 200, 422]
    assert [(one["user"]["login"], one["content"]) for one in every] == [
        ("ada", "-1"),
        ("ai-review[bot]", "eyes"),
    ]
    assert [one["id"] for one in against] == [theirs.id]
    assert [one.status_code for one in deleted] == [204, 403, 404]
    assert (shown["total_count"], shown["-1"], shown["eyes"]) == (1, 1, 0)


async def test_reacting_inline_wants_write_permission_on_pull_requests(tmp_path: Path) -> None:
    stage = scene(tmp_path, permissions={"issues": "write", "pull_requests": "read"})
    inline = stage.sandbox.comment_on_line(stage.pull, "shop/orders.py", 5, "Why?")
    plain = stage.sandbox.comment(stage.pull, "Hello.")
    async with stage.client() as client:
        answers = [
            await client.post(f"{stage.path}/{kind}/comments/{one.id}/reactions", json={"content": "eyes"})
            for kind, one in (("pulls", inline), ("issues", plain))
        ]
    assert [one.status_code for one in answers] == [403, 201]


async def test_issues_and_pull_requests_are_read_by_number(stage: Scene) -> None:
    issue = stage.sandbox.create_issue(stage.repository, "It is slow", "Very.", author="ada")
    stage.sandbox.comment(issue, "Still.")
    stage.sandbox.add_label(stage.pull, "needs care")
    async with stage.client() as client:
        plain = (await client.get(f"{stage.path}/issues/{issue.number}")).json()
        pull = (await client.get(f"{stage.path}/issues/1")).json()
        talk = (await client.get(f"{stage.path}/issues/{issue.number}/comments")).json()
        nothing = await client.get(f"{stage.path}/issues/77")
        no_pull = await client.get(f"{stage.path}/pulls/{issue.number}")
        whole = (await client.get(f"{stage.path}/pulls/1")).json()
    assert (plain["title"], plain["body"], plain["user"]["login"]) == ("It is slow", "Very.", "ada")
    assert "pull_request" not in plain
    assert pull["pull_request"]["url"].endswith("/pulls/1")
    assert (
        [one["name"] for one in pull["labels"]] == [one["name"] for one in whole["labels"]] == ["needs care"]
    )
    assert [one["body"] for one in talk] == ["Still."]
    assert (nothing.status_code, no_pull.status_code) == (404, 404)


@pytest.mark.parametrize(
    ("level", "statuses"), [(None, [403, 403]), ("read", [200, 403]), ("write", [200, 201])]
)
async def test_plain_issues_want_the_permission_for_issues(
    tmp_path: Path, level: str | None, statuses: list[int]
) -> None:
    stage = scene(tmp_path, permissions={"pull_requests": "write"} | ({"issues": level} if level else {}))
    path = f"{stage.path}/issues/{stage.sandbox.create_issue(stage.repository, 'It is slow').number}"
    async with stage.client() as client:
        answers = [await client.get(path), await client.post(f"{path}/comments", json={"body": "Hello."})]
        on_pull = await client.post(f"{stage.path}/issues/1/comments", json={"body": "Hello."})
    assert [one.status_code for one in answers] == statuses
    assert on_pull.status_code == 201


async def test_an_answer_is_edited_and_tells_its_thread(stage: Scene) -> None:
    comment = stage.sandbox.comment_on_line(stage.pull, "shop/orders.py", 5, "Why?")
    async with stage.client() as client:
        path = f"{stage.path}/pulls/1/comments/{comment.id}/replies"
        made = (await client.post(path, json={"body": "So."})).json()
        edited = await client.patch(f"{stage.path}/pulls/comments/{made['id']}", json={"body": "Therefore."})
        again = await client.post(f"{stage.path}/pulls/1/comments/{made['id']}/replies", json={"body": "?"})
        foreign = await client.patch(f"{stage.path}/pulls/comments/{comment.id}", json={"body": "x"})
    assert (made["in_reply_to_id"], edited.json()["body"]) == (comment.id, "Therefore.")
    assert (again.status_code, foreign.status_code) == (422, 403)


async def test_a_binary_file_comes_raw_at_a_ref(stage: Scene) -> None:
    raw = {"accept": "application/vnd.github.raw+json"}
    async with stage.client() as client:
        for ref, data in (("main", b"\x00\x01"), (stage.pull.head_sha, b"\x00\x02")):
            answer = await client.get(f"{stage.path}/contents/logo.png?ref={ref}", headers=raw)
            assert (answer.status_code, answer.content) == (200, data)
