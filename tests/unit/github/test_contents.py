from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from bot.errors import AccessLost, GitHubUnavailable, RateLimited
from bot.github.client import connect
from bot.github.contents import Texts, fetch_texts
from tests.support.pull_requests import BASE, HEAD
from tests.support.wire import Wire, reply

API = "https://api.github.test"
QUERY = "POST /graphql"


def blob(text: str | None, **changes: Any) -> dict[str, Any]:
    return {"text": text, "isBinary": False, "isTruncated": False, **changes}


class Repository:
    """Answers blob queries from `files` (expression -> blob); trouble for more than `most` blobs at once."""

    def __init__(
        self, files: dict[str, Any], most: int = 1000, trouble: httpx.Response | None = None
    ) -> None:
        self.files = files
        self.most = most
        self.trouble = trouble
        self.sizes: list[int] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        variables = json.loads(request.content)["variables"]
        asked = {name: text for name, text in variables.items() if name not in ("owner", "name")}
        self.sizes.append(len(asked))
        if len(asked) > self.most and self.trouble:
            return self.trouble
        found = {name: self.files.get(text) for name, text in asked.items()}
        return reply(200, {"data": {"repository": found}})


async def texts_of(repository: Any, paths: list[str], policy: tuple[str, str] | None = None) -> Texts:
    wire = Wire().on(QUERY, repository)
    async with connect("t", API, transport=wire.transport(), pause=wire.pause) as github:
        return await fetch_texts(github, "acme/web", HEAD, paths, policy=policy)


async def test_many_files_and_the_policy_come_in_one_request() -> None:
    files = {f"{HEAD}:f{number}.py": blob(f"text {number}\r\n") for number in range(60)}
    repository = Repository(files | {f"{BASE}:p.yml": blob("enabled: true")})
    found = await texts_of(repository, [f"f{number}.py" for number in range(60)], (BASE, "p.yml"))
    assert found.texts == {f"f{number}.py": f"text {number}\r\n" for number in range(60)}
    assert (found.policy, found.policy_unreadable) == ("enabled: true", False)
    assert repository.sizes == [61]


async def test_more_files_come_in_more_requests_and_the_policy_once() -> None:
    files = {f"{HEAD}:f{number}.py": blob(str(number)) for number in range(130)}
    repository = Repository(files | {f"{BASE}:p.yml": blob("x")})
    found = await texts_of(repository, [f"f{number}.py" for number in range(130)], (BASE, "p.yml"))
    assert found.texts["f129.py"] == "129"
    assert found.policy == "x"
    assert repository.sizes == [61, 60, 10]


async def test_missing_binary_truncated_and_foreign_objects_have_no_text() -> None:
    repository = Repository(
        {
            f"{HEAD}:image.png": blob(None, isBinary=True),
            f"{HEAD}:huge.py": blob("beginning", isTruncated=True),
            f"{HEAD}:folder": {},
            f"{HEAD}:empty.py": blob(""),
        }
    )
    paths = ["image.png", "huge.py", "folder", "empty.py", "nowhere.py"]
    found = await texts_of(repository, paths)
    assert found.texts == {**dict.fromkeys(paths), "empty.py": ""}


async def test_hostile_names_travel_as_values_and_never_in_the_query() -> None:
    names = ['a") { x } #.py', "a:b.py", "new\nline", "ünï 🎉.py", "$b0", "{}"]
    wire = Wire().on(QUERY, Repository({f"{HEAD}:{name}": blob(name) for name in names}))
    async with connect("t", API, transport=wire.transport()) as github:
        found = await fetch_texts(github, "acme/web", HEAD, names)
    assert found.texts == {name: name for name in names}
    query = wire.bodies(QUERY)[0]["query"]
    assert not any(name in query for name in names if name not in ("$b0", "{}"))


@pytest.mark.parametrize("name", ["caf\udce9.py", "./a.py", "../a.py", "/etc/passwd", ""])
async def test_a_name_that_cannot_be_asked_for_has_no_text(name: str) -> None:
    repository = Repository({f"{HEAD}:b.py": blob("b")})
    assert (await texts_of(repository, [name, "b.py"])).texts == {name: None, "b.py": "b"}
    assert repository.sizes == [1]


