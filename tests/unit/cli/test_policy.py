from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.parsing.policies.schema import policy_schema
from bot.sandbox.sandbox import Sandbox
from tests.support.commands import Terminal
from tests.support.work_trees import WorkTree, work_tree

POLICY = ".github/ai-review.yml"
TEXT = """\
version: 1
drafts: true
profile: chill
ignore:
  - docs/
  - "!docs/api.md"
  - docs/api.*
languages: {off: [SQL]}
triggers:
  push: first
rules:
  - {id: money, text: Amounts are integers., paths: [shop/]}
  - {id: sleep, text: Nothing sleeps.}
instructions:
  - {paths: [db/, shop/*.py, "!shop/made.py"], text: Look at locks.}
model: openai:nobody-allows-this
"""


@pytest.fixture
def tree(tmp_path: Path) -> WorkTree:
    return work_tree(
        tmp_path / "repo", {POLICY: TEXT, "a.py": ""}, {POLICY: "drafts: false\n", "a.py": "x\n"}
    )


def told(out: str) -> dict[str, list[str]]:
    """First word of each line -> the rest."""
    return {line.split()[0]: line.split()[1:] for line in out.splitlines()}


def test_a_good_file_has_no_mistakes(shell: Terminal, tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text(TEXT)
    done = shell.run("policy", "check", str(tmp_path / "p.yml"))
    assert (done.status, done.out, done.err) == (0, f"{tmp_path / 'p.yml'}: no mistakes\n", "")


def test_every_mistake_is_a_line_with_its_place(shell: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "p.yml"
    file.write_text("triggers:\n  psuh: first\n? [a]\n: b\nenabled: maybe\n")
    done = shell.run("policy", "check", str(file))
    assert done.status == 1
    assert done.out.splitlines() == [
        f"{file}:2:3: unknown key `triggers.psuh`; did you mean `push`?",
        f"{file}:3:3: a key must be a word",
        f"{file}:5:1: `enabled` must be true or false",
    ]


def test_the_file_of_the_repository_around_is_the_default(
    shell: Terminal, tree: WorkTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree.path / "deep").mkdir()
    monkeypatch.chdir(tree.path / "deep")
    assert shell.run("policy", "check").out == f"../{POLICY}: no mistakes\n"


def test_without_a_repository_the_folder_counts(
    shell: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert f"{POLICY} cannot be read (No such file or directory)" in shell.run("policy", "check").complaint


def test_standard_input_can_be_checked(shell: Terminal) -> None:
    done = shell.run("policy", "check", "-", given=b"\xef\xbb\xbfdrafts: 1\n")
    assert (done.status, done.out) == (1, "-:1:1: `drafts` must be true or false\n")


def test_what_is_no_text_or_too_long_is_a_mistake(shell: Terminal) -> None:
    done = shell.run("policy", "check", "-", given=b"drafts: true\n# caf\xe9\n")
    assert (done.status, done.out) == (1, "-:2:1: the file is not UTF-8 text\n")
    done = shell.run("policy", "check", "-", given="# ü\n".encode() * 100_000)
    assert done.status == 1
    assert "longer than 64 kB" in done.out


def test_the_schema_is_printed_as_it_is(shell: Terminal) -> None:
    done = shell.run("policy", "schema")
    assert (done.status, json.loads(done.out)) == (0, policy_schema())


def test_the_policy_of_the_base_is_explained_key_by_key(shell: Terminal, tree: WorkTree) -> None:
    done = shell.run("policy", "explain", "--repo", str(tree.path))
    assert (done.status, done.err) == (0, "")
    lines = told(done.out)
    base = tree.git("rev-parse", "main").decode()
    assert lines["base:"] == [base[:12]]
    assert lines["drafts"] == [f"{POLICY},", "line", "2", "true"]
    assert lines["severity_threshold"] == [f"{POLICY},", "line", "3", "(profile)", "medium"]
    assert lines["triggers.push"] == [f"{POLICY},", "line", "10", "first"]
    assert lines["triggers.opened"] == [f"{POLICY},", "line", "9", "true"]
    assert lines["images"] == ["default", "true"]
    assert lines["model"] == ["operator", "static"]
    assert lines["passes"] == ["operator", "1"]
    assert lines["cross_check"] == ["default,", "since", "no", "model", "takes", "part", "off"]
    assert lines["commands.permission"] == ["default", "write"]
    assert "`model` of the policy has no effect" in done.out


def test_another_base_and_the_organisations_file_can_be_named(
    shell: Terminal, tree: WorkTree, tmp_path: Path
) -> None:
    shared = tmp_path / "shared.yml"
    shared.write_text("images: false\n")
    done = shell.run(
        "policy", "explain", "--repo", str(tree.path), "--base", "change", "--organisation", str(shared)
    )
    lines = told(done.out)
    assert lines["drafts"] == [f"{POLICY},", "line", "1", "false"]
    assert lines["images"] == ["the", "organisation's", f"{POLICY},", "line", "1", "false"]


BY_NAME = "; by its name alone, the base has no such text"
STATIC = "reviewer: static rules, no model took part: rules and instructions are for models"
MONEY, SLEEP = f"rules: money ({POLICY}, line 12)", f"rules: sleep ({POLICY}, line 13)"


@pytest.fixture
def one_model(shell: Terminal, tmp_path: Path) -> None:
    (tmp_path / "model.jsonl").write_text("")
    shell.set(model=f"scripted:{tmp_path / 'model.jsonl'}")


def explained(shell: Terminal, tree: WorkTree, path: str) -> list[str]:
    """What is said about a file, below the base and the notices."""
    done = shell.run("policy", "explain", "--repo", str(tree.path), "--path", path)
    assert (done.status, done.err) == (0, "")
    return done.out.splitlines()[3:]


@pytest.mark.parametrize(
    ("path", "first", "others"),
    [
        (
            "shop/a.py",
            f"shop/a.py: reviewed{BY_NAME}",
            [
                "language: Python",
                MONEY,
                SLEEP,
                f"instructions: db/, shop/*.py, !shop/made.py ({POLICY}, line 15)",
            ],
        ),
        ("shop/made.py", f"shop/made.py: reviewed{BY_NAME}", ["language: Python", MONEY, SLEEP]),
        ("docs/x.md", f"docs/x.md: left out, ignored by docs/ ({POLICY}, line 5){BY_NAME}", None),
        ("docs/api.md", f"docs/api.md: left out, ignored by docs/api.* ({POLICY}, line 7){BY_NAME}", None),
        ("a.sql", f"a.sql: left out, SQL is off in the policy{BY_NAME}", None),
        ("uv.lock", f"uv.lock: left out, lock file{BY_NAME}", None),
        ("a.py", "a.py: reviewed", None),
        ("README", f"README: reviewed{BY_NAME}", ["language: none that is known", SLEEP]),
    ],
)
@pytest.mark.usefixtures("one_model")
def test_what_holds_for_one_file_is_said(
    shell: Terminal, tree: WorkTree, path: str, first: str, others: list[str] | None
) -> None:
    said = explained(shell, tree, path)
    assert said[0] == first
    assert others is None or said[1:] == others


def test_without_a_model_a_file_that_analysers_cannot_read_is_not_called_reviewed(
    shell: Terminal, tree: WorkTree
) -> None:
    assert explained(shell, tree, "shop/a.py")[:3] == [
        f"shop/a.py: reviewed{BY_NAME}",
        "language: Python",
        STATIC,
    ]
    kotlin = explained(shell, tree, "a.kt")[0]
    assert kotlin == f"a.kt: not read, no analyser here has rules for Kotlin{BY_NAME}"
    assert explained(shell, tree, "README")[0].startswith("README: left out, ")


@pytest.mark.usefixtures("one_model")
def test_what_the_base_says_of_a_file_counts_as_in_a_review(shell: Terminal, tmp_path: Path) -> None:
    base = {
        POLICY: TEXT,
        ".gitattributes": "own.lock linguist-generated\nlib/go.sum -linguist-generated\n",
        "made.py": "# @generated by tool\nx = 1\n",
    }
    tree = work_tree(tmp_path / "other", base, {"a.py": "x\n"})
    assert explained(shell, tree, "made.py")[0] == "made.py: left out, generated"
    flagged = explained(shell, tree, "own.lock")[0]
    assert flagged == f"own.lock: left out, generated, says .gitattributes{BY_NAME}"
    assert explained(shell, tree, "lib/go.sum")[0] == f"lib/go.sum: reviewed{BY_NAME}"


LEFT_OUT = "The organisation's policy file is left out: "


def test_an_organisations_file_that_nobody_named_is_left_out_and_that_is_said(
    shell: Terminal, tree: WorkTree, tmp_path: Path
) -> None:
    explain = ("policy", "explain", "--repo", str(tree.path))
    assert f"\n{LEFT_OUT}--organisation names it, --repository fetches it.\n" in shell.run(*explain).out
    (tmp_path / "shared.yml").write_bytes(b"# caf\xe9\n")
    done = shell.run(*explain, "--organisation", str(tmp_path / "shared.yml"))
    assert "is too large or no text: it is left out." in done.out
    assert LEFT_OUT not in done.out


@pytest.fixture
def github(shell: Terminal, tmp_path: Path) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path / "github")
    for name, files in (("shop", {"README.md": "# Shop\n"}), (".github", {POLICY: "images: false\n"})):
        sandbox.set_role(sandbox.create_repository(f"acme/{name}", files), "dev", "read")
    with sandbox.serve() as server:
        shell.set(github_api_url=server.url)
        yield sandbox


def test_the_organisations_file_is_fetched_where_that_is_asked_for(
    shell: Terminal, tree: WorkTree, github: Sandbox
) -> None:
    shell.set(GITHUB_TOKEN=github.user_token("dev"))
    tree.git("config", "remote.origin.url", "git@github.test:acme/shop.git")
    for repository in ("acme/shop", "origin"):
        done = shell.run("policy", "explain", "--repo", str(tree.path), "--repository", repository)
        lines = told(done.out)
        assert (done.status, done.err) == (0, "")
        assert lines["images"] == ["the", "organisation's", f"{POLICY},", "line", "1", "false"]
        assert lines["drafts"] == [f"{POLICY},", "line", "2", "true"]
        assert LEFT_OUT not in done.out
    assert {call.method for call in github.calls} == {"POST"}
    assert {call.path for call in github.calls} == {"/graphql"}


@pytest.mark.parametrize(
    ("token", "reason"), [("", "no token is set to fetch it with"), ("gone", "GITHUB_TOKEN was refused")]
)
def test_what_was_to_be_fetched_and_could_not_be_makes_the_status_2(
    shell: Terminal, tree: WorkTree, github: Sandbox, token: str, reason: str
) -> None:
    shell.set(GITHUB_TOKEN=token)
    done = shell.run("policy", "explain", "--repo", str(tree.path), "--repository", "acme/shop")
    assert done.status == 2
    assert f"\n{LEFT_OUT}{reason}" in done.out
    assert told(done.out)["images"] == ["default", "true"]


def test_mistakes_of_the_base_are_told(shell: Terminal, tmp_path: Path) -> None:
    tree = work_tree(tmp_path / "repo", {POLICY: "foo: 1\n"}, {"a.py": ""})
    done = shell.run("policy", "explain", "--repo", str(tree.path))
    assert f"{POLICY} line 1, column 1: unknown key `foo`" in done.out
    assert f"\n{POLICY}:1:1: unknown key `foo`" in done.out
    assert "The default policy applies." in done.out


def test_wrong_usage_is_one_sentence(shell: Terminal, tmp_path: Path) -> None:
    assert (
        "is not inside a git repository" in shell.run("policy", "explain", "--repo", str(tmp_path)).complaint
    )
    here = work_tree(tmp_path / "here", {"a.py": ""}, {"a.py": "x"})
    asked = ("policy", "explain", "--repo", str(here.path), "--repository")
    assert "There is no GitHub repository here" in shell.run(*asked, "origin").complaint
    assert "shop is no repository: write OWNER/REPO." in shell.run(*asked, "shop").complaint
    assert "exclude each other" in shell.run(*asked, "a/b", "--organisation", "x.yml").complaint
    assert "No such command 'chek'" in shell.run("policy", "chek").complaint
