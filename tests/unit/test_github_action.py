"""The recipe for GitHub Actions: what keeps it safe for forks, and its script run for real."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.domain.policy import POLICY_PATH
from bot.sandbox.journal import Fault
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.state import Installation, PullRequest
from tests.support.launching import ROOT
from tests.support.sandbox import private_key
from tests.support.scripted import finds, found, votes, write_script
from tests.support.work_trees import clean_environment

FOLDER = ROOT / "deploy" / "github-action"
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
SECRETS = {"GITHUB_TOKEN", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"}
HEAD = "def ratio(width, height):\n    return width / height\n"


def read(name: str) -> Any:
    return YAML(typ="safe", pure=True).load((FOLDER / name).read_text(encoding="utf-8"))


def action() -> Any:
    return read("action.yml")


def workflow() -> Any:
    return read("workflow.yml")


def steps() -> list[Any]:
    return [*action()["runs"]["steps"], *workflow()["jobs"]["review"]["steps"]]


def step(name: str) -> Any:
    return next(one for one in steps() if one.get("name") == name)


def test_the_workflow_runs_for_forks_and_only_when_a_pull_request_changes() -> None:
    types = ["opened", "reopened", "synchronize", "ready_for_review", "edited"]
    assert workflow()["on"] == {"pull_request_target": {"types": types}}


def test_of_edits_only_a_new_base_branch_starts_a_job() -> None:
    [job] = workflow()["jobs"].values()
    edited = "github.event.action != 'edited' || github.event.changes.base"
    assert EXPRESSION.findall(job["if"]) == [f"!github.event.pull_request.draft && ({edited})"]


def test_the_token_may_do_no_more_than_a_review_needs() -> None:
    assert workflow()["permissions"] == {}
    [job] = workflow()["jobs"].values()
    assert job["permissions"] == {
        "contents": "read",
        "pull-requests": "write",
        "checks": "write",
        "issues": "read",
    }


def test_a_newer_push_ends_the_review_of_the_older_one_and_of_no_other_pull_request() -> None:
    [job] = workflow()["jobs"].values()
    assert job["concurrency"] == {
        "group": "ai-review-${{ github.event.pull_request.number }}",
        "cancel-in-progress": True,
    }


def test_an_edit_that_starts_no_job_ends_no_review_under_way() -> None:
    assert "concurrency" not in workflow()  # there it counts before a job is skipped


def test_a_review_cannot_run_for_hours() -> None:
    assert workflow()["jobs"]["review"]["timeout-minutes"] <= 30


def test_nothing_is_checked_out_and_what_runs_is_pinned_by_commit() -> None:
    used = [one["uses"] for one in steps() if "uses" in one]
    assert not any("checkout" in name or "cache" in name for name in used)
    assert [name for name in used if not PINNED.fullmatch(name)] == []


def test_the_workflow_runs_no_script_of_its_own() -> None:
    assert all(set(one) == {"uses", "with"} for one in workflow()["jobs"]["review"]["steps"])


def test_no_value_is_ever_put_into_the_text_of_a_script() -> None:
    scripts = [one["run"] for one in steps() if "run" in one]
    assert len(scripts) == 2
    assert [EXPRESSION.findall(script) for script in scripts] == [[], []]


def test_of_the_event_only_the_number_is_used_and_what_says_whether_there_is_anything_to_review() -> None:
    texts = [(FOLDER / name).read_text(encoding="utf-8") for name in ("action.yml", "workflow.yml")]
    of_event = {found for text in texts for found in re.findall(r"github\.event[\w.]*", text)}
    assert of_event == {
        "github.event.pull_request.number",
        "github.event.pull_request.draft",
        "github.event.action",
        "github.event.changes.base",
    }
    assert not any(re.search(r"github\.(head_ref|ref\b|actor)", text) for text in texts)


def test_only_the_step_that_reviews_has_secrets() -> None:
    holders = [one.get("name") for one in steps() if SECRETS & set(one.get("env", {}))]
    assert holders == ["Review"]
    assert not any("env" in part for part in (workflow(), workflow()["jobs"]["review"], action()))


def test_packages_are_those_of_the_lock_by_their_hashes_and_run_nothing_to_install() -> None:
    script = step("Install")["run"]
    for option in ("--require-hashes", "--no-deps", "--only-binary :all:"):
        assert option in script
    assert (FOLDER / ".." / "requirements.lock").resolve().is_file()
    assert 'ACTION_PATH/../requirements.lock"' in script


@pytest.mark.parametrize("name", ["Install", "Review"])
def test_no_step_takes_code_from_where_it_stands(name: str) -> None:
    assert step(name)["working-directory"] == "${{ runner.temp }}"
    assert step(name)["env"]["PYTHONSAFEPATH"] == "1"


def test_every_input_is_described_and_used() -> None:
    inputs = action()["inputs"]
    used = {name for value in step("Review")["env"].values() for name in EXPRESSION.findall(value)}
    assert {f"inputs.{name}" for name in inputs} == {name for name in used if name.startswith("inputs.")}
    assert all(one["description"] for one in inputs.values())


@pytest.mark.parametrize("name", ["action.yml", "workflow.yml"])
def test_the_guide_shows_what_is_there(name: str) -> None:
    guide = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"({name})" in guide
    assert all(f"`{one}`" in guide for one in action()["inputs"])


@dataclass
class Runner:
    """Does what GitHub's runner does with the step that reviews."""

    url: str
    temp: Path
    token: str

    def review(self, number: str = "1", **inputs: str) -> subprocess.CompletedProcess[str]:
        given = {name: one["default"] for name, one in action()["inputs"].items()}
        given |= {"pull-request": number, "token": self.token}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        context = {f"inputs.{name}": value for name, value in given.items()}
        context |= {"github.action_path": str(FOLDER), "github.api_url": self.url}
        wanted = step("Review")
        env = {
            name: EXPRESSION.sub(lambda match: context[match[1]], value)
            for name, value in wanted["env"].items()
        }
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", wanted["run"]],
            check=False,
            capture_output=True,
            text=True,
            cwd=self.workspace(),
            env=clean_environment(
                RUNNER_TEMP=str(self.temp),
                GITHUB_REPOSITORY="acme/shop",
                GITHUB_STEP_SUMMARY=str(self.temp / "summary.md"),
                **env,
            ),
            timeout=60,
        )

    def workspace(self) -> Path:
        """A checkout of the head, as somebody may add it against all advice: its code looks like ours."""
        folder = self.temp / "workspace"
        (folder / "workers" / "cli").mkdir(parents=True, exist_ok=True)
        for name in ("workers/__init__.py", "workers/cli/__init__.py", "workers/cli/main.py", "secrets.py"):
            (folder / name).write_text("raise SystemExit('code of the pull request was executed')\n")
        return folder

    @property
    def summary(self) -> str:
        return (self.temp / "summary.md").read_text(encoding="utf-8")


