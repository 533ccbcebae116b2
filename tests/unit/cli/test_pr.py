"""`ai-review pr` against the sandbox over HTTP."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.domain.policy import POLICY_PATH
from bot.sandbox.journal import Fault
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.state import Installation, PullRequest, Repository
from tests.support.commands import Ended, Terminal
from tests.support.sandbox import private_key
from tests.support.scripted import finds, found, votes, write_script

HEAD = "def ratio(width, height):\n    return width / height\n"
NO_CHECK = "This token may not write checks"
PULL = "acme/shop#1"


@dataclass
class Scene:
    sandbox: Sandbox
    repository: Repository
    installation: Installation
    pull: PullRequest
    shell: Terminal
    address: str

    def run(self, *options: str, token: str | None = None) -> Ended:
        """The command, as a person with write access, or with another token."""
        self.shell.set(GITHUB_TOKEN=token or self.sandbox.user_token("wanda"))
        return self.shell.run("pr", PULL, *options)

    def app_token(self) -> str:
        return self.sandbox.installation_token(self.installation)

    def written(self) -> list[str]:
        calls = [(call.method, call.path) for call in self.sandbox.calls]
        return [f"{method} {path}" for method, path in calls if method != "GET" and path != "/graphql"]


@pytest.fixture
def scene(shell: Terminal, tmp_path: Path) -> Iterator[Scene]:
    sandbox = Sandbox(tmp_path / "github")
    app = sandbox.create_app(private_key=private_key())
    repository = sandbox.create_repository("acme/shop", {"README.md": "# Shop\n"})
    installation = sandbox.install(app, repository)
    sandbox.set_role(repository, "wanda", "write")
    sandbox.commit(repository, "change", {"shapes.py": HEAD})
    pull = sandbox.open_pull_request(repository, "change", title="Add a ratio")
    again = votes("confirmed").model_copy(update={"name": "^recheck"})
    rules = [finds(found("shapes.py", "    return width / height")), votes("confirmed"), again]
    name = write_script(tmp_path / "rules.json", rules)
    with sandbox.serve() as server:
        shell.set(github_api_url=server.url, model=name, cross_check_model=name)
        shell.set(data_dir=str(tmp_path / "data"))
        yield Scene(sandbox, repository, installation, pull, shell, server.url)


def test_without_post_nothing_is_written(scene: Scene) -> None:
    done = scene.run("--format", "json")
    [finding] = json.loads(done.out)["findings"]
    assert (done.status, finding["path"], finding["line"]) == (1, "shapes.py", 2)
    assert [verdict["verdict"] for verdict in finding["verdicts"]] == ["confirmed"]
    assert scene.written() == []


def test_a_person_posts_the_review_without_a_check_run_and_is_told_so(scene: Scene) -> None:
    done = scene.run("--post")
    assert done.status == 1
    assert NO_CHECK in done.out
    assert [comment.place.line for comment in scene.pull.review_comments] == [2]
    [summary] = scene.pull.comments
    assert summary.author.login == "wanda"
    assert NO_CHECK in summary.body
    assert scene.repository.checks == []


def test_an_installation_posts_the_review_with_its_check_run(scene: Scene) -> None:
    done = scene.run("--post", token=scene.app_token())
    [check] = scene.repository.checks
    assert (check.status, check.conclusion, check.title) == (
        "completed",
        "success",
        "1 finding: high severity",
    )
    assert NO_CHECK not in done.out + scene.pull.comments[0].body
    assert len(scene.pull.reviews) == 1


@pytest.mark.parametrize("as_app", [True, False])
def test_posting_twice_shows_everything_once(scene: Scene, as_app: bool) -> None:
    token = scene.app_token() if as_app else None
    assert [scene.run("--post", token=token).status for _ in range(2)] == [1, 1]
    assert len(scene.pull.reviews) == len(scene.pull.review_comments) == len(scene.pull.comments) == 1
    assert len(scene.repository.checks) == int(as_app)


def test_a_further_look_at_one_commit_says_of_its_findings_what_the_first_one_said(scene: Scene) -> None:
    token = scene.app_token()
    outputs = [scene.run("--post", token=token).out, scene.run("--post", token=token).out, scene.run().out]
    assert ["still open" in out for out in outputs] == [False] * 3
    assert [out.rstrip().split("\n")[-1] for out in outputs] == ["1 finding: high severity"] * 3
    assert scene.repository.checks[0].title == "1 finding: high severity"
    scene.sandbox.commit(scene.repository, "change", {"more.py": "x = 1\n"})
    assert "1 still open" in scene.run("--post", token=token).out


def test_a_check_run_that_an_app_made_does_not_keep_a_person_from_posting(scene: Scene) -> None:
    scene.run("--post", token=scene.app_token())
    done = scene.run("--post")
    assert NO_CHECK in done.out
    assert [review.author.login for review in scene.pull.reviews] == ["ai-review[bot]", "wanda"]
    assert scene.repository.checks[0].conclusion == "success"


def test_a_check_run_of_another_app_does_not_keep_an_installation_from_its_own(scene: Scene) -> None:
    scene.run("--post", token=scene.app_token())
    helper = scene.sandbox.create_app("helper", private_key=private_key())
    token = scene.sandbox.installation_token(scene.sandbox.install(helper, scene.repository))
    for _ in range(2):
        done = scene.run("--post", token=token)
        assert NO_CHECK not in done.out + scene.pull.comments[-1].body
    assert [(check.app.slug, check.status) for check in scene.repository.checks] == [
        ("ai-review", "completed"),
        ("helper", "completed"),
    ]


def test_a_token_that_may_not_even_see_checks_posts_all_the_same(scene: Scene) -> None:
    scene.sandbox.fail(Fault("GET", "/check-runs", status=403, body={"message": "Resource not accessible"}))
    assert NO_CHECK in scene.run("--post").out
    assert len(scene.pull.reviews) == 1


def test_a_review_that_cannot_be_posted_leaves_no_check_run_in_progress(scene: Scene) -> None:
    gone = {"message": "Unprocessable Entity", "errors": ["end_commit_oid is not part of the pull request"]}
    scene.sandbox.fail(Fault("POST", "/reviews$", status=422, body=gone))
    done = scene.run("--post", token=scene.app_token())
    [check] = scene.repository.checks
    assert (check.status, check.conclusion) == ("completed", "neutral")
    assert "newer commit" in str(check.title)
    assert "could not be posted: the pull request has a newer commit" in " ".join(done.out.split())
    assert done.err.startswith("ai-review: acme/shop#1: ")


def test_a_review_that_this_token_may_not_post_is_printed_all_the_same(scene: Scene) -> None:
    refused = Fault("POST", "/reviews$", status=403, body={"message": "Resource not accessible"}, times=9)
    scene.sandbox.fail(refused)
    done = scene.run("--post", "--format", "json")
    review = json.loads(done.out)
    assert (done.status, review["outcome"]) == (1, "completed")
    assert [finding["path"] for finding in review["findings"]] == ["shapes.py"]
    assert review["notices"][-1] == "This review could not be posted: GITHUB_TOKEN may not write there."
    assert "does not open it" not in done.out


def test_a_clean_review_that_could_not_be_posted_is_no_success(scene: Scene) -> None:
    scene.sandbox.fail(Fault("POST", "/issues/1/comments$", status=422, body={"message": "no"}))
    done = scene.run("--post", "--model", "static")
    assert done.status == 3
    assert "could not be posted: GitHub refused the review" in " ".join(done.out.split())


def test_a_pending_review_of_the_same_account_loses_no_review(scene: Scene) -> None:
    pending = {"message": "Unprocessable Entity", "errors": ["User can only have one pending review"]}
    scene.sandbox.fail(Fault("POST", "/reviews$", status=422, body=pending, times=9))
    done = scene.run("--post")
    assert done.status == 1
    assert "A pending review of this account stands on the pull request" in " ".join(done.out.split())


@pytest.mark.parametrize("more", ["", "/", "/files", "/files?diff=split#r1", "#discussion_r7", "?w=1"])
def test_the_address_of_a_pull_request_serves_too(scene: Scene, more: str) -> None:
    scene.shell.set(GITHUB_TOKEN=scene.app_token())
    done = scene.shell.run("pr", f"{scene.address}/acme/shop/pull/1{more}", "--model", "static")
    assert done.status == 0


@pytest.mark.parametrize(
    ("api", "address", "words"),
    [
        ("https://api.github.com", "https://github.example.org/acme/shop/pull/1", "leads to github.com"),
        ("https://api.github.com", "https://evil@gitlab.com/acme/shop/pull/1", "leads to github.com"),
        ("https://code.example.org/api/v3", "https://github.com/acme/shop/pull/1", "to code.example.org"),
    ],
)
def test_an_address_on_another_server_is_refused(shell: Terminal, api: str, address: str, words: str) -> None:
    shell.set(GITHUB_TOKEN="t", github_api_url=api)
    assert words in shell.run("pr", address).complaint


def test_nothing_is_posted_on_a_closed_pull_request_and_no_model_is_asked_for_it(scene: Scene) -> None:
    scene.sandbox.close(scene.pull)
    assert "acme/shop#1 is closed" in scene.run("--post").complaint
    assert scene.written() == []
    assert scene.run().status == 1


def test_without_a_model_the_analysers_alone_review(scene: Scene) -> None:
    done = scene.run("--model", "static")
    assert done.status == 0
    assert "no model took part" in done.out


@pytest.mark.parametrize(
    ("more", "outcome", "fault"),
    [
        ("enabled: false\n", "skipped", Fault("GET", "/nothing", status=500)),
        ("", "failed", Fault("POST", "/graphql", let_through=1, status=403, times=9)),
    ],
    ids=["skipped", "failed"],
)
def test_a_review_that_is_skipped_or_failed_names_the_model_that_the_policy_chose(
    scene: Scene, more: str, outcome: str, fault: Fault
) -> None:
    scene.shell.set(allowed_models="static")
    scene.sandbox.commit(scene.repository, "main", {POLICY_PATH: f"model: static\n{more}"})
    scene.sandbox.fail(fault)
    review = json.loads(scene.run("--post", "--format", "json", token=scene.app_token()).out)
    assert (review["outcome"], review["reviewer"]) == (outcome, "static")


@pytest.mark.parametrize(
    ("pull", "token", "words"),
    [
        ("acme/shop#99", True, "GITHUB_TOKEN does not open it: there is no such thing"),
        ("acme/other#1", True, "GITHUB_TOKEN does not open it: there is no such thing"),
        (PULL, False, "GITHUB_TOKEN was refused"),
    ],
)
def test_what_github_does_not_give_is_said_and_makes_the_status_2(
    scene: Scene, pull: str, token: bool, words: str
) -> None:
    scene.shell.set(
        GITHUB_TOKEN=scene.sandbox.user_token("wanda") if token else "ghp_unknown0123456789abcdef"
    )
    done = scene.shell.run("pr", pull)
    assert done.status == 2
    assert f"Could not review: {words}" in " ".join(done.out.split())
    assert done.err.count("\n") == 1
    assert "ghp_" not in done.out + done.err
    assert "App" not in done.out + done.err


def test_a_github_that_cannot_be_reached_is_named_with_the_cause(shell: Terminal) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{closed.getsockname()[1]}"
        shell.set(GITHUB_TOKEN="t", github_api_url=f"http://{host}")
        done = shell.run("pr", PULL)
    assert done.status == 2
    assert done.err.endswith(f": {host} could not be reached: the connection was refused\n")


@pytest.mark.parametrize(
    "name", ["acme/shop", "acme#1", "#1", "acme/shop#x", "acme/shop#1/2", "acme/shop/pull/1x", "a/b/c#1", ""]
)
def test_what_names_no_pull_request_is_one_sentence(shell: Terminal, name: str) -> None:
    assert "is no pull request: write OWNER/REPO#N" in shell.run("pr", name).complaint


def test_no_token_is_one_sentence(shell: Terminal) -> None:
    assert "No token is set" in shell.run("pr", PULL).complaint
