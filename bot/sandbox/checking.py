"""Check runs, with GitHub's rules. Only Apps write them.

What is *not* here: routes and permissions (api/checks.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.sandbox.errors import ApiError
from bot.sandbox.state import Annotation, App, CheckRun, Repository
from bot.sandbox.world import World

STATUSES = ("queued", "in_progress", "completed")
CONCLUSIONS = (
    "action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out",
)  # fmt: skip
LEVELS = ("notice", "warning", "failure")
MOST_ANNOTATIONS = 50
LONGEST_TEXT = 65_535
LONGEST_MESSAGE, LONGEST_TITLE = 64 * 1024, 255
_MORE_OF_AN_ANNOTATION = {"title", "raw_details", "start_column", "end_column"}


def create(world: World, repository: Repository, app: App, wanted: Mapping[str, Any]) -> CheckRun:
    """A new run from the fields of a request.

    Raises:
        ApiError: 422.
    """
    name, sha = wanted.get("name"), wanted.get("head_sha")
    if not isinstance(name, str) or not name:
        raise _wrong('"name" wasn\'t supplied.')
    if not isinstance(sha, str) or repository.git.find(sha) != sha:
        raise ApiError(422, f"No commit found for SHA: {sha}")
    mates = (run for run in repository.checks if run.app is app and run.head_sha == sha)
    suite = next((run.suite_id for run in mates), world.state.new_big_id())
    run = CheckRun(world.state.new_big_id(), suite, repository, app, name, sha)
    if wanted.get("status") != "queued":
        run.started_at = world.clock()
    _apply(world, run, wanted)
    repository.checks.append(run)
    world.events.check_run("created", run, app.bot)
    return run


def update(world: World, run: CheckRun, wanted: Mapping[str, Any]) -> CheckRun:
    """Change a run; annotations are added to those that it has."""
    was_completed = run.status == "completed"
    _apply(world, run, wanted)
    if run.status == "completed" and not was_completed:
        world.events.check_run("completed", run, run.app.bot)
    return run


def _apply(world: World, run: CheckRun, wanted: Mapping[str, Any]) -> None:
    _check(wanted)
    output = wanted.get("output")
    annotations = [_annotation(one) for one in (output or {}).get("annotations") or ()]
    run.name = wanted.get("name", run.name)
    run.external_id = wanted.get("external_id", run.external_id)
    run.details_url = wanted.get("details_url", run.details_url)
    run.started_at = _time(wanted, "started_at", run.started_at)
    if "status" in wanted:
        run.status = wanted["status"]
        run.conclusion = None
    if wanted.get("conclusion") is not None:
        run.status, run.conclusion = "completed", wanted["conclusion"]
    if run.status == "completed":
        run.started_at = run.started_at or world.clock()
        run.completed_at = _time(wanted, "completed_at", run.completed_at) or world.clock()
    else:
        run.completed_at = None
    if output is not None:
        run.title, run.summary = output.get("title", run.title), output["summary"]
        run.text = output.get("text")
        run.annotations += annotations


def _check(wanted: Mapping[str, Any]) -> None:
    status, conclusion = wanted.get("status", "queued"), wanted.get("conclusion")
    if status not in STATUSES:
        raise _wrong(f"{status!r} is not a member of {list(STATUSES)}.")
    if conclusion is not None and conclusion not in CONCLUSIONS:
        raise _wrong(f"{conclusion!r} is not a member of {list(CONCLUSIONS)}.")
    if conclusion is None and (status == "completed" or wanted.get("completed_at")):
        raise _wrong('"conclusion" wasn\'t supplied.')
    output = wanted.get("output")
    if output is None:
        return
    if not isinstance(output, dict) or "summary" not in output:
        raise _wrong('"summary" wasn\'t supplied.')
    for field in ("summary", "text"):
        if len(output.get(field) or "") > LONGEST_TEXT:
            raise _wrong(f'Only {LONGEST_TEXT} characters are allowed in "{field}".')
    if len(output.get("annotations") or ()) > MOST_ANNOTATIONS:
        raise _wrong(f"No more than {MOST_ANNOTATIONS} annotations are allowed in a request.")


def _annotation(wanted: object) -> Annotation:
    if not isinstance(wanted, dict):
        raise _wrong("An annotation is an object.")
    _check_annotation(wanted)
    return Annotation(
        path=wanted["path"],
        start_line=wanted["start_line"],
        end_line=wanted["end_line"],
        level=wanted["annotation_level"],
        message=wanted["message"],
        title=wanted.get("title"),
    )


def _check_annotation(wanted: Mapping[str, Any]) -> None:
    kinds = {"path": str, "start_line": int, "end_line": int, "annotation_level": str, "message": str}
    for field, kind in kinds.items():
        if not isinstance(wanted.get(field), kind) or not wanted[field]:
            raise _wrong(f'An annotation needs "{field}".')
    if unknown := sorted(set(wanted) - set(kinds) - _MORE_OF_AN_ANNOTATION):
        raise _wrong(f'"{unknown[0]}" is not a permitted key.')
    if wanted["annotation_level"] not in LEVELS:
        raise _wrong(f"{wanted['annotation_level']!r} is not a member of {list(LEVELS)}.")
    if not 1 <= wanted["start_line"] <= wanted["end_line"]:
        raise _wrong("An annotation begins on a line of its file and ends on that or a later one.")
    if "start_column" in wanted and wanted["start_line"] != wanted["end_line"]:
        raise _wrong("Columns go with annotations of one line only.")
    for field, most in (("message", LONGEST_MESSAGE), ("title", LONGEST_TITLE)):
        if len((wanted.get(field) or "").encode()) > most:
            raise _wrong(f'Only {most} bytes are allowed in "{field}".')


def _time(wanted: Mapping[str, Any], field: str, fallback: float | None) -> float | None:
    value = wanted.get(field)
    if value is None:
        return fallback
    try:
        return datetime.fromisoformat(value).timestamp()
    except (TypeError, ValueError):
        raise _wrong(f'"{field}" is not a date-time.') from None


def _wrong(problem: str) -> ApiError:
    return ApiError(422, f"Invalid request.\n\n{problem}")
