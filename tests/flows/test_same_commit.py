"""Two pull requests with one commit: a required check is judged by commit and name."""

from __future__ import annotations

import httpx
import pytest

from bot.sandbox.state import PullRequest, Repository
from tests.support.installed import HEAD, Installed, checks_of, finding, inline

pytestmark = pytest.mark.xdist_group("flows")


def latest(bot: Installed, pull: PullRequest) -> list[tuple[str | None, str]]:
    """What GitHub judges the commit by: conclusion and title."""
    url = f"{bot.environment['AI_REVIEW_GITHUB_API_URL']}/repos/{pull.repository.full_name}"
    found = httpx.get(
        f"{url}/commits/{pull.head_sha}/check-runs",
        params={"filter": "latest", "check_name": "ai-review"},
        headers={"authorization": f"Bearer {bot.sandbox.user_token('acme')}"},
        trust_env=False,
    ).json()
    return [(run["conclusion"], run["output"]["title"]) for run in found["check_runs"]]


def forked(bot: Installed, name: str) -> tuple[Repository, Repository, PullRequest]:
    """A stranger's change that turns the check red."""
    bot.finds(finding())
    repository = bot.repository(name, {"shapes.py": "", ".github/ai-review.yml": "fail_on: high\n"})
    fork = bot.sandbox.fork(repository, "mallory")
    bot.sandbox.commit(fork, "evil", {"shapes.py": HEAD}, author="mallory")
    pull = bot.sandbox.open_pull_request(repository, "evil", author="mallory", fork=fork)
    bot.reviewed(pull, "failure")
    return repository, fork, pull


def test_a_stranger_gets_no_grey_run_over_a_red_one(bot: Installed) -> None:
    repository, fork, red = forked(bot, "same-commit")
    fork.git.set_branch("evil2", red.head_sha)
    draft = bot.sandbox.open_pull_request(repository, "evil2", author="mallory", fork=fork, draft=True)
    assert bot.sandbox.wait_until(lambda: len(checks_of(draft)) == 2)
    assert bot.reviewed(draft, "failure").external_id.endswith("#2")
    assert latest(bot, red) == [("failure", "#1 with the same commit is red")]


def test_once_the_finding_is_settled_both_say_what_they_have_to_say(bot: Installed) -> None:
    repository, fork, red = forked(bot, "same-commit-settled")
    fork.git.set_branch("evil2", red.head_sha)
    draft = bot.sandbox.open_pull_request(repository, "evil2", author="mallory", fork=fork, draft=True)
    assert bot.sandbox.wait_until(lambda: len(checks_of(draft)) == 2)
    bot.reviewed(draft, "failure")
    bot.sandbox.reply(inline(red), "/ai-review dismiss it is meant", author="acme")
    settled = {("success", 1), ("neutral", 2)}

    def said() -> bool:
        return {(run.conclusion, int(run.external_id[-1])) for run in checks_of(red)} == settled

    assert bot.sandbox.wait_until(said, 40), [(run.conclusion, run.title) for run in checks_of(red)]
    assert latest(bot, red)[0][1].startswith("Skipped: the pull request is a draft")
