from __future__ import annotations

import json
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from bot.domain.finding import Fate
from bot.domain.policy import FailOn
from bot.domain.review import Coverage, NotRead
from tests.support.commands import Ended, Terminal
from tests.support.provider_server import provider_server
from tests.support.reviews import LOST_GUARD, completed, later, told
from tests.support.scripted import finds, found, votes, write_script
from tests.support.work_trees import Files, WorkTree, work_tree
from workers.cli.common import exit_status

CLEAN = "def area(width, height):\n    return width * height\n"
SHARED = "def add(item, basket=[]):\n    basket.append(item)\n    return basket\n"
"""What the static rules take for a defect of medium severity."""
UNREADABLE = b"name = '\xff\xfe'\n"


@pytest.fixture
def shell(shell: Terminal, tmp_path: Path) -> Terminal:
    shell.patch.chdir(tmp_path)
    return shell


def reviewed(shell: Terminal, head: Files, *options: str, base: Files | None = None) -> Ended:
    work_tree(Path("repo").absolute(), {"README.md": "# Shop\n"} if base is None else base, head)
    return shell.run("review", "--repo", "repo", "main..change", *options)


def as_json(
    shell: Terminal, head: Files, *options: str, base: Files | None = None
) -> tuple[int, dict[str, Any]]:
    done = reviewed(shell, head, "--format", "json", *options, base=base)
    return done.status, json.loads(done.out)


def model(quote: str = "    return width * height", **finding: Any) -> str:
    return write_script(Path("rules.json").absolute(), [finds(found("shop.py", quote, **finding))])


@pytest.mark.parametrize(
    ("head", "options", "status"),
    [
        ({"shop.py": CLEAN}, [], 0),
        ({"shop.py": SHARED}, [], 0),
        ({"shop.py": SHARED}, ["--fail-on", "high"], 0),
        ({"shop.py": SHARED}, ["--fail-on", "medium"], 1),
        ({"shop.py": SHARED}, ["--fail-on", "low"], 1),
        ({"shop.py": SHARED}, ["--fail-on", "never"], 0),
        ({"shop.py": UNREADABLE}, [], 2),
        ({"shop.py": UNREADABLE}, ["--fail-on", "never"], 2),
        ({"shop.py": UNREADABLE, "b.py": SHARED}, ["--fail-on", "medium"], 1),
        ({"shop.py": UNREADABLE, "b.py": SHARED}, [], 2),
    ],
)
def test_the_status_is_1_for_findings_else_2_for_what_was_not_reviewed_else_0(
    shell: Terminal, head: Files, options: list[str], status: int
) -> None:
    assert reviewed(shell, head, *options).status == status


@pytest.mark.parametrize(("severity", "status"), [("critical", 1), ("high", 1), ("medium", 0)])
def test_findings_of_a_model_count_from_high_on(shell: Terminal, severity: str, status: int) -> None:
    assert reviewed(shell, {"shop.py": CLEAN}, "--model", model(severity=severity)).status == status


def test_a_model_that_refuses_makes_the_status_2(shell: Terminal) -> None:
    status, review = as_json(shell, {"shop.py": CLEAN}, "--model", write_script(Path("rules.json"), []))
    assert (status, review["outcome"]) == (2, "failed")


def test_a_refuted_finding_does_not_count(shell: Terminal) -> None:
    shell.set(cross_check_model=write_script(Path("votes.json").absolute(), [votes("refuted")]))
    status, review = as_json(shell, {"shop.py": CLEAN}, "--model", model(severity="critical"))
    assert [finding["disposition"] for finding in review["findings"]] == ["refuted"]
    assert status == 0


def test_json_says_where_a_finding_stands_and_what_was_read(shell: Terminal) -> None:
    status, review = as_json(shell, {"shop.py": CLEAN, "uv.lock": "x\n"}, "--model", model())
    [finding] = review["findings"]
    assert status == 1
    assert (review["outcome"], review["coverage"]["read"]) == ("completed", ["shop.py"])
    assert [one["path"] for one in review["coverage"]["excluded"]] == ["uv.lock"]
    assert (finding["path"], finding["line"], finding["side"]) == ("shop.py", 2, "RIGHT")
    assert review["usage"]["calls"] == 1


