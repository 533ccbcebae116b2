from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.graphql.language import Field, Inline, QueryError, Variable, parse
from bot.sandbox.state import Limits
from tests.support.sandbox import Scene, scene

SHOP = '{ repository(owner: "acme", name: "shop") { %s } }'


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path, limits=Limits(text_bytes=200))


async def ask(stage: Scene, query: str, path: str = "/graphql", **variables: Any) -> dict[str, Any]:
    async with stage.client() as client:
        answer = await client.post(path, json={"query": query, "variables": variables})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def test_many_files_come_in_one_request(stage: Scene) -> None:
    query = """
    query Files($owner: String!, $name: String!) {
      repository(owner: $owner, name: $name) {
        a: object(expression: "change:docs/größe und maß.md") {
          ...on Blob { text byteSize isBinary isTruncated }
        }
        b: object(expression: "change:logo.png") { __typename ... on Blob { text isBinary } }
        c: object(expression: "change:gone.txt") { ... on Blob { text } }
        d: object(expression: "change:shop/orders.py") { ... on Blob { text byteSize isTruncated } }
        e: object(expression: "change:shop") {
          __typename ... on Blob { text } ... on Tree { entries { name } }
        }
      }
    }
    """
    for path in ("/graphql", "/api/graphql"):
        found = (await ask(stage, query, path, owner="acme", name="shop"))["data"]["repository"]
        assert found["a"] == {"text": "# Größe\n", "byteSize": 10, "isBinary": False, "isTruncated": False}
        assert found["b"] == {"__typename": "Blob", "text": None, "isBinary": True}
        assert found["c"] is None
        assert (len(found["d"]["text"]), found["d"]["isTruncated"]) == (200, True)
        assert found["e"] == {
            "__typename": "Tree",
            "entries": [{"name": "new_name.py"}, {"name": "orders.py"}],
        }


async def test_a_pull_request_tells_its_head_and_its_talk(stage: Scene) -> None:
    comment = stage.sandbox.comment_on_line(stage.pull, "shop/orders.py", 5, "Why?")
    stage.sandbox.reply(comment, "Because.")
    stage.sandbox.comment(stage.pull, "Hello.")
    query = """{ repository(owner: "acme", name: "shop") { pullRequest(number: 1) {
      headRefOid state
      reviews(first: 100) { nodes { body author { login } } }
      comments(last: 1) { nodes { body } pageInfo { hasPreviousPage } }
      reviewThreads(first: 1) {
        totalCount nodes { isOutdated comments(first: 5) { nodes { body path line databaseId } } }
      }
    } } }"""
    found = (await ask(stage, query))["data"]["repository"]["pullRequest"]
    assert (found["headRefOid"], found["state"]) == (stage.pull.head_sha, "OPEN")
    assert found["comments"] == {"nodes": [{"body": "Hello."}], "pageInfo": {"hasPreviousPage": False}}
    (thread,) = found["reviewThreads"]["nodes"]
    first = {"body": "Why?", "path": "shop/orders.py", "line": 5, "databaseId": comment.id}
    assert thread["comments"]["nodes"][0] == first
    assert thread["comments"]["nodes"][1]["body"] == "Because."


async def test_what_is_missing_is_null_with_an_error_beside_it(stage: Scene) -> None:
    answer = await ask(
        stage, '{ repository(owner: "acme", name: "shop") { name pullRequest(number: 9) { state } } }'
    )
    assert answer["data"] == {"repository": {"name": "shop", "pullRequest": None}}
    assert answer["errors"][0]["type"] == "NOT_FOUND"
    assert answer["errors"][0]["path"] == ["repository", "pullRequest"]


async def test_contents_want_their_permission(tmp_path: Path) -> None:
    stage = scene(tmp_path, permissions={"pull_requests": "read"})
    query = SHOP % 'object(expression: "main:gone.txt") { ... on Blob { text } }'
    answer = await ask(stage, query)
    assert answer["errors"][0]["type"] == "FORBIDDEN"
    assert answer["data"]["repository"]["object"] is None


@pytest.mark.parametrize(
    "query",
    [
        "",
        "{",
        "{ }",
        "{ viewer { login }",
        "{ viewer { nickname } }",
        "{ viewer }",
        "{ rateLimit { limit { x } } }",
        "mutation { addComment { id } }",
        "{ viewer { ...Fields } }",
        "{ viewer @include(if: true) { login } }",
        "query ($a: Int!) { viewer { login } }",
        "{ repository(owner: $o) { name } }",
        SHOP % "pullRequest(number: 1) { comments { totalCount } }",
        SHOP % "pullRequest(number: 1) { comments(first: 101) { totalCount } }",
        "{ a" * 40,
        "{ viewer { login } } }",
        '{ viewer(x: "\\q") { login } }',
        "%",
    ],
)
async def test_anything_else_is_a_clear_error(stage: Scene, query: str) -> None:
    answer = await ask(stage, query)
    assert "data" not in answer
    assert answer["errors"][0]["message"]


async def test_nobody_in_particular_gets_401(stage: Scene) -> None:
    async with stage.client("ghs_wrong") as client:
        assert (await client.post("/graphql", json={"query": "{ viewer { login } }"})).status_code == 401


def test_a_query_is_read_into_its_parts() -> None:
    head = "query Q($n: [Int!]! = [1, 2], $s: String)"
    found = parse(head + ' { x: f(a: $n, b: {c: "\\u00fc", d: [TRUE, -1.5]}) { ... { g } } }')
    assert found.defaults == {"n": [1, 2], "s": None}
    (field,) = found.selections
    assert isinstance(field, Field)
    assert (field.name, field.key) == ("f", "x")
    assert field.arguments == {"a": Variable("n"), "b": {"c": "ü", "d": ["TRUE", -1.5]}}
    assert field.selections == (Inline(None, (Field("g", "g"),)),)


def test_an_endless_nesting_is_refused() -> None:
    with pytest.raises(QueryError, match="deeply"):
        parse("{ a " * 5_000)
