from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from bot.errors import UsageError
from bot.parsing.diffs import parse_diff
from tests.support.work_trees import WorkTree, clean_environment, work_tree
from workers.context.local_git import TEXT_LIMIT, LocalChange, LocalReader, LocalRepository


@pytest.fixture(autouse=True)
def own_configuration_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def tree(tmp_path: Path) -> WorkTree:
    """`main` went on by a commit after `change` left it."""
    tree = work_tree(tmp_path / "repo", {"a.py": "a = 1\n"})
    tree.branch("change")
    tree.commit({"b.py": "b = 2\n"}, "Add b\n\nBecause.")
    tree.git("checkout", "-q", "main")
    tree.commit({"c.py": "c = 3\n"}, "Add c")
    tree.git("checkout", "-q", "change")
    return tree


def sha(tree: WorkTree, name: str) -> str:
    return tree.git("rev-parse", name).decode().strip()


def paths(repository: LocalRepository, change: LocalChange) -> list[str]:
    return [file.path for file in parse_diff(repository.diff(change)).files]


@pytest.mark.parametrize("dots", ["..", "..."])
def test_a_range_is_what_a_pull_request_would_show(tree: WorkTree, dots: str) -> None:
    repository = LocalRepository(tree.path)
    change = repository.resolve(f"main{dots}change")
    assert change == LocalChange(sha(tree, "main~1"), sha(tree, "change"), sha(tree, "main"))
    assert paths(repository, change) == ["b.py"]


def test_an_open_end_of_a_range_is_head(tree: WorkTree) -> None:
    repository = LocalRepository(tree.path)
    assert repository.resolve("main..") == repository.resolve("main..HEAD")
    assert repository.resolve("..change") == LocalChange(*[sha(tree, "change")] * 3)


@pytest.mark.parametrize("revisions", ["main", None])
def test_one_name_or_none_means_the_working_tree_since_the_main_branch(
    tree: WorkTree, revisions: str | None
) -> None:
    tree.write({"a.py": "a = 10\n"})
    repository = LocalRepository(tree.path)
    change = repository.resolve(revisions)
    assert change == LocalChange(sha(tree, "main~1"), None, sha(tree, "main"))
    assert paths(repository, change) == ["a.py", "b.py"]


def test_a_remote_main_branch_counts_more_than_a_local_one(tree: WorkTree) -> None:
    tree.git("update-ref", "refs/remotes/origin/main", "change")
    assert LocalRepository(tree.path).resolve(None).base_sha == sha(tree, "change")


def test_a_folder_inside_the_repository_names_it(tree: WorkTree) -> None:
    inside = tree.path / "deep" / "er"
    inside.mkdir(parents=True)
    assert LocalRepository(inside).root == tree.path.resolve()


@pytest.mark.parametrize(
    ("revisions", "words"),
    [
        ("nosuch..HEAD", "nosuch is not a commit"),
        ("main..nosuch", "nosuch is not a commit"),
        ("--output=x..HEAD", "--output=x is not a commit"),
        ("main..other", "no common ancestor"),
    ],
)
def test_a_range_that_makes_no_sense_is_said(tree: WorkTree, revisions: str, words: str) -> None:
    tree.git("checkout", "-q", "--orphan", "other")
    tree.commit({"z.py": "z = 1\n"})
    with pytest.raises(UsageError, match=words):
        LocalRepository(tree.path).resolve(revisions)


def test_no_repository_no_main_branch_and_a_foreign_owner_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="not inside a git repository"):
        LocalRepository(tmp_path)
    tree = WorkTree(tmp_path / "repo")
    tree.git("checkout", "-q", "-b", "trunk")
    tree.commit({"a.py": "a = 1\n"})
    with pytest.raises(UsageError, match="no main branch"):
        LocalRepository(tree.path).resolve(None)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(UsageError, match=r"safe\.directory"):
        LocalRepository(tree.path)


def test_no_git_is_said(tree: WorkTree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tree.path))
    with pytest.raises(UsageError, match="git was not found"):
        LocalRepository(tree.path)


def test_the_message_is_of_the_commits_of_the_change_alone(tree: WorkTree) -> None:
    tree.commit({"b.py": "b = 3\n"}, "Größer\n\nMehr.")
    repository = LocalRepository(tree.path)
    subject, message = repository.message(repository.resolve("main..change"))
    assert subject == "Größer"
    assert message == "Größer\n\nMehr.\n\nAdd b\n\nBecause."
    assert repository.message(repository.resolve("HEAD..HEAD")) == ("", "")


def test_untracked_files_are_counted_and_ignored_ones_are_not(tree: WorkTree) -> None:
    tree.write({".git/info/exclude": "*.log\n", "x y.py": "", "x.log": "", "new/\nline.py": ""})
    assert LocalRepository(tree.path).untracked() == 2


