"""`ai-review policy backtest` on a recorded history in the sandbox over HTTP, and on files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from bot.domain.finding import Category, Fate, LineRange, MarkedFinding, Severity
from bot.domain.ledger import Ledger
from bot.github.client import PARALLEL
from bot.rendering.as_json import render_json
from bot.rendering.carried import carry_finding, carry_ledger
from bot.rendering.markers import MarkerKind, write_marker
from bot.sandbox.journal import Fault
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.state import Installation, PullRequest, Repository, ReviewComment
from tests.support.commands import Ended, Terminal
from tests.support.golden import check_golden
from tests.support.reviews import LOST_GUARD, SHARED_DEFAULT, completed, marked, told
from tests.support.sandbox import private_key
from tests.support.work_trees import work_tree

POLICY = ".github/ai-review.yml"
BOT = "review-robot"
CODE = "def average(items):\n    return sum(items) / len(items)\n\n\ndef add(item, basket=[]):\n    ...\n"
GUARD = replace(LOST_GUARD, path="shop.py", lines=LineRange(2, 2), quote="    return sum(items) / len(items)")
BASKET = replace(SHARED_DEFAULT, path="shop.py", lines=LineRange(5, 5))
DOCS = replace(
    BASKET,
    category=Category.DOCUMENTATION,
    severity=Severity.LOW,
    claim="`add` has no words.",
    suggestion=None,
)


@dataclass
class History:
    """Pull requests as a bot that is a plain account has left them."""

    sandbox: Sandbox
    repository: Repository
    installation: Installation
    url: str
    shell: Terminal
    policy: Path

    def pull(self, title: str, author: str = "dev") -> PullRequest:
        branch = f"change-{len(self.repository.pulls)}"
        self.sandbox.commit(self.repository, branch, {"shop.py": CODE, f"{branch}.txt": "x\n"})
        return self.sandbox.open_pull_request(self.repository, branch, title=title, author=author)

    def told(self, pull: PullRequest, found: MarkedFinding, line: int) -> tuple[MarkedFinding, ReviewComment]:
        """An inline comment of the bot, and the finding with its id."""
        marker = write_marker(MarkerKind.FINDING, fp=found.fingerprint)
        body = f"Look.\n{marker}\n{carry_finding(found)}"
        comment = self.sandbox.comment_on_line(pull, "shop.py", line, body, author=BOT)
        return replace(found, comment_id=comment.id, since=pull.head_sha), comment

    def summary(self, pull: PullRequest, *findings: MarkedFinding, author: str = BOT) -> None:
        self.sandbox.comment(pull, summary(pull, *findings), author=author)

    def run(self, text: str, *options: str, last: int = 20, token: str | None = None) -> Ended:
        """The command with a policy to try."""
        self.policy.write_text(text)
        self.shell.set(GITHUB_TOKEN=self.sandbox.user_token(BOT) if token is None else token)
        asked = ("--repo", "acme/shop", "--last", str(last), *options)
        return self.shell.run("policy", "backtest", str(self.policy), *asked)


def summary(pull: PullRequest, *findings: MarkedFinding) -> str:
    marker = write_marker(MarkerKind.SUMMARY, head=pull.head_sha)
    return f"Summary.\n{marker}\n{carry_ledger(Ledger(pull.head_sha, 1, findings))}"


@pytest.fixture
def history(shell: Terminal, tmp_path: Path) -> Iterator[History]:
    sandbox = Sandbox(tmp_path / "github")
    app = sandbox.create_app(private_key=private_key())
    repository = sandbox.create_repository("acme/shop", {POLICY: "fail_on: high\n", "README.md": "# Shop\n"})
    installation = sandbox.install(app, repository)
    for login in (BOT, "wanda"):
        sandbox.set_role(repository, login, "write")
    with sandbox.serve() as server:
        shell.set(github_api_url=server.url)
        yield History(sandbox, repository, installation, server.url, shell, tmp_path / "try.yml")


def a_history(history: History) -> None:
    """#1: one that wanda closed, one open, one held back. #2: nothing found. #3: a stranger's invention."""
    first = history.pull("Average price")
    guard, comment = history.told(first, marked(GUARD), 2)
    basket, _ = history.told(first, marked(BASKET, fingerprint="00000000000000b0"), 5)
    held = marked(DOCS, Fate.SUPPRESSED, "findings on documentation are off", fingerprint="00000000000000d0")
    history.summary(first, guard, basket, held)
    history.sandbox.resolve(comment, by="wanda")
    history.summary(history.pull("Nothing wrong"))
    history.summary(history.pull("Mine", author="mallory"), marked(GUARD), author="mallory")


