from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.sandbox.errors import SandboxError
from bot.sandbox.state import PullRequest
from tests.support.sandbox import Scene, numbered, scene


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(
        tmp_path, base={"a.txt": numbered(20), "b.txt": "b\n"}, head={"a.txt": numbered(20, {15: "mine"})}
    )


def text(stage: Scene, path: str, commit: str = "change") -> bytes | None:
    [blob] = stage.repository.git.read([f"{commit}:{path}"])
    return None if blob is None else blob.data


def synchronized(pull: PullRequest, stage: Scene) -> list[tuple[str, str]]:
    """Before and after of each push that was told."""
    told = [json.loads(one.body) for one in stage.sandbox.deliveries if one.action == "synchronize"]
    return [(one["before"], one["after"]) for one in told if one["number"] == pull.number]


def test_a_rebase_puts_the_branchs_own_commits_on_the_new_base(stage: Scene) -> None:
    sandbox, repo, pull = stage.sandbox, stage.repository, stage.pull
    sandbox.commit(repo, "change", {"c.bin": b"\x00\x01"}, message="Add a file", author="ada")
    before = pull.head_sha
    base = sandbox.commit(repo, "main", {"a.txt": "first\n" + numbered(20)})
    sha = sandbox.rebase(repo, "change", author="ben")
    assert (pull.head_sha, pull.merge_base) == (sha, base)
    assert text(stage, "a.txt") == ("first\n" + numbered(20, {15: "mine"})).encode()
    assert text(stage, "c.bin") == b"\x00\x01"
    assert len(repo.git.commits_between(base, sha)) == 2
    assert repo.git.commits_between(sha, before), "the old commits are no part of the branch any more"
    assert synchronized(pull, stage)[-1] == (before, sha)


def test_a_rebase_keeps_authors_and_messages(stage: Scene) -> None:
    stage.sandbox.commit(stage.repository, "change", {"c.txt": "c\n"}, message="One\n\nTwo", author="ada")
    stage.sandbox.commit(stage.repository, "main", {"d.txt": "d\n"})
    sha = stage.sandbox.rebase(stage.repository, "change", author="ben")
    [commit] = stage.repository.git.read([sha])
    assert commit is not None
    assert b"author ada <" in commit.data
    assert b"committer ben <" in commit.data
    assert commit.data.endswith(b"\n\nOne\n\nTwo\n")


def test_a_comment_moves_with_its_line_over_a_rebase(stage: Scene) -> None:
    comment = stage.sandbox.comment_on_line(stage.pull, "a.txt", 15, "Why?")
    stage.sandbox.commit(stage.repository, "main", {"a.txt": "first\n" + numbered(20)})
    stage.sandbox.rebase(stage.repository, "change")
    assert stage.sandbox.world.standing(comment).line == 16


def test_commits_that_do_not_fit_are_refused_and_nothing_is_pushed(stage: Scene) -> None:
    before = stage.pull.head_sha
    stage.sandbox.commit(stage.repository, "main", {"a.txt": numbered(20, {15: "theirs"})})
    for act in (stage.sandbox.rebase, stage.sandbox.merge_in):
        with pytest.raises(SandboxError, match="apply"):
            act(stage.repository, "change")
    assert stage.pull.head_sha == before


def test_the_base_is_merged_in_and_the_diff_stays_the_same(stage: Scene) -> None:
    git, pull = stage.repository.git, stage.pull
    before, diff = pull.head_sha, git.diff(pull.merge_base, pull.head_sha)
    base = stage.sandbox.commit(stage.repository, "main", {"b.txt": "other\n"})
    sha = stage.sandbox.merge_in(stage.repository, "change")
    assert pull.merge_base == base
    assert git.diff(pull.merge_base, sha) == diff
    assert text(stage, "b.txt") == b"other\n"
    assert git.find(f"{sha}^1") == before
    assert git.find(f"{sha}^2") == base


def test_a_rebase_leaves_merges_out(stage: Scene) -> None:
    stage.sandbox.commit(stage.repository, "main", {"b.txt": "other\n"})
    stage.sandbox.merge_in(stage.repository, "change")
    base = stage.sandbox.commit(stage.repository, "main", {"b.txt": "third\n"})
    sha = stage.sandbox.rebase(stage.repository, "change")
    assert len(stage.repository.git.commits_between(base, sha)) == 1


def test_a_branch_is_replaced_by_force(stage: Scene) -> None:
    first = stage.pull.head_sha
    second = stage.sandbox.commit(stage.repository, "change", {"b.txt": "new\n"}, start="main")
    assert text(stage, "a.txt") == numbered(20).encode()
    stage.sandbox.reset(stage.repository, "change", first)
    assert stage.pull.head_sha == first
    assert synchronized(stage.pull, stage) == [(first, second), (second, first)]


def test_a_file_is_renamed_with_or_without_other_content(stage: Scene) -> None:
    stage.sandbox.rename_file(stage.repository, "change", "b.txt", "moved/b.txt")
    assert (text(stage, "b.txt"), text(stage, "moved/b.txt")) == (None, b"b\n")
    stage.sandbox.rename_file(stage.repository, "change", "moved/b.txt", "b.txt", content="c\n")
    assert text(stage, "b.txt") == b"c\n"
    with pytest.raises(SandboxError, match="no 'nowhere'"):
        stage.sandbox.rename_file(stage.repository, "change", "nowhere", "there")