NAMES = {
    "with space.py": b"x = 1\n",
    "größe/日本.py": b"x = 2\n",
    "new\nline.py": b"x = 3\n",
    'quo"te\\.py': b"x = 4\n",
    "bytes-\udcff.py": b"x = 5\n",
}


@pytest.mark.parametrize("revisions", ["main..change", "main"])
async def test_names_of_every_kind_are_listed_and_read(tmp_path: Path, revisions: str) -> None:
    tree = work_tree(
        tmp_path / "repo", {"a.py": "a\n"}, {os.fsdecode(os.fsencode(n)): c for n, c in NAMES.items()}
    )
    repository = LocalRepository(tree.path)
    change = repository.resolve(revisions)
    found = paths(repository, change)
    assert sorted(found) == sorted(NAMES)
    texts = await LocalReader(repository, change).read([*found, "nosuch.py"])
    assert texts == {name: text.decode() for name, text in NAMES.items()} | {"nosuch.py": None}


@pytest.mark.parametrize("revisions", ["main..change", "main"])
def test_what_is_no_text_of_this_repository_is_not_read(tmp_path: Path, revisions: str) -> None:
    (tmp_path / "secret.py").write_text("token = 1\n")
    tree = work_tree(tmp_path / "repo", {"a.py": "a\n"})
    tree.branch("change")
    (tree.path / "link.py").symlink_to("../secret.py")
    tree.commit({
        "binary.py": b"a\0b", "huge.py": b"#" * (TEXT_LIMIT + 1), "large.py": b"#" * TEXT_LIMIT,
        "latin.py": b"x = '\xe9'\n",
    })  # fmt: skip
    repository = LocalRepository(tree.path)
    change = repository.resolve(revisions)
    texts = repository.texts(change, ["link.py", "binary.py", "huge.py", "large.py", "latin.py", "a.py"])
    assert {path: None if text is None else len(text) for path, text in texts.items()} == {
        "link.py": None, "binary.py": None, "huge.py": None, "large.py": TEXT_LIMIT, "latin.py": 8, "a.py": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        "../secret.py",
        "/etc/hostname",
        ".git/config",
        ".GIT/config",
        "linked/secret.py",
        "a/../a.py",
        "n\0l.py",
        ".",
    ],
)
def test_a_name_that_a_diff_made_up_leads_nowhere_else(tmp_path: Path, path: str) -> None:
    tree = work_tree(
        tmp_path / "repo", {"a.py": "a\n", "a/b.py": "b\n"} if path == "a/../a.py" else {"a.py": "a\n"}
    )
    outside = tmp_path / "outside"
    outside.mkdir()
    for folder in (tmp_path, outside):
        (folder / "secret.py").write_text("token = 1\n")
    (tree.path / "linked").symlink_to(outside)
    repository = LocalRepository(tree.path)
    assert repository.texts(LocalChange(tree.head(), None, tree.head()), [path]) == {path: None}


def test_a_pipe_in_the_work_tree_blocks_nothing(tree: WorkTree) -> None:
    (tree.path / "b.py").unlink()
    os.mkfifo(tree.path / "b.py")
    assert LocalRepository(tree.path).texts(LocalChange(tree.head(), None, tree.head()), ["b.py"]) == {
        "b.py": None
    }


def test_a_file_at_a_commit_is_read_whatever_the_work_tree_holds(tree: WorkTree) -> None:
    repository = LocalRepository(tree.path)
    tree.write({"a.py": "other\n"})
    assert repository.text_at(sha(tree, "main"), "a.py") == "a = 1\n"
    assert repository.text_at(sha(tree, "main"), "b.py") is None


def submodule(tree: WorkTree, folder: Path) -> WorkTree:
    """A submodule `lib` in the newest commit, whose commit moves once more in the work tree."""
    work_tree(folder / "lib", {"lib.py": "x = 1\n"})
    tree.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(folder / "lib"), "lib")
    tree.commit({}, "Add lib")
    inner = WorkTree(tree.path / "lib")
    inner.commit({"lib.py": "x = 2\n"})
    return inner


def test_a_submodule_is_an_entry_even_where_the_repository_asks_to_hide_it(
    tree: WorkTree, tmp_path: Path
) -> None:
    inner = submodule(tree, tmp_path)
    tree.git("config", "-f", str(tree.path / ".gitmodules"), "submodule.lib.ignore", "all")
    tree.git("config", "diff.submodule", "log")
    repository = LocalRepository(tree.path)
    change = LocalChange(tree.head(), None, tree.head())
    [entry] = [file for file in parse_diff(repository.diff(change)).files if file.path == "lib"]
    assert entry.is_submodule
    assert inner.head() in repository.diff(change).decode()
    assert repository.texts(change, ["lib"]) == {"lib": None}
    assert repository.texts(repository.resolve("main..change"), ["lib"]) == {"lib": None}