TRIED = """\
fail_on: medium
categories: {missing-check: false, documentation: true}
max_comments: 1
passes: 2
"""


def test_a_recorded_history_is_told_anew_without_a_question_or_a_write(history: History) -> None:
    a_history(history)
    before, page = len(history.sandbox.calls), history.sandbox.page(history.repository.pulls[1])
    done = history.run(TRIED)
    check_golden("rendering/backtest-history.txt", done.out)
    assert (done.status, done.err) == (0, "")
    calls = history.sandbox.calls[before:]
    assert {call.method for call in calls if call.path != "/graphql"} == {"GET"}
    assert history.sandbox.page(history.repository.pulls[1]) == page


def test_under_the_policy_of_the_base_nothing_changes(history: History) -> None:
    a_history(history)
    found = json.loads(history.run("fail_on: high\n", "--format", "json").out)
    assert found["totals"] == {"vanish": 0, "appear": 0, "move": 0, "stay": 2}
    assert [one["name"] for one in found["reviews"]] == ["acme/shop#2", "acme/shop#1"]
    assert (found["without_reviews"], found["not_read"], found["not_replayed"]) == (["acme/shop#3"], [], [])


@pytest.mark.parametrize(("closed_by", "red"), [("wanda", False), ("mallory", True)])
def test_what_people_settled_no_longer_fails_the_check(history: History, closed_by: str, red: bool) -> None:
    pull = history.pull("Average price")
    guard, comment = history.told(pull, marked(GUARD), 2)
    history.summary(pull, guard)
    history.sandbox.resolve(comment, by=closed_by)
    [one] = json.loads(history.run("fail_on: high\n", "--format", "json").out)["reviews"]
    assert one["conclusion"]["before"] == ("failure" if red else None)


def test_only_the_newest_pull_requests_are_looked_at(history: History) -> None:
    a_history(history)
    assert "Looked at 2 pull requests of acme/shop." in history.run("version: 1\n", last=2).out


def test_the_organisations_file_lies_below_the_policy_that_is_tried(history: History) -> None:
    a_history(history)
    shared = history.sandbox.create_repository("acme/.github", {POLICY: "severity_threshold: high\n"})
    history.sandbox.set_role(shared, BOT, "read")
    done = history.run("version: 1\n", "--format", "json")
    assert "milder than high" in done.out


def test_a_pull_request_that_cannot_be_read_is_named_and_makes_the_status_2(history: History) -> None:
    a_history(history)
    history.sandbox.fail(Fault("POST", "/graphql", let_through=1, status=403, body={"message": "no"}))
    done = history.run("version: 1\n")
    assert done.status == 2
    assert done.out.count("Could not be read: acme/shop#") == 1


def test_after_a_pause_that_github_asks_for_nothing_more_is_asked(history: History) -> None:
    for number in range(9):
        history.summary(history.pull(f"Change {number}"))
    pause = {"retry-after": "60"}
    history.sandbox.fail(Fault("POST", "/graphql", let_through=1, times=99, status=403, headers=pause))
    before = len(history.sandbox.calls)
    done = history.run("version: 1\n")
    assert (done.status, done.out.count("GitHub asked for a pause.")) == (2, 9)
    assert len(history.sandbox.calls) - before <= 2 + PARALLEL


def test_a_repository_that_github_does_not_show_is_said(history: History) -> None:
    done = history.run("version: 1\n", "--repo", "acme/other")
    assert (done.status, done.err) == (2, "")
    assert done.out.startswith("Could not be read: acme/other: GITHUB_TOKEN does not open it")


def test_the_app_itself_sees_its_own_reviews_where_no_token_is_set(history: History) -> None:
    pull = history.pull("Average price")
    token = history.sandbox.installation_token(history.installation)
    httpx.post(
        f"{history.url}/repos/acme/shop/issues/{pull.number}/comments",
        json={"body": summary(pull, told(GUARD, comment_id=None))},
        headers={"authorization": f"Bearer {token}"},
    ).raise_for_status()
    assert "No review of ours is recorded on 1 pull request" in history.run("version: 1\n").out
    history.shell.set(github_app_id=str(history.installation.app.id), github_private_key=private_key())
    done = history.run("ignore: ['*.py']\n", token="")
    assert "1 finding would vanish" in done.out