@dataclass
class Scene:
    sandbox: Sandbox
    installation: Installation
    pull: PullRequest
    runner: Runner


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """The token is that of the App `github-actions`, with the workflow's permissions, for a fork's change."""
    sandbox = Sandbox(tmp_path / "github")
    permissions = {"metadata": "read"} | {
        name.replace("-", "_"): level for name, level in workflow()["jobs"]["review"]["permissions"].items()
    }
    app = sandbox.create_app("github-actions", private_key=private_key(), permissions=permissions)
    repository = sandbox.create_repository("acme/shop", {"README.md": "# Shop\n"})
    installation = sandbox.install(app, repository)
    fork = sandbox.fork(repository, "mallory")
    sandbox.commit(fork, "change", {"shapes.py": HEAD})
    pull = sandbox.open_pull_request(repository, "change", title="Add a ratio", author="mallory", fork=fork)
    temp = tmp_path / "runner"
    temp.mkdir()
    (temp / "ai-review").symlink_to(Path(sys.prefix))  # what the step before has installed
    with sandbox.serve() as server:
        yield Scene(
            sandbox,
            installation,
            pull,
            Runner(server.url, temp, sandbox.installation_token(installation)),
        )


def test_a_fork_gets_its_review_none_of_its_code_is_executed_and_what_is_printed_is_no_command(
    scene: Scene, tmp_path: Path
) -> None:
    rules = write_script(tmp_path / "rules.json", [finds(found("shapes.py", "    return width / height"))])
    done = scene.runner.review(model=rules)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    stopped, resumed = lines[0].removeprefix("::stop-commands::"), lines[-1]
    assert re.fullmatch("[0-9a-f]{32}", stopped)
    assert resumed == f"::{stopped}::"
    [comment] = scene.pull.review_comments
    assert (comment.author.login, comment.place.path, comment.place.line) == (
        "github-actions[bot]",
        "shapes.py",
        2,
    )
    [check] = scene.pull.repository.checks
    assert (check.name, check.status) == ("ai-review", "completed")
    assert "The guard is gone" in scene.runner.summary
    # By findings the job fails only where the workflow says so.
    assert scene.runner.review(model=rules, fail_on="high").returncode == 1


def test_nothing_counts_as_read_that_another_workflow_may_have_said_was(scene: Scene, tmp_path: Path) -> None:
    scene.sandbox.commit(scene.pull.repository, "main", {POLICY_PATH: "fail_on: medium\n"})
    asked = [write_script(tmp_path / "none.json", [finds()])]
    bug = found("shapes.py", "    return width / height", severity="medium", category="wrong-condition")
    asked += [write_script(tmp_path / "bug.json", [finds(bug), votes("confirmed")])] * 2
    ends = []
    for number, rules in enumerate(asked):
        scene.sandbox.commit(scene.pull.head_repository, "change", {f"more_{number}.py": "x = 1\n"})
        assert scene.runner.review(model=rules).returncode == 0
        ends.append(scene.pull.repository.checks[-1].conclusion)
    assert ends == ["success", "failure", "failure"]
    assert len(scene.pull.review_comments) == len(scene.pull.comments) == 1
    assert "still open" in str(scene.pull.repository.checks[-1].title)


def test_a_review_that_did_not_take_place_fails_the_job_with_a_word_of_warning(scene: Scene) -> None:
    scene.sandbox.fail(Fault("GET", "/pulls/1", times=9, status=403, body={"message": "no"}))
    done = scene.runner.review()
    assert done.returncode == 2
    assert done.stdout.splitlines()[-1].startswith("::warning::")


def test_a_part_that_was_not_reviewed_is_a_warning_unless_the_workflow_says_otherwise(scene: Scene) -> None:
    scene.sandbox.commit(scene.pull.head_repository, "change", {"all.sql": "SELECT 1;\n"})
    quiet, strict = (scene.runner.review(fail_on_incomplete=word) for word in ("false", "true"))
    assert (quiet.returncode, strict.returncode) == (0, 2)
    assert quiet.stdout.splitlines()[-1].startswith("::warning::")
    assert "all.sql" in scene.runner.summary


def test_a_number_that_is_none_does_nothing(scene: Scene) -> None:
    for number in ("", "1; touch $(touch hacked)", "1\n2"):
        done = scene.runner.review(number)
        assert done.returncode == 64
        assert "is no pull request" in done.stderr
    assert not list(scene.runner.temp.rglob("hacked"))
    assert scene.sandbox.calls == []
