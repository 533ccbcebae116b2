from __future__ import annotations

import asyncio
import fcntl
import json
import os
import sys
from pathlib import Path

import pytest

from workers.analysers.process import Limits, ToolCall, run_tool

QUICK = Limits(seconds=10.0)
HOLD_LOCK = (
    "import fcntl, os, sys, time; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); "
    "os.fork(); open(sys.argv[2], 'w').close(); time.sleep(60)"
)


def python(code: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", "-c", code, *arguments)


async def lock_is_free(path: Path) -> None:
    """Returns when every process that held the lock is dead."""
    with path.open("w") as file:
        await asyncio.wait_for(asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX), 20)


async def test_a_tool_reads_the_files_under_the_given_names() -> None:
    code = "import sys; print(open('f0.py').read(), open('../config/rules/a.yml').read())"
    run = await run_tool(ToolCall(python(code), {"f0.py": "code"}, {"rules/a.yml": "rules"}), QUICK)
    assert (run.failure, run.stdout) == (None, b"code rules\n")


async def test_line_endings_reach_the_tool_unchanged() -> None:
    code = "import sys; sys.stdout.buffer.write(open('f0.py', 'rb').read())"
    run = await run_tool(ToolCall(python(code), {"f0.py": "a\r\nb\rc\n"}), QUICK)
    assert run.stdout == b"a\r\nb\rc\n"


async def test_the_operators_environment_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("RUFF_CONFIG", "/somewhere")
    run = await run_tool(ToolCall(python("import os, json; print(json.dumps(dict(os.environ)))"), {}), QUICK)
    environment = json.loads(run.stdout)
    assert "sk-secret" not in run.stdout.decode()
    assert "RUFF_CONFIG" not in environment
    assert environment["HOME"] != os.environ.get("HOME")


async def test_the_folder_is_new_and_gone_afterwards() -> None:
    code = "import os; print(os.getcwd()); print(sorted(os.listdir('.')))"
    first = (await run_tool(ToolCall(python(code), {"f0.py": ""}), QUICK)).stdout.decode().splitlines()
    second = (await run_tool(ToolCall(python(code), {"f1.py": ""}), QUICK)).stdout.decode().splitlines()
    assert first[1] == "['f0.py']"
    assert first[0] != second[0]
    assert not await asyncio.to_thread(Path(first[0]).exists)


async def test_a_slow_tool_is_killed_with_its_children(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    argv = python(HOLD_LOCK, str(lock), str(tmp_path / "ready"))
    run = await run_tool(ToolCall(argv, {}), Limits(seconds=1.0))
    assert run.failure == "the analyser took more than 1 s"
    assert lock.exists()
    await lock_is_free(lock)


async def test_a_cancelled_run_leaves_no_process(tmp_path: Path) -> None:
    lock, ready = tmp_path / "lock", tmp_path / "ready"
    os.mkfifo(ready)
    argv = python(HOLD_LOCK, str(lock), str(ready))
    task = asyncio.create_task(run_tool(ToolCall(argv, {}), Limits(seconds=50.0)))
    await asyncio.to_thread(ready.read_bytes)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await lock_is_free(lock)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's memory")
async def test_memory_is_limited() -> None:
    call = ToolCall(python("x = bytearray(10**9)"), {})
    run = await run_tool(call, Limits(memory=300 * 1024**2))
    assert run.failure == "the analyser failed (exit status 1)"
    assert b"MemoryError" in run.stderr
    assert (await run_tool(call, Limits(memory=3 * 1024**3))).failure is None


async def test_output_is_limited() -> None:
    call = ToolCall(python("import sys\nwhile True: sys.stdout.write('x' * 10000)"), {})
    run = await run_tool(call, Limits(output=1024**2))
    assert run.failure == "the analyser's report was too long"
    assert len(run.stdout) <= 2 * 1024**2


async def test_a_crash_is_told() -> None:
    call = ToolCall(python("import os; os.kill(os.getpid(), 11)"), {})
    assert (await run_tool(call, QUICK)).failure == "the analyser crashed (signal 11)"


async def test_an_unexpected_status_is_told() -> None:
    assert (
        await run_tool(ToolCall(python("import sys; sys.exit(3)"), {}), QUICK)
    ).failure == "the analyser failed (exit status 3)"
    call = ToolCall(python("import sys; sys.exit(3)"), {}, good_status=frozenset({3}))
    assert (await run_tool(call, QUICK)).failure is None


async def test_a_missing_tool_is_told() -> None:
    assert (await run_tool(ToolCall(("/nowhere/tool",), {}), QUICK)).failure is not None
