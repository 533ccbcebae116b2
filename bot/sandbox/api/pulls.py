"""Routes about pull requests: facts, diff, files."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.sandbox.api.routing import Call, json_answer, route
from bot.sandbox.errors import ApiError
from bot.sandbox.shapes import pulls
from bot.sandbox.state import PullRequest
from bot.sandbox.world import World

_PULLS = "/repos/{owner}/{repo}/pulls"
_DIFF_TYPES = ("application/vnd.github.diff", "application/vnd.github.v3.diff")


def routes(world: World) -> list[Route]:
    """Pull requests."""
    needs = [("pull_requests", "read")]
    return [
        *route(world, "GET", _PULLS, list_pulls, needs),
        *route(world, "GET", _PULLS + "/{number}", get_pull, needs),
        *route(world, "GET", _PULLS + "/{number}/files", list_files, needs),
    ]


def list_pulls(call: Call) -> Response:
    """Pull requests, newest first; `state`, `head`, `base`, `sort` and `direction` as on GitHub."""
    found = [pull for pull in call.repository().pulls.values() if _is_asked(pull, call.query)]
    match call.query.get("sort", "created"):
        case "updated":
            found.sort(key=lambda pull: pull.updated_at)
            order = call.query.get("direction", "asc")
        case _:
            found.sort(key=lambda pull: pull.number)
            order = call.query.get("direction", "desc")
    if order == "desc":
        found.reverse()
    return call.page(found, lambda pull: pulls.simple_pull(call.links, pull))


def get_pull(call: Call) -> Response:
    """One pull request, or its diff when the diff media type is asked for."""
    pull = call.pull()
    if any(kind in call.accept for kind in _DIFF_TYPES):
        return PlainTextResponse(_diff(call, pull), media_type="application/vnd.github.diff; charset=utf-8")
    return json_answer(pulls.pull_request(call.links, pull))


def list_files(call: Call) -> Response:
    """Changed files; the listing stops at its limit without a word, as on GitHub."""
    pull, limits = call.pull(), call.world.limits
    files = pull.repository.git.changes(pull.merge_base, pull.head_sha)[: limits.listed_files]
    return call.page(files, lambda file: pulls.changed_file(call.links, pull, file, limits))


def _is_asked(pull: PullRequest, query: Mapping[str, str]) -> bool:
    if query.get("state", "open") not in (pull.state, "all"):
        return False
    facts = {"base": pull.base_ref, "head": _label(pull)}
    return all(query[name] == fact for name, fact in facts.items() if name in query)


def _diff(call: Call, pull: PullRequest) -> bytes:
    git, limits = pull.repository.git, call.world.limits
    files = git.changes(pull.merge_base, pull.head_sha)
    diff = git.diff(pull.merge_base, pull.head_sha)
    if len(files) > limits.diff_files:
        raise _too_large(f"files ({limits.diff_files})")
    if diff.count(b"\n") > limits.diff_lines:
        raise _too_large(f"lines ({limits.diff_lines})")
    return diff


def _too_large(what: str) -> ApiError:
    error = {"resource": "PullRequest", "field": "diff", "code": "too_large"}
    return ApiError(406, f"Sorry, the diff exceeded the maximum number of {what}.", [error])


def _label(pull: PullRequest) -> str:
    owner = pull.author if pull.head_repository is None else pull.head_repository.owner
    return f"{owner.login}:{pull.head_ref}"
