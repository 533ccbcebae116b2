"""Check runs, and the suite that groups those of one App on one commit."""

from __future__ import annotations

from bot.sandbox.shapes.accounts import app
from bot.sandbox.shapes.base import Json, Links, iso, iso_or_none, node_id
from bot.sandbox.shapes.pulls import pull_url
from bot.sandbox.shapes.repositories import api_url, repository, web_url
from bot.sandbox.state import Annotation, CheckRun, PullRequest, Repository


def check_run(links: Links, run: CheckRun) -> Json:
    """`check-run`; `pull_requests` names none whose head is in a fork, as on GitHub."""
    url = f"{api_url(links, run.repository)}/check-runs/{run.id}"
    page = f"{web_url(links, run.repository)}/runs/{run.id}"
    return {
        "id": run.id,
        "name": run.name,
        "node_id": node_id("CheckRun", run.id),
        "head_sha": run.head_sha,
        "external_id": run.external_id,
        "url": url,
        "html_url": page,
        "details_url": run.details_url or page,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": iso_or_none(run.started_at),
        "completed_at": iso_or_none(run.completed_at),
        "output": {
            "title": run.title,
            "summary": run.summary,
            "text": run.text,
            "annotations_count": len(run.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": run.suite_id},
        "app": app(links, run.app),
        "pull_requests": _pulls(links, run.repository, run.head_sha),
    }


def check_suite(links: Links, run: CheckRun) -> Json:
    """The suite of a run, as events carry it."""
    url = f"{api_url(links, run.repository)}/check-suites/{run.suite_id}"
    at = iso(run.started_at or run.repository.created_at)
    return {
        "id": run.suite_id,
        "node_id": node_id("CheckSuite", run.suite_id),
        "head_branch": None,
        "head_sha": run.head_sha,
        "status": run.status,
        "conclusion": run.conclusion,
        "url": url,
        "before": None,
        "after": run.head_sha,
        "pull_requests": _pulls(links, run.repository, run.head_sha),
        "app": app(links, run.app),
        "created_at": at,
        "updated_at": at,
        "rerequestable": True,
        "latest_check_runs_count": 1,
        "check_runs_url": f"{url}/check-runs",
    }


def annotation(links: Links, run: CheckRun, one: Annotation) -> Json:
    """`check-annotation`."""
    return {
        "path": one.path,
        "start_line": one.start_line,
        "end_line": one.end_line,
        "start_column": None,
        "end_column": None,
        "annotation_level": one.level,
        "title": one.title,
        "message": one.message,
        "raw_details": None,
        "blob_href": f"{web_url(links, run.repository)}/blob/{run.head_sha}/{one.path}",
    }


def _pulls(links: Links, repo: Repository, sha: str) -> list[Json]:
    return [
        _minimal(links, pull)
        for pull in repo.pulls.values()
        if pull.head_sha == sha and pull.state == "open" and pull.head_repository is repo
    ]


def _minimal(links: Links, pull: PullRequest) -> Json:
    whole = repository(links, pull.repository)
    repo = {key: whole[key] for key in ("id", "url", "name")}
    return {
        "id": pull.id,
        "number": pull.number,
        "url": pull_url(links, pull),
        "head": {"ref": pull.head_ref, "sha": pull.head_sha, "repo": repo},
        "base": {"ref": pull.base_ref, "sha": pull.base_sha, "repo": repo},
    }