def test_the_repository_is_the_one_of_the_workflow_or_where_origin_leads(
    history: History, tmp_path: Path
) -> None:
    a_history(history)
    tree = work_tree(tmp_path / "repo", {POLICY: "max_comments: 0\n"})
    history.shell.set(GITHUB_TOKEN=history.sandbox.user_token(BOT))
    history.shell.patch.chdir(tree.path)
    assert "There is no GitHub repository here" in history.shell.run("policy", "backtest").complaint
    for address in (
        "git@github.test:acme/shop.git",
        "https://github.test/acme/shop",
        "ssh://git@h:22/acme/shop",
    ):
        tree.git("config", "remote.origin.url", address)
        assert "of acme/shop. 0 findings would vanish" in history.shell.run("policy", "backtest").out
    history.shell.set(GITHUB_REPOSITORY="acme/nothing")
    assert "acme/nothing" in history.shell.run("policy", "backtest").out


def recorded(folder: Path, **reviews: str) -> Path:
    folder.mkdir()
    for name, text in reviews.items():
        (folder / f"{name}.json").write_text(text)
    return folder


def test_recorded_files_are_compared_with_the_policy_of_the_base(shell: Terminal, tmp_path: Path) -> None:
    review = completed(marked(GUARD), marked(BASKET))
    folder = recorded(tmp_path / "reviews", a=render_json(review), b=render_json(completed()))
    tree = work_tree(
        tmp_path / "repo", {POLICY: "fail_on: high\n"}, {POLICY: "fail_on: low\nignore: ['*.md']\n"}
    )
    shell.patch.chdir(tree.path)
    (tree.path / POLICY).write_text("fail_on: high\nseverity_threshold: critical\n")
    done = shell.run("policy", "backtest", "--reviews", str(folder), "--format", "json")
    found = json.loads(done.out)
    assert done.status == 0
    assert found["totals"] == {"vanish": 2, "appear": 0, "move": 0, "stay": 0}
    assert [one["conclusion"] for one in found["reviews"]] == [
        {"before": "failure", "after": "success"},
        {"before": "success", "after": "success"},
    ]


def test_a_file_that_is_no_review_is_named_and_makes_the_status_2(shell: Terminal, tmp_path: Path) -> None:
    folder = recorded(tmp_path / "reviews", a=render_json(completed(marked(GUARD))), b="{}")
    (folder / "c.json").mkdir()
    (folder / "notes.txt").write_text("no review")
    shell.patch.chdir(tmp_path)
    (tmp_path / "try.yml").write_text("ignore: ['*.py']\n")
    done = shell.run("policy", "backtest", "try.yml", "--reviews", "reviews")
    assert done.status == 2
    assert "1 finding would vanish" in done.out
    assert "Could not be read: b.json: it is no review as `--format json` writes it." in done.out
    assert "Could not be read: c.json: it cannot be read (Is a directory)." in done.out


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("", ["--repo", "a/b", "--reviews", "."], "exclude each other"),
        ("", ["--reviews", "nowhere"], "nowhere cannot be read (No such file or directory)"),
        ("", ["--reviews", "empty"], "empty holds no .json file"),
        ("", ["--repo", "a/b/c"], "a/b/c is no repository: write OWNER/REPO."),
        ("", ["--repo", "a/b"], "No token is set"),
        ("", ["--last", "0"], "--last"),
        ("enabled: true\nnope: 1\n", ["--reviews", "empty"], "try.yml:2:1: unknown key `nope`"),
        ("\udcff", ["--reviews", "empty"], "try.yml is not UTF-8 text"),
    ],
)
def test_wrong_usage_is_one_sentence(
    shell: Terminal, tmp_path: Path, text: str, options: list[str], words: str
) -> None:
    shell.patch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "try.yml").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert words in shell.run("policy", "backtest", "try.yml", *options).complaint


def test_without_a_policy_file_one_has_to_be_named(shell: Terminal, tmp_path: Path) -> None:
    shell.patch.chdir(tmp_path)
    assert f"{POLICY} cannot be read" in shell.run("policy", "backtest").complaint