def test_sarif_markdown_and_text_say_the_same(shell: Terminal) -> None:
    name = model()
    work_tree(Path("repo").absolute(), {"README.md": "# Shop\n"}, {"shop.py": CLEAN})
    options = ("review", "--repo", "repo", "main..change", "--model", name, "--format")
    shown = {form: shell.run(*options, form) for form in ("text", "json", "sarif", "markdown")}
    assert {done.status for done in shown.values()} == {1}
    assert {done.err for done in shown.values()} == {""}
    sarif = json.loads(shown["sarif"].out)
    [result] = sarif["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert sarif["version"] == "2.1.0"
    assert sarif["runs"][0]["tool"]["driver"]["version"] == version("ai-review-bot")
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("shop.py", 2)
    assert "shop.py:2" in shown["text"].out
    assert "shop.py" in shown["markdown"].out
    assert all("The guard is gone" in done.out for done in shown.values())


def test_the_default_is_the_working_tree_and_untracked_files_are_named(shell: Terminal) -> None:
    tree = work_tree(Path("repo").absolute(), {"shop.py": CLEAN})
    shell.patch.chdir(tree.path)
    tree.write({"shop.py": SHARED, "new.py": SHARED})
    done = shell.run("review", "--fail-on", "medium", "--format", "markdown")
    assert done.status == 1
    assert "shop.py" in done.out
    assert "1 untracked file was left out" in done.out
    assert "no model took part" in done.out


def test_the_policy_of_the_base_holds_and_a_broken_one_is_said(shell: Terminal) -> None:
    policy = {".github/ai-review.yml": "ignore: ['lib/**']\n"}
    status, review = as_json(
        shell,
        {"lib/shop.py": SHARED, ".github/ai-review.yml": "ignore: []\n"},
        "--fail-on",
        "low",
        base=policy,
    )
    assert (status, review["findings"]) == (0, [])
    tree = WorkTree(Path("repo").absolute())
    tree.git("checkout", "-q", "main")
    tree.commit({".github/ai-review.yml": "version: 1\nnonsense: 1\n"})
    tree.branch("more")
    tree.commit({"shop.py": SHARED})
    done = shell.run("review", "--repo", "repo", "main..more", "--format", "json")
    [notice] = json.loads(done.out)["notices"]
    assert notice.startswith(".github/ai-review.yml line 2, column 1: ")
    assert notice.endswith(" The default policy applies.")
    assert "Policy: .github/ai-review.yml:2:1: " in shell.run("review", "--repo", "repo", "main..more").out


LONG = "".join(f"value_{number} = {number}\n" for number in range(10_000))
ODD: dict[str, tuple[Files, Files, str]] = {
    "only deletions": ({"a.py": CLEAN, "b.py": SHARED}, {"b.py": None}, "b.py"),
    "only renames": ({"a.py": SHARED}, {"a.py": None, "b.py": SHARED}, "b.py"),
    "only binaries": ({"a.py": CLEAN}, {"logo.png": b"\x89PNG\0\1"}, "logo.png"),
    "ten thousand lines": ({"a.py": CLEAN}, {"long.py": LONG}, "long.py"),
    "a line of a megabyte": ({"a.py": CLEAN}, {"app.js": "var a=" + "1+" * 500_000 + "1;\n"}, "app.js"),
    "no UTF-8": ({"a.py": CLEAN}, {"latin.py": UNREADABLE}, "latin.py"),
    "a name that is no UTF-8": ({"a.py": CLEAN}, {"caf\udce9.py": SHARED}, "caf\ufffd.py"),
    "a link": ({"a.py": CLEAN}, {"deep/er/b.py": ""}, "deep/er/b.py"),
    "no newline at the end": ({"a.py": CLEAN}, {"b.py": "x = 1"}, "b.py"),
    "carriage returns": ({"a.py": CLEAN}, {"b.py": "x = 1\r\ny = 2\r\n"}, "b.py"),
    "nothing that parses": ({"a.py": CLEAN}, {"b.go": "func f( {{{ )\n" + "((((" * 5_000}, "b.go"),
}


@pytest.mark.parametrize("by_model", [False, True])
@pytest.mark.parametrize("name", ODD)
def test_every_file_of_an_odd_change_is_reviewed_or_named(shell: Terminal, name: str, by_model: bool) -> None:
    base, head, path = ODD[name]
    if by_model:
        shell.set(model=write_script(Path("nothing.json").absolute(), [finds()]))
    status, review = as_json(shell, head, base=base)
    assert review["outcome"] in ("completed", "partial", "failed")
    coverage = review["coverage"]
    rest = [one["path"] for one in (*coverage["excluded"], *coverage["not_read"]) if one["reason"]]
    assert path in coverage["read"] + rest
    assert status == (2 if coverage["not_read"] else 0)
    assert shell.run("review", "--repo", "repo", "main..change").status == status


def test_a_conflict_in_the_working_tree_is_no_traceback(shell: Terminal) -> None:
    tree = work_tree(Path("repo").absolute(), {"a.py": "x = 1\n"}, {"a.py": "x = 2\n"})
    tree.git("checkout", "-q", "main")
    tree.commit({"a.py": "x = 3\n"})
    with pytest.raises(AssertionError):
        tree.git("-c", "user.name=A", "-c", "user.email=a@b", "merge", "change")
    done = shell.run("review", "--repo", "repo")
    assert done.status in (2, 64)
    assert done.out or done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--nope"], "No such option: --nope"),
        (["a", "b"], "unexpected extra argument"),
        (["--format", "xml"], "--format"),
        (["--fail-on", "sometimes"], "--fail-on"),
        (["nosuch..HEAD"], "nosuch is not a commit"),
        (["--repo", "nowhere"], "nowhere is not inside a git repository"),
        (["--diff", "nofile.diff"], "nofile.diff cannot be read (No such file or directory)"),
        (["--diff", "."], ". cannot be read (Is a directory)"),
        (["--diff", "-", "main..HEAD"], "exclude each other"),
        (["--diff", "README.md"], "README.md cannot be read: this is not the output of git diff"),
        (["--model", "gpt"], "--model is wrong: write static, openai:NAME"),
        (["--model", "acme:gpt"], "acme:gpt is no model that is known here"),
        (["--model", "openai:gpt"], "openai:gpt needs OPENAI_API_KEY"),
        (["--model", "anthropic:x"], "anthropic:x needs ANTHROPIC_API_KEY"),
        (["--model", "scripted:nofile"], "needs the file nofile"),
    ],
)
def test_wrong_usage_is_one_sentence(shell: Terminal, arguments: list[str], words: str) -> None:
    tree = work_tree(Path("repo").absolute(), {"README.md": "# Shop\n"})
    shell.patch.chdir(tree.path)
    assert words in shell.run("review", *arguments).complaint


