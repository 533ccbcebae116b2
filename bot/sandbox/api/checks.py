"""Routes about check runs. Apps write them; everybody who sees the repository reads them."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox import checking
from bot.sandbox.api.routing import Call, json_answer, route
from bot.sandbox.errors import ApiError, not_found
from bot.sandbox.shapes import checks
from bot.sandbox.state import App, CheckRun
from bot.sandbox.world import World

_REPO = "/repos/{owner}/{repo}"


def routes(world: World) -> list[Route]:
    """Check runs."""
    read, write = [("checks", "read")], [("checks", "write")]
    one = _REPO + "/check-runs/{id}"
    return [
        *route(world, "POST", _REPO + "/check-runs", create_run, write),
        *route(world, "GET", one, get_run, read),
        *route(world, "PATCH", one, update_run, write),
        *route(world, "GET", one + "/annotations", list_annotations, read),
        *route(world, "GET", _REPO + "/commits/{ref}/check-runs", list_runs, read),
    ]


def create_run(call: Call) -> Response:
    """Start, or at once complete, a run."""
    repository = call.repository()
    run = checking.create(call.world, repository, _writer(call), call.body)
    return json_answer(checks.check_run(call.links, run), 201)


def get_run(call: Call) -> Response:
    """One run."""
    return json_answer(checks.check_run(call.links, _run(call)))


def update_run(call: Call) -> Response:
    """Change a run of one's own."""
    run, app = _run(call), _writer(call)
    if run.app is not app:
        raise ApiError(403, f"The check run belongs to {run.app.slug}, and {app.slug} asked to change it.")
    return json_answer(checks.check_run(call.links, checking.update(call.world, run, call.body)))


def list_annotations(call: Call) -> Response:
    """The annotations of a run."""
    run = _run(call)
    return call.page(run.annotations, lambda one: checks.annotation(call.links, run, one))


def list_runs(call: Call) -> Response:
    """Runs of a commit, newest first; only the latest of each name and App unless `filter=all`."""
    repository, query = call.repository(), call.query
    sha = repository.git.find(call.path["ref"])
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {call.path['ref']}")
    found = [run for run in reversed(repository.checks) if run.head_sha == sha and _is_asked(run, query)]
    if query.get("filter") != "all":
        found = [
            run for number, run in enumerate(found) if not any(_is_rerun(run, o) for o in found[:number])
        ]
    part, headers = call.cut(found)
    shapes = [checks.check_run(call.links, run) for run in part]
    return JSONResponse({"total_count": len(found), "check_runs": shapes}, headers=headers)


def _is_asked(run: CheckRun, query: Mapping[str, str]) -> bool:
    facts = {"check_name": run.name, "status": run.status, "app_id": str(run.app.id)}
    return all(query[name] == fact for name, fact in facts.items() if name in query)


def _is_rerun(one: CheckRun, other: CheckRun) -> bool:
    return one.app is other.app and one.name == other.name


def _writer(call: Call) -> App:
    installation = call.actor.installation
    if installation is None:
        raise ApiError(403, "You must authenticate via a GitHub App.")
    return installation.app


def _run(call: Call) -> CheckRun:
    wanted = call.number("id")
    for run in call.repository().checks:
        if run.id == wanted:
            return run
    raise not_found()
