from __future__ import annotations

from typing import Any

import httpx
import pytest

from bot.domain.finding import Category, LineRange, Severity
from bot.domain.pull_request import PullRequestRef
from bot.errors import RateLimited
from bot.github.alerts import MOST_PAGES, PAGE, Alerts, fetch_alerts
from bot.github.client import connect
from tests.support.wire import Wire, reply

PLACE = "GET /repos/acme/shop/code-scanning/alerts"
REF = PullRequestRef("acme/shop", 7)


def alert(path: Any = "shop/tax.py", line: Any = 3, **rule: Any) -> dict[str, Any]:
    about = {"id": "py/sql-injection", "severity": "error", "description": "SQL from user input", "tags": []}
    return {
        "number": 4,
        "state": "open",
        "rule": about | rule,
        "tool": {"name": "CodeQL", "version": "2.20"},
        "most_recent_instance": {
            "ref": "refs/pull/7/merge",
            "location": {"path": path, "start_line": line, "end_line": line, "start_column": 1},
            "message": {"text": "This query depends\non a user-provided value."},
        },
    }


async def fetch(wire: Wire) -> Alerts:
    async with connect(
        "t", "https://api.github.test", transport=wire.transport(), pause=wire.pause
    ) as github:
        return await fetch_alerts(github, REF)


def asked(wire: Wire) -> list[tuple[str, str]]:
    return [(request.url.params["ref"], request.url.params["page"]) for request in wire.requests]


async def test_an_alert_becomes_a_finding() -> None:
    wire = Wire().on(PLACE, reply(200, [alert(security_severity_level="critical")]))
    alerts = await fetch(wire)
    [finding] = alerts.findings
    assert (finding.path, finding.lines, finding.quote) == ("shop/tax.py", LineRange(3, 3), "")
    assert (finding.category, finding.severity) == (Category.SECURITY, Severity.CRITICAL)
    assert finding.claim == "This query depends on a user-provided value."
    assert finding.source == "code-scanning:CodeQL:py/sql-injection"
    assert alerts.reason == ""
    assert [request.url.params["state"] for request in wire.requests] == ["open"]


async def test_the_merge_commit_is_asked_first_and_the_head_where_it_has_none() -> None:
    wire = Wire().on(PLACE, reply(200, [alert()]))
    await fetch(wire)
    assert asked(wire) == [("refs/pull/7/merge", "1")]
    wire = Wire().on(PLACE, reply(200, []), reply(200, [alert()]))
    assert len((await fetch(wire)).findings) == 1
    assert asked(wire) == [("refs/pull/7/merge", "1"), ("refs/pull/7/head", "1")]


async def test_all_pages_are_read_up_to_a_bound_which_is_told() -> None:
    wire = Wire().on(PLACE, reply(200, [alert()] * PAGE), reply(200, [alert()] * 3))
    assert len((await fetch(wire)).findings) == PAGE + 3
    endless = Wire().on(PLACE, reply(200, [alert()] * PAGE))
    alerts = await fetch(endless)
    assert (len(alerts.findings), len(endless.requests)) == (PAGE * MOST_PAGES, MOST_PAGES)
    assert alerts.reason == "Only the first 500 code-scanning alerts were looked at."


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (reply(404, {"message": "no analysis found"}), "is not switched on"),
        (reply(403, {"message": "Resource not accessible by integration"}), "may not be read"),
        (reply(451), "may not be read"),
        (reply(503), "GitHub did not give"),
        (reply(422, {"message": "no"}), "GitHub did not give"),
        (reply(200, {"not": "a list"}), "GitHub did not give"),
        (reply(200, [{"rule": 3}]), "GitHub did not give"),
        (httpx.ReadTimeout("slow"), "GitHub did not give"),
    ],
)
async def test_alerts_that_cannot_be_had_are_a_reason_and_no_error(trouble: Any, words: str) -> None:
    alerts = await fetch(Wire().on(PLACE, trouble))
    assert alerts.findings == ()
    assert words in alerts.reason
    assert alerts.reason.endswith("looked at.")


async def test_a_rate_limit_is_raised() -> None:
    with pytest.raises(RateLimited):
        await fetch(Wire().on(PLACE, reply(429, retry_after="60")))


@pytest.mark.parametrize(
    "strange",
    [
        alert(path=None),
        alert(path="../x"),
        alert(line=None),
        alert(line=0),
        alert() | {"most_recent_instance": None},
        alert() | {"most_recent_instance": {"message": {"text": "no place"}}},
    ],
)
async def test_an_alert_without_a_place_is_left_out(strange: Any) -> None:
    assert len((await fetch(Wire().on(PLACE, reply(200, [strange, alert()])))).findings) == 1


async def test_names_may_be_missing() -> None:
    bare = alert() | {"rule": {}, "tool": {}}
    bare["most_recent_instance"] = bare["most_recent_instance"] | {"message": None}
    [finding] = (await fetch(Wire().on(PLACE, reply(200, [bare])))).findings
    assert (finding.source, finding.claim) == ("code-scanning:unknown tool:unnamed rule", "")
    assert (finding.severity, finding.category) == (Severity.MEDIUM, Category.RULE)
