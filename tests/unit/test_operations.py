"""What stands in deploy/ for operators is held against the code."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot import errors
from bot.queue.readiness import Vitals, no_worker, problems
from bot.rendering.failures import failure_reason
from bot.settings import unknown_variables
from tests.support.launching import ROOT
from workers.models.addresses import BASE_URLS, KEYS
from workers.review.gaps import gap_of

DEPLOY = ROOT / "deploy"


def page(name: str) -> str:
    """A page in one line."""
    return " ".join((DEPLOY / name).read_text(encoding="utf-8").split())


PAGE = page("operations.md")
MODEL_ERRORS = (
    errors.ModelUnavailable(), errors.ModelRefused(), errors.KeyRefused(), errors.ModelUnknown(),
    errors.QuotaSpent(), errors.WindowExceeded(), errors.ModelAnswerInvalid(),
    errors.AnswerCut(), errors.AnswerForeign(), errors.AnswerWithheld(), errors.RateReached(),
    errors.ProviderFailed(),
)  # fmt: skip
FAILURES = (
    *MODEL_ERRORS, errors.RateLimited("", retry_at=0.0), errors.GitHubUnavailable(""), errors.AccessLost(""),
    errors.Rejected(""), errors.TooLarge(""), errors.HeadMoved(""), errors.DiffError(),
    errors.QueueUnavailable(), errors.SlotLost(), errors.JobUnreadable(), RuntimeError(),
)  # fmt: skip


def compose() -> Any:
    return YAML(typ="safe", pure=True).load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def example(name: str) -> dict[str, str]:
    """Every variable of an example, those in comments too."""
    lines = (DEPLOY / name).read_text(encoding="utf-8").splitlines()
    pairs = (
        line.removeprefix("#").partition("=")
        for line in lines
        if line.partition("=")[0].lstrip("#").isupper()
    )
    return {variable: value for variable, _, value in pairs}


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_every_reason_that_a_check_can_show_has_its_line(error: Exception) -> None:
    assert failure_reason(error).partition(";")[0] in PAGE


@pytest.mark.parametrize("error", MODEL_ERRORS, ids=lambda error: type(error).__name__)
def test_every_reason_for_a_part_that_was_not_read_has_its_line(error: errors.ModelError) -> None:
    assert gap_of(error).reason.partition(";")[0] in PAGE


def test_a_full_disk_has_its_line() -> None:
    [cause] = problems({"maxmemory_policy": "noeviction", "aof_enabled": 1, "aof_last_write_status": "err"})
    assert f"`{cause}`" in PAGE


def test_what_readyz_looks_at_is_said() -> None:
    assert len(problems({"maxmemory": 100, "used_memory": 95})) == 3
    assert no_worker(Vitals({}, ())) is not None
    for words in ("append-only file", "`noeviction`", "memory below 90 %", "a heartbeat within a minute"):
        assert words in PAGE


@pytest.mark.parametrize("name", ["operations.md", "github-action/README.md"])
def test_who_requires_the_check_is_told_to_name_its_source(name: str) -> None:
    for words in ("any source", "a job named `ai-review`"):
        assert words in page(name)


def test_the_receiver_is_reached_through_the_proxy_only_and_holds_no_key() -> None:
    services = compose()["services"]
    assert services["receiver"]["ports"] == ["127.0.0.1:8000:8000"]
    assert "secrets" not in services["receiver"]
    assert services["worker"]["secrets"] == ["github_app"]
    assert example("worker.env.example")["AI_REVIEW_GITHUB_PRIVATE_KEY"] == "/run/secrets/github_app"
    assert set(example("receiver.env.example")) == {"AI_REVIEW_GITHUB_WEBHOOK_SECRET"}


def test_the_examples_name_settings_that_there_are() -> None:
    names = example("worker.env.example")
    assert unknown_variables(names) == ()
    foreign = {name for name in names if not name.startswith("AI_REVIEW_")}
    assert foreign <= {*KEYS.values(), *BASE_URLS.values(), "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE"}


def without_docker() -> str:
    """The commands of the guide without Docker."""
    section = (DEPLOY / "operations.md").read_text(encoding="utf-8").partition("### Without Docker")[2]
    return section.split("```")[1]


def test_the_guide_without_docker_makes_all_that_the_unit_names() -> None:
    unit = (DEPLOY / "ai-review.service").read_text(encoding="utf-8").splitlines()
    named = {key: value for key, _, value in (line.partition("=") for line in unit)}
    steps = without_docker().splitlines()
    assert any(line.startswith("useradd ") and line.endswith(f" {named['User']}") for line in steps)
    made = [line.split() for line in steps if line.startswith("install -m 640 ")]
    for file in (line.partition("=")[2] for line in unit if line.startswith("EnvironmentFile=")):
        folder, _, name = file.rpartition("/")
        assert any(f"deploy/{name}" in words and words[-1] == f"{folder}/" for words in made)
    assert "python3 -m venv /opt/ai-review" in steps
    assert named["ExecStart"].startswith("/opt/ai-review/bin/ai-review ")
    assert "systemctl daemon-reload && systemctl enable --now ai-review" in steps


def test_without_docker_the_key_is_a_path_since_systemd_takes_backslashes_out() -> None:
    """The line that sets it fits the line of the example."""
    [command] = [line for line in without_docker().splitlines() if line.startswith("sed -i ")]
    _, pattern, replacement, _ = command.split("'")[1].split("|")
    lines = (DEPLOY / "worker.env.example").read_text(encoding="utf-8").splitlines()
    assert [re.sub(pattern, replacement, line) for line in lines if re.search(pattern, line)] == [
        "AI_REVIEW_GITHUB_PRIVATE_KEY=/etc/ai-review/github-app.pem"
    ]
    assert "systemd read" not in PAGE