async def test_nothing_asked_is_no_request() -> None:
    repository = Repository({})
    assert await texts_of(repository, []) == Texts({})
    assert repository.sizes == []


async def test_the_policy_is_read_also_where_no_file_is() -> None:
    repository = Repository({f"{BASE}:p.yml": blob("x")})
    assert (await texts_of(repository, [], (BASE, "p.yml"))).policy == "x"


async def test_further_files_of_the_base_come_with_the_policy_and_once() -> None:
    files = {f"{HEAD}:f{number}.py": blob(str(number)) for number in range(70)}
    base = {
        f"{BASE}:p.yml": blob("x"),
        f"{BASE}:AGENTS.md": blob("be brief"),
        f"{BASE}:large.md": blob("", isTruncated=True),
    }
    repository = Repository(files | base)
    wire = Wire().on(QUERY, repository)
    async with connect("t", API, transport=wire.transport()) as github:
        paths = [f"f{number}.py" for number in range(70)]
        beside = ["none.md", "AGENTS.md", "large.md"]
        found = await fetch_texts(github, "acme/web", HEAD, paths, policy=(BASE, "p.yml"), beside=beside)
    assert found.beside == {"none.md": None, "AGENTS.md": "be brief", "large.md": None}
    assert (found.policy, found.texts["f69.py"]) == ("x", "69")
    assert repository.sizes == [64, 10]


async def test_no_policy_file_and_an_unreadable_one_are_different_things() -> None:
    absent = await texts_of(Repository({}), ["a.py"], (BASE, "p.yml"))
    assert (absent.policy, absent.policy_unreadable) == (None, False)
    for odd in (blob("a" * 10, isTruncated=True), blob(None, isBinary=True), {}):
        found = await texts_of(Repository({f"{BASE}:p.yml": odd}), ["a.py"], (BASE, "p.yml"))
        assert (found.policy, found.policy_unreadable) == (None, True)


@pytest.mark.parametrize("trouble", [reply(502), reply(504), reply(200, content_length=str(10**9))])
async def test_an_answer_that_is_too_much_is_asked_for_in_parts(trouble: httpx.Response) -> None:
    files = {f"{HEAD}:f{number}.py": blob(str(number)) for number in range(60)}
    repository = Repository(files | {f"{BASE}:p.yml": blob("x")}, most=31, trouble=trouble)
    found = await texts_of(repository, [f"f{number}.py" for number in range(60)], (BASE, "p.yml"))
    assert found.texts == {f"f{number}.py": str(number) for number in range(60)}
    assert found.policy == "x"
    assert repository.sizes[-2:] == [30, 31]


async def test_one_file_that_is_too_large_alone_has_no_text() -> None:
    repository = Repository({}, most=0, trouble=reply(200, content_length=str(10**9)))
    assert (await texts_of(repository, ["huge.py"])).texts == {"huge.py": None}


@pytest.mark.parametrize("trouble", [reply(500), reply(503), httpx.ConnectError("down")])
async def test_an_outage_is_not_split_but_raised(trouble: Any) -> None:
    wire = Wire().on(QUERY, trouble)
    async with connect("t", API, transport=wire.transport(), pause=wire.pause) as github:
        with pytest.raises(GitHubUnavailable):
            await fetch_texts(github, "acme/web", HEAD, [f"f{number}" for number in range(60)])
    assert len(wire.requests) == 3


async def test_could_not_look_is_never_an_empty_answer() -> None:
    for answer, kind in (
        (reply(200, {"data": {"repository": None}}), AccessLost),
        (reply(200, {"data": None, "errors": [{"type": "NOT_FOUND"}]}), AccessLost),
        (reply(200, {"data": {"repository": {}}, "errors": [{"type": "RATE_LIMITED"}]}), RateLimited),
    ):
        with pytest.raises(kind):
            await texts_of(answer, ["a.py"])


