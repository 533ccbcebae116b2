"""Check runs of a commit as GraphQL tells them: by suite, one of each App.

What is *not* here: writing them (bot.sandbox.checking), and the REST routes (api/checks.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.sandbox.graphql.language import QueryError
from bot.sandbox.graphql.resolving import Arguments, Object, connection
from bot.sandbox.shapes.base import node_id
from bot.sandbox.state import CheckRun, Repository


def check_suites(repo: Repository, sha: str, permit: Callable[[], None]) -> Callable[[Arguments], Object]:
    """The field `checkSuites` of a commit; `permit` raises for who may not read checks."""

    def suites(arguments: Arguments) -> Object:
        permit()
        name = _filter(arguments, {"checkName"}).get("checkName")
        runs = [run for run in repo.checks if run.head_sha == sha and name in (None, run.name)]
        ids = dict.fromkeys(run.suite_id for run in runs)
        found = [_suite([run for run in repo.checks if run.suite_id == one]) for one in ids]
        return connection(found)(_page(arguments))

    return suites


def _suite(runs: list[CheckRun]) -> Object:
    def check_runs(arguments: Arguments) -> Object:
        wanted = _filter(arguments, {"checkName", "checkType"})
        kind, name = wanted.get("checkType", "LATEST"), wanted.get("checkName")
        if kind not in ("ALL", "LATEST"):
            raise QueryError(f"{kind!r} is no type of check runs")
        named = [run for run in runs if name in (None, run.name)]
        found = named if kind == "ALL" else _latest(named)
        return connection([_run(run) for run in found])(_page(arguments))

    app = runs[0].app
    facts = {"databaseId": app.id, "slug": app.slug}
    suite = node_id("CheckSuite", runs[0].suite_id)
    return Object("CheckSuite", {"id": suite, "app": Object("App", facts), "checkRuns": check_runs})


def _latest(runs: Iterable[CheckRun]) -> list[CheckRun]:
    """The newest of each name."""
    return list({run.name: run for run in runs}.values())


def _run(run: CheckRun) -> Object:
    facts = {
        "id": node_id("CheckRun", run.id),
        "name": run.name,
        "externalId": run.external_id or None,
        "status": run.status.upper(),
        "conclusion": run.conclusion.upper() if run.conclusion else None,
        "title": run.title,
        "summary": run.summary,
        "text": run.text,
    }
    return Object("CheckRun", facts)


def _filter(arguments: Arguments, known: set[str]) -> Arguments:
    wanted: Arguments = arguments.get("filterBy") or {}
    if unknown := sorted(set(wanted) - known):
        raise QueryError(f"The filter {unknown[0]!r} is not understood by the sandbox")
    return wanted


def _page(arguments: Arguments) -> Arguments:
    return {name: value for name, value in arguments.items() if name != "filterBy"}