TRAPS = {
    "file-system monitor": ({"core.fsmonitor": "TRAP"}, ("status",)),
    "hook": ({"core.hooksPath": "HOOKS"}, ("add", "a.py")),
    "external diff": ({"diff.external": "TRAP"}, ("diff",)),
    "diff driver": ({"diff.evil.command": "TRAP"}, ("diff",)),
    "text conversion": ({"diff.evil.textconv": "TRAP"}, ("diff",)),
    "clean filter": ({"filter.evil.clean": "TRAP"}, ("diff",)),
    "required filter": ({"filter.evil.clean": "TRAP", "filter.evil.required": "true"}, ("diff",)),
    "filter process": ({"filter.evil.process": "TRAP"}, ("diff",)),
    "filter with an odd name": ({"filter.e=vil.clean": "TRAP"}, ("diff",)),
    "signature check": ({"gpg.program": "TRAP", "log.showSignature": "true"}, ("log",)),
    "monitor of a submodule": ({"lib:core.fsmonitor": "TRAP"}, ("diff",)),
    "filter of a submodule": ({"lib:filter.evil.clean": "TRAP"}, ("diff",)),
}


@pytest.mark.parametrize("name", TRAPS)
def test_nothing_that_a_repository_configures_is_started(tree: WorkTree, tmp_path: Path, name: str) -> None:
    canary = tmp_path / "canary"
    settings, provoking = TRAPS[name]
    _set_traps(tree, tmp_path, canary, settings)
    subprocess.run(
        ["git", "-C", str(tree.path), *provoking],
        check=False, capture_output=True, env=clean_environment(GIT_PAGER=""), timeout=10,
    )  # fmt: skip
    assert canary.exists(), "the trap does not work, so this test would prove nothing"
    canary.unlink()

    repository = LocalRepository(tree.path)
    for revisions in ("main..change", None, "HEAD"):
        change = repository.resolve(revisions)
        assert "a.py" in paths(repository, change) or change.head_sha
        repository.message(change)
        repository.texts(change, ["a.py", "b.py"])
    repository.untracked()
    assert not canary.exists()


def _set_traps(tree: WorkTree, folder: Path, canary: Path, settings: dict[str, str]) -> None:
    trap = folder / "hooks" / "post-index-change"
    trap.parent.mkdir()
    trap.write_text(f"#!/bin/sh\ntouch {canary}\n")
    trap.chmod(stat.S_IRWXU)
    tree.commit({".gitattributes": "*.py diff=evil filter=evil\nb.py filter=e=vil\n"})
    if any(name.startswith("lib:") for name in settings):
        submodule(tree, folder).write({".gitattributes": "*.py filter=evil\n", "lib.py": "x = 3\n"})
    _sign(tree)
    tree.write({"a.py": "a = 5\n", "b.py": "b = 5\n"})
    for name, value in settings.items():
        where, _, key = name.rpartition(":")
        program = value.replace("TRAP", str(trap)).replace("HOOKS", str(trap.parent))
        tree.git("-C", where or ".", "config", key, program)


def _sign(tree: WorkTree) -> None:
    """Put something like a signature on the newest commit, so that git wants it checked."""
    commit = tree.git("cat-file", "commit", "HEAD")
    header, _, message = commit.partition(b"\n\n")
    signature = b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----"
    signed = tree.git(
        "hash-object", "-t", "commit", "-w", "--stdin", stdin=header + b"\n" + signature + b"\n\n" + message
    )
    tree.git("update-ref", "HEAD", signed.decode().strip())


def test_settings_in_the_environment_stay_in_force(tree: WorkTree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.git("config", "filter.evil.clean", "false")
    tree.git("config", "filter.evil.required", "true")
    tree.commit({".gitattributes": ""})
    tree.write({".gitattributes": "*.py filter=evil\n", "a.py": "a = 5\n"})
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "*")
    repository = LocalRepository(tree.path)
    assert "a.py" in paths(repository, repository.resolve("HEAD"))


def test_a_diff_looks_the_same_whatever_a_person_configured(tree: WorkTree) -> None:
    tree.commit({"b.py": "b = 3\n\nc = 4\n"})
    repository = LocalRepository(tree.path)
    change = repository.resolve("main~1..change")
    plain = repository.diff(change)
    for name, value in {
        "diff.orderFile": "/no/such/file", "diff.noprefix": "true", "diff.mnemonicPrefix": "true",
        "color.ui": "always", "diff.context": "0", "diff.suppressBlankEmpty": "true",
        "core.quotePath": "false",
    }.items():  # fmt: skip
        tree.git("config", name, value)
    assert repository.diff(change) == plain


def test_where_origin_leads_is_asked_of_the_configuration_alone(tree: WorkTree) -> None:
    assert LocalRepository(tree.path).origin() is None
    tree.git("config", "remote.origin.url", "git@github.test:acme/shop.git")
    assert LocalRepository(tree.path).origin() == "git@github.test:acme/shop.git"