ORGANISATION = '"organisation"'
NOT_FOUND = {"type": "NOT_FOUND", "path": ["organisation"], "message": "Could not resolve"}


def with_organisation(shared: Any, *errors: dict[str, Any]) -> Any:
    """Answers with one file of the repository and, beside it, what the organisation's `.github` gives."""

    def answer(request: httpx.Request) -> httpx.Response:
        variables = json.loads(request.content)["variables"]
        aliases = {text: name for name, text in variables.items() if name not in ("owner", "name")}
        own = {name: blob(text) for text, name in aliases.items() if not text.startswith("HEAD:")}
        other = shared if shared is None else {aliases["HEAD:p.yml"]: shared}
        body: dict[str, Any] = {"data": {"repository": own, "organisation": other}}
        return reply(200, body | ({"errors": list(errors)} if errors else {}))

    return answer


async def organisation_of(answer: Any, repo: str = "acme/web") -> tuple[Texts, Wire]:
    wire = Wire().on(QUERY, answer)
    async with connect("t", API, transport=wire.transport()) as github:
        found = await fetch_texts(github, repo, HEAD, ["a.py"], policy=(BASE, "p.yml"), organisation="p.yml")
    return found, wire


async def test_the_organisations_policy_comes_in_the_same_request() -> None:
    found, wire = await organisation_of(with_organisation(blob("drafts: true")))
    assert (found.organisation, found.organisation_unreadable) == ("drafts: true", False)
    assert (found.policy, found.texts["a.py"]) == (f"{BASE}:p.yml", f"{HEAD}:a.py")
    [body] = wire.bodies(QUERY)
    assert 'organisation: repository(owner: $owner, name: ".github")' in body["query"]


@pytest.mark.parametrize("kind", ["NOT_FOUND", "FORBIDDEN"])
async def test_an_organisation_without_such_a_repository_has_no_policy(kind: str) -> None:
    found, _ = await organisation_of(with_organisation(None, NOT_FOUND | {"type": kind}))
    assert (found.organisation, found.organisation_unreadable) == (None, False)
    assert found.texts["a.py"] == f"{HEAD}:a.py"


async def test_a_repository_without_such_a_file_has_no_policy_and_a_binary_one_is_unreadable() -> None:
    found, _ = await organisation_of(with_organisation({}))
    assert (found.organisation, found.organisation_unreadable) == (None, True)
    none = reply(200, {"data": {"repository": {}, "organisation": {"b1": None}}})
    found, _ = await organisation_of(none)
    assert (found.organisation, found.organisation_unreadable) == (None, False)


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (NOT_FOUND | {"path": ["repository"]}, AccessLost),
        (NOT_FOUND | {"path": None}, AccessLost),
        (NOT_FOUND | {"type": "RATE_LIMITED"}, RateLimited),
        (NOT_FOUND | {"type": None}, AccessLost),
    ],
)
async def test_only_the_organisation_may_be_missing(problem: dict[str, Any], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        await organisation_of(with_organisation(None, problem, NOT_FOUND | {"path": ["repository"]}))


async def test_the_organisations_own_repository_has_one_level_less() -> None:
    found, wire = await organisation_of(Repository({f"{BASE}:p.yml": blob("x")}), "acme/.GitHub")
    assert (found.policy, found.organisation) == ("x", None)
    assert "organisation" not in wire.bodies(QUERY)[0]["query"]


async def test_asked_for_alone_the_organisation_leaves_no_variable_unused() -> None:
    wire = Wire().on(QUERY, reply(200, content_length=str(10**9)))
    async with connect("t", API, transport=wire.transport()) as github:
        found = await fetch_texts(
            github, "acme/web", HEAD, [], policy=(BASE, "p.yml"), beside=["b"], organisation="p.yml"
        )
    assert (found.policy_unreadable, found.organisation_unreadable) == (True, True)
    assert [len(body["variables"]) for body in wire.bodies(QUERY)][-1] == 2
    for body in wire.bodies(QUERY):
        assert all(body["query"].count(f"${name}") >= 2 for name in body["variables"])