def test_a_wrong_setting_is_one_sentence_and_an_option_by_its_own_name(shell: Terminal) -> None:
    work_tree(Path("repo").absolute(), {"README.md": "# Shop\n"})
    shell.set(port="eighty")
    assert "AI_REVIEW_PORT is wrong" in shell.run("review", "--repo", "repo").complaint
    complaint = shell.run("review", "--repo", "repo", "--model", "gpt").complaint
    assert "AI_REVIEW_PORT is wrong" in complaint
    assert "--model is wrong" in complaint


def test_a_review_that_calls_itself_complete_and_is_not_makes_the_status_2() -> None:
    review = replace(completed(), coverage=Coverage(("a.py",), (), (NotRead("b.py", "too large"),)))
    assert exit_status(completed(), FailOn.NEVER) == 0
    assert exit_status(review, FailOn.NEVER) == 2


@pytest.mark.parametrize(("fate", "status"), [(Fate.OPEN, 1), (Fate.FIXED, 0), (Fate.DISMISSED, 0)])
def test_what_is_still_open_counts_and_what_is_settled_does_not(fate: Fate, status: int) -> None:
    assert exit_status(later(told(LOST_GUARD, fate)), FailOn.HIGH) == status


def test_the_policy_is_that_of_the_base_branch_as_it_is_now(shell: Terminal) -> None:
    tree = work_tree(Path("repo").absolute(), {"README.md": "# Shop\n"}, {"basket.py": SHARED})
    tree.git("checkout", "-q", "main")
    tree.commit({".github/ai-review.yml": "ignore: ['*.py']\n"}, "Ignore Python")
    done = shell.run("review", "main..change", "--repo", "repo")
    assert "ignored by policy" in done.out


