"""The cache of repositories, with real git over real HTTP."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import random
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.git_caches import (
    NO_TOKEN,
    address_of,
    cache_in,
    opened,
    problem_of,
    processes_with,
    start_another,
)
from tests.support.git_http import GitServer, git_server
from tests.support.scratch_git import FILE, LINK, SUBMODULE
from tests.support.waiting import wait_until
from tests.support.work_trees import WorkTree, work_tree
from workers.context.git_cache import GitCache
from workers.context.git_reading import TEXT_LIMIT, BareRepository, GitFailed, grepped

TOKEN = "ghs_only-for-this-test"
NOWHERE = "1" * 40


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with git_server(tmp_path / "served") as server:
        yield server


@pytest.fixture
def tree(tmp_path: Path) -> WorkTree:
    """`main` and, on top, `change`."""
    return served(tmp_path, {"a.py": "a = 1\n", "b.py": "b = 1\n"}, {"a.py": "a = 2\n"})


def served(
    tmp_path: Path, base: dict[str, str | bytes | None], head: dict[str, str | bytes | None]
) -> WorkTree:
    return work_tree(tmp_path / "served" / "acme" / "shop.git", base, head)


def base_of(tree: WorkTree) -> str:
    return tree.git("rev-parse", "main").decode().strip()


def found_in(repository: BareRepository, head: str, word: str) -> list[tuple[str, int, str]]:
    return list(grepped(repository.grep(head, [word]).text, head))


def noise(size: int) -> str:
    """Text that cannot be compressed much."""
    source = random.Random(size)  # noqa: S311 - no secret
    return "\n".join(source.randbytes(40).hex() for _ in range(size // 81))


async def test_base_and_head_are_read(tmp_path: Path, server: GitServer, tree: WorkTree) -> None:
    base, head = base_of(tree), tree.head()
    async with opened(cache_in(tmp_path), address_of(server), base, head) as repository:
        assert repository.texts(head, ["a.py", "no.py"]) == {"a.py": "a = 2\n", "no.py": None}
        assert repository.texts(base, ["a.py"]) == {"a.py": "a = 1\n"}
        assert repository.paths(head) == ["a.py", "b.py"]
        assert found_in(repository, head, "b") == [("b.py", 1, "b = 1")]


async def test_the_head_of_a_fork_is_found_in_the_base_repository(
    tmp_path: Path, server: GitServer, tree: WorkTree
) -> None:
    tree.branch("theirs")
    head = tree.commit({"c.py": "c = 3\n"})
    tree.git("update-ref", "refs/pull/7/head", head)
    tree.git("checkout", "-q", "main")
    tree.git("branch", "-q", "-D", "theirs")
    async with opened(cache_in(tmp_path), address_of(server), base_of(tree), head) as repository:
        assert repository.texts(head, ["c.py"]) == {"c.py": "c = 3\n"}


async def test_what_is_there_is_not_fetched_again(tmp_path: Path, server: GitServer, tree: WorkTree) -> None:
    cache, address = cache_in(tmp_path), address_of(server)
    for _ in range(2):
        async with opened(cache, address, base_of(tree), tree.head()):
            assert server.packs == 1


async def test_a_next_head_brings_only_what_is_new(tmp_path: Path, server: GitServer, tree: WorkTree) -> None:
    tree.commit({"large.py": noise(400_000)})
    cache, address = cache_in(tmp_path), address_of(server)
    async with opened(cache, address, base_of(tree), tree.head()):
        pass
    head = tree.commit({"a.py": "a = 3\n"})
    async with opened(cache, address, base_of(tree), head) as repository:
        assert repository.texts(head, ["a.py"]) == {"a.py": "a = 3\n"}
        sizes = sorted(pack.stat().st_size for pack in repository.folder.glob("objects/pack/*.pack"))
        assert len(sizes) == 2
        assert sizes[0] < 2_000


async def test_history_is_not_fetched(tmp_path: Path, server: GitServer, tree: WorkTree) -> None:
    old = base_of(tree)
    for number in range(3):
        tree.commit({"a.py": f"a = {number}\n"})
    async with opened(cache_in(tmp_path), address_of(server), tree.head()) as repository:
        assert repository.texts(tree.head(), ["a.py"]) == {"a.py": "a = 2\n"}
        with pytest.raises(GitFailed):
            repository.texts(old, ["a.py"])


@pytest.mark.parametrize("filters", [True, False])
async def test_a_blob_that_is_too_large_to_read_has_no_text(
    tmp_path: Path, server: GitServer, filters: bool
) -> None:
    server.filters = filters
    tree = served(tmp_path, {"large.txt": "word\n" * (TEXT_LIMIT // 5 + 1)}, {"a.py": "word = 1\n"})
    head = tree.head()
    async with opened(cache_in(tmp_path), address_of(server), head) as repository:
        assert repository.texts(head, ["large.txt", "a.py"]) == {"large.txt": None, "a.py": "word = 1\n"}
        assert repository.paths(head) == ["a.py"]
        found = {path for path, _, _ in found_in(repository, head, "word")}
        assert found == {"a.py"} if filters else "a.py" in found


async def test_the_token_lets_us_in_and_is_seen_nowhere(
    tmp_path: Path, server: GitServer, tree: WorkTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AI_REVIEW_TEST_SECRET", "the-operators-own-secret")
    server.token = TOKEN
    server.held.clear()
    sealed = base64.b64encode(f"x-access-token:{TOKEN}".encode())
    cache = cache_in(tmp_path)
    reading = asyncio.create_task(read_a(cache, server, tree, TOKEN))
    assert await asyncio.to_thread(server.fetching.wait, 10)
    assert processes_with(sealed, "environ")
    assert not processes_with(sealed, "cmdline")
    assert not processes_with(TOKEN.encode(), "cmdline")
    helpers = processes_with(sealed, "environ")
    assert not set(helpers) & set(processes_with(b"the-operators-own-secret", "environ"))
    server.held.set()
    assert await reading == "a = 2\n"
    files = [path for path in cache.folder.rglob("*") if path.is_file()]
    assert files
    assert not any(word in path.read_bytes() for path in files for word in (sealed, TOKEN.encode()))


async def read_a(cache: GitCache, server: GitServer, tree: WorkTree, token: str = NO_TOKEN) -> str | None:
    async with opened(cache, address_of(server, token=token), tree.head()) as repository:
        return repository.texts(tree.head(), ["a.py"])["a.py"]


async def test_a_wrong_token_is_said_and_repeated_nowhere(
    tmp_path: Path, server: GitServer, tree: WorkTree
) -> None:
    server.token = "another"
    reason = await problem_of(cache_in(tmp_path), address_of(server, token=TOKEN), tree.head())
    assert reason.startswith("git fetch: ")
    assert TOKEN not in reason


async def test_nothing_that_a_repository_brings_along_is_run(
    tmp_path: Path, server: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = tmp_path / "ran"
    command = f"touch {ran}"
    tree = served(tmp_path, {"a.py": "a = 1\n"}, {"a.py": "a = 2\n"})
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    top = tree.tree(
        {
            b".gitattributes": (FILE, b"* filter=evil diff=evil textconv=evil\n*.bin filter=lfs\n"),
            b".gitconfig": (FILE, f'[filter "evil"]\n\tsmudge = {command}\n'.encode()),
            b".gitmodules": (FILE, f'[submodule "x"]\n\tpath = x\n\turl = ext::sh -c {command}\n'.encode()),
            b".lfsconfig": (FILE, b"[lfs]\n\turl = http://127.0.0.1:1/\n"),
            b"hooks/post-checkout": ("100755", f"#!/bin/sh\n{command}\n".encode()),
            b"a.py": (FILE, b"evil = 1\n"),
            b"big.bin": (FILE, pointer),
            b"link.py": (LINK, b"/etc/passwd"),
            b"x": (SUBMODULE, NOWHERE.encode()),
        }
    )
    who = ("-c", "user.name=Eve", "-c", "user.email=eve@example.org")
    head = tree.git(*who, "commit-tree", "-m", "x", top).decode().strip()
    tree.git("update-ref", "refs/heads/evil", head)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        f"[core]\n\tfsmonitor = {command}\n[credential]\n\thelper = !{command}\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_SSH_COMMAND", command)
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", command)
    async with opened(cache_in(tmp_path), address_of(server), head) as repository:
        texts = repository.texts(head, ["a.py", "big.bin", "link.py", "x", "../../a.py"])
        known = {"a.py": "evil = 1\n", "big.bin": pointer.decode()}
        assert texts == {**known, "link.py": None, "x": None, "../../a.py": None}
        assert "link.py" not in repository.paths(head)
        assert ("a.py", 1, "evil = 1") in found_in(repository, head, "evil")
    assert not ran.exists()


async def test_two_processes_fetch_once_and_both_read(
    tmp_path: Path, server: GitServer, tree: WorkTree
) -> None:
    server.held.clear()
    cache, address = cache_in(tmp_path), address_of(server)
    others = [start_another(cache, address, tree.head()) for _ in range(2)]
    assert await asyncio.to_thread(server.fetching.wait, 20)
    server.held.set()
    for other in others:
        out, err = await asyncio.to_thread(other.communicate, timeout=30)
        assert out.decode().strip() == "{'a.py': 'a = 2\\n'}", err
    assert server.packs == 1


async def test_after_a_kill_in_the_middle_of_a_fetch_the_next_one_succeeds(
    tmp_path: Path, server: GitServer, tree: WorkTree
) -> None:
    server.held.clear()
    cache, address = cache_in(tmp_path), address_of(server)
    other = start_another(cache, address, tree.head())
    assert await asyncio.to_thread(server.fetching.wait, 20)
    other.send_signal(signal.SIGKILL)
    await asyncio.to_thread(other.communicate)
    [place] = cache.folder.glob("*/acme/shop")
    (place / "git" / "shallow.lock").touch()
    (place / "git" / "objects" / "pack").mkdir(exist_ok=True)
    (place / "git" / "objects" / "pack" / "tmp_pack_x").write_bytes(b"half")
    (place / "new-half").mkdir()
    server.held.set()
    async with opened(cache, address, tree.head()) as repository:
        assert repository.texts(tree.head(), ["a.py"]) == {"a.py": "a = 2\n"}
    assert not list(place.rglob("tmp_*"))
    assert not (place / "new-half").exists()


async def test_giving_up_stops_git_and_frees_the_locks(
    tmp_path: Path, server: GitServer, tree: WorkTree
) -> None:
    server.held.clear()
    cache = cache_in(tmp_path)
    reading = asyncio.create_task(read_a(cache, server, tree, TOKEN))
    assert await asyncio.to_thread(server.fetching.wait, 10)
    reading.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await reading
    sealed = base64.b64encode(f"x-access-token:{TOKEN}".encode())
    wait_until(lambda: not processes_with(sealed, "environ"), "git and its helpers are gone")
    server.held.set()
    assert await read_a(cache, server, tree) == "a = 2\n"


async def test_a_repository_over_the_limit_is_given_up_and_left_alone_for_a_day(
    tmp_path: Path, server: GitServer
) -> None:
    tree = served(tmp_path, {"large.txt": noise(900_000)}, {"a.py": "a = 1\n"})
    cache, address = cache_in(tmp_path, largest=200_000), address_of(server)
    assert "larger than" in await problem_of(cache, address, tree.head())
    assert not list(cache.folder.rglob("*.pack"))
    packs = server.packs
    assert "larger than" in await problem_of(cache, address, tree.head())
    assert server.packs == packs
    async with opened(cache_in(tmp_path), address, tree.head()):
        assert server.packs > packs  # the operator has raised the limit
    [note] = cache.folder.rglob("too-large")
    os.utime(note, (0, 0))


async def test_a_fetch_that_takes_too_long_is_given_up(
    tmp_path: Path, server: GitServer, tree: WorkTree
) -> None:
    server.held.clear()
    assert "longer than" in await problem_of(cache_in(tmp_path, seconds=0.5), address_of(server), tree.head())


async def test_what_was_not_used_for_longest_makes_room_and_what_is_in_use_stays(
    tmp_path: Path, server: GitServer
) -> None:
    heads = {}
    for name in ("one", "two", "three"):
        tree = work_tree(tmp_path / "served" / "acme" / f"{name}.git", {"a.txt": noise(300_000 + len(name))})
        heads[name] = tree.head()
    cache = cache_in(tmp_path, total=400_000)

    async def look(name: str) -> None:
        async with opened(cache, address_of(server, f"acme/{name}"), heads[name]):
            pass

    async with opened(cache, address_of(server, "acme/one"), heads["one"]) as repository:
        await look("two")
        await look("three")
        assert repository.paths(heads["one"]) == ["a.txt"]
    kept = sorted(folder.parent.name for folder in cache.folder.glob("*/acme/*/git"))
    assert kept == ["one", "three"]
    await look("two")
    kept = sorted(folder.parent.name for folder in cache.folder.glob("*/acme/*/git"))
    assert kept == ["three", "two"]


async def test_a_repository_over_the_limit_takes_no_room_from_the_others(
    tmp_path: Path, server: GitServer
) -> None:
    small = work_tree(tmp_path / "served" / "acme" / "small.git", {"a.txt": noise(300_000)})
    large = work_tree(tmp_path / "served" / "acme" / "large.git", {"a.txt": noise(900_000)})
    cache = cache_in(tmp_path, total=400_000, largest=300_000)
    async with opened(cache, address_of(server, "acme/small"), small.head()):
        pass
    assert "larger than" in await problem_of(cache, address_of(server, "acme/large"), large.head())
    assert [folder.parent.name for folder in cache.folder.glob("*/acme/*/git")] == ["small"]
    packs = server.packs
    async with opened(cache, address_of(server, "acme/small"), small.head()):
        assert server.packs == packs


async def test_a_repository_that_was_fetched_into_often_is_fetched_anew(
    tmp_path: Path, server: GitServer, tree: WorkTree
) -> None:
    cache, address = replace(cache_in(tmp_path), most_fetches=3), address_of(server)
    heads = [tree.commit({"a.py": f"a = {number}\n"}) for number in range(9)]
    for head in heads:
        async with opened(cache, address, head) as repository:
            assert len(list(repository.folder.glob("objects/pack/*.pack"))) <= 3
            assert repository.texts(head, ["b.py"]) == {"b.py": "b = 1\n"}
    async with opened(cache, address, heads[0]) as repository:
        assert repository.texts(heads[0], ["a.py"]) == {"a.py": "a = 0\n"}


async def test_a_redirect_to_another_host_is_not_followed(
    tmp_path: Path, server: GitServer, tree: WorkTree
) -> None:
    with git_server(tmp_path / "served") as other:
        server.redirect = other.url
        reason = await problem_of(cache_in(tmp_path), address_of(server, token=TOKEN), tree.head())
        assert other.requests == []
    assert reason.startswith("git fetch: ")


@pytest.mark.parametrize("commit", ["--upload-pack=x", "main", "", "A" * 40, f"{NOWHERE}:x"])
async def test_only_ids_of_commits_are_asked_for(tmp_path: Path, server: GitServer, commit: str) -> None:
    assert await problem_of(cache_in(tmp_path), address_of(server), commit) == "it names no commits"
    assert server.requests == []


async def test_a_commit_that_is_not_there_and_a_folder_that_cannot_be_used_are_said(
    tmp_path: Path, server: GitServer, tree: WorkTree
) -> None:
    assert "git fetch: " in await problem_of(cache_in(tmp_path), address_of(server), NOWHERE)
    (tmp_path / "file").touch()
    broken = cache_in(tmp_path / "file")
    assert "cannot be used" in await problem_of(broken, address_of(server), tree.head())


async def test_without_git_it_is_said(
    tmp_path: Path, server: GitServer, tree: WorkTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = tree.head()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert await problem_of(cache_in(tmp_path), address_of(server), head) == "git is not installed"