def test_the_policys_model_is_used_where_it_is_allowed_unless_an_option_names_another(
    shell: Terminal,
) -> None:
    script = model()
    policy = {".github/ai-review.yml": f"model: {script}\n"}
    status, said = as_json(shell, {"shop.py": CLEAN}, base=policy)
    assert (status, said["findings"]) == (0, [])
    assert any("`model` of the policy has no effect" in notice for notice in said["notices"])
    shell.set(allowed_models=script)
    again = ("review", "--repo", "repo", "main..change", "--format", "json")
    assert len(json.loads(shell.run(*again).out)["findings"]) == 1
    assert json.loads(shell.run(*again, "--model", "static").out)["findings"] == []


def test_a_model_that_refuses_the_key_is_one_sentence_with_its_cause(shell: Terminal) -> None:
    work_tree(Path("repo").absolute(), {"a.py": "x = 1\n"}, {"a.py": "x = 2\n"})
    with provider_server() as provider:
        provider.trouble = (401, "invalid_api_key")
        shell.set(OPENAI_API_KEY="sk-canary", OPENAI_BASE_URL=provider.url)
        done = shell.run("review", "main..change", "--repo", "repo", "--model", "openai-chat:gpt-4o")
    assert done.err == (
        "ai-review: A part of a change could not be reviewed: openai-chat:gpt-4o: "
        f"{provider.url} does not accept the key (status 401, invalid_api_key): check OPENAI_API_KEY\n"
    )
    assert done.status == 2


@pytest.mark.parametrize(
    ("finish", "reason"),
    [
        ("length", "the model's answer was cut off"),
        ("content_filter", "a filter of the model's provider held the answer back"),
    ],
)
def test_an_answer_that_was_cut_off_or_held_back_is_no_clean_review(
    shell: Terminal, finish: str, reason: str
) -> None:
    work_tree(Path("repo").absolute(), {"a.py": "x = 1\n"}, {"a.py": "x = 2\n"})
    with provider_server() as provider:
        provider.text, provider.finish = '{"findings": []}', finish
        shell.set(OPENAI_API_KEY="sk-canary", OPENAI_BASE_URL=provider.url)
        done = shell.run("review", "main..change", "--repo", "repo", "--model", "openai-chat:own")
    assert done.status == 2
    assert reason in " ".join(done.out.split())
    assert "No problems found" not in done.out


def test_a_setting_that_is_none_is_named_and_the_review_goes_on(shell: Terminal) -> None:
    work_tree(Path("repo").absolute(), {"a.py": "x = 1\n"}, {"a.py": "x = 2\n"})
    shell.set(modle="openai:gpt")
    done = shell.run("review", "main..change", "--repo", "repo")
    assert done.err == "ai-review: AI_REVIEW_MODLE: no such setting, it has no effect; check the spelling\n"
    assert done.status == 0


def test_where_there_is_no_difference_it_is_said_what_was_compared(shell: Terminal) -> None:
    tree = work_tree(Path("repo").absolute(), {"a.py": "x = 1\n"}, {"a.py": "x = 2\n"})
    tip, main = (tree.git("rev-parse", name).decode()[:12] for name in ("change", "main"))
    hint = "one name is the base, `BASE..change` reviews its change."
    done = shell.run("review", "change", "--repo", "repo")
    assert " ".join(done.out.split()).startswith(
        f"Notice: change ({tip})..working tree: no difference; {hint}"
    )
    assert done.status == 0
    again = shell.run("review", "main..main", "--repo", "repo", "--format", "json")
    assert json.loads(again.out)["notices"] == [f"main ({main})..main: no difference."]
    assert "no difference" not in shell.run("review", "main..change", "--repo", "repo").out


@pytest.mark.parametrize(
    ("policy", "options", "status"),
    [
        ("", (), 0),
        ("fail_on: medium\n", (), 1),
        ("fail_on: medium\n", ("--fail-on", "never"), 0),
        ("version: 1\n", ("--fail-on", "medium"), 1),
    ],
)
def test_the_policys_fail_on_counts_unless_an_option_says_otherwise(
    shell: Terminal, policy: str, options: tuple[str, ...], status: int
) -> None:
    base = {".github/ai-review.yml": policy} if policy else {}
    assert as_json(shell, {"basket.py": SHARED}, *options, base=base)[0] == status


@pytest.mark.parametrize(("options", "status"), [(("--fail-on", "incomplete"), 1), ((), 2)])
def test_what_was_not_read_can_be_a_failure(shell: Terminal, options: tuple[str, ...], status: int) -> None:
    assert as_json(shell, {"all.sql": "SELECT 1;\n"}, *options)[0] == status
