"""Runs an analysis tool on hostile text, in a folder of its own and under limits.

The text is written under names that we make up; no name of a pull request ever becomes a path. The tool sees
an empty environment, no standard input, and a folder that holds nothing but that text and our configuration.

Limits on memory, CPU time and file size are set by a fixed `/bin/sh` script in front of the tool:
`preexec_fn` is unsafe beside threads; `prlimit` exists on Linux only and would come too late. Output goes to
files, so that the limit on file size also bounds it and no pipe can fill up.

What is *not* here: what a tool's output means.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_SHELL = "/bin/sh"
# A system that cannot set one of the limits (macOS has no limit on memory) runs the tool without it.
_LIMIT_AND_RUN = """
ulimit -c 0 2>/dev/null
ulimit -v "$1" 2>/dev/null
ulimit -t "$2" 2>/dev/null
ulimit -f "$3" 2>/dev/null
shift 3
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run of a tool may use.

    Attributes:
        seconds: wall-clock time; CPU time may be four times that, since tools use threads.
        memory: bytes of address space.
        output: bytes of any file that the tool writes, its standard output included.
    """

    seconds: float = 20.0
    memory: int = 2 * 1024**3
    output: int = 32 * 1024**2


@dataclass(frozen=True, slots=True)
class ToolRun:
    """How a run ended.

    Attributes:
        stdout, stderr: as written, up to the limit.
        failure: why the output cannot be used, in words for people; None when it can.
    """

    stdout: bytes = b""
    stderr: bytes = b""
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One run of a tool.

    Attributes:
        argv: the tool by absolute path, and its arguments. It runs inside the folder of `files`.
        files: text by made-up name.
        config: our configuration by name (`a.yml`, `folder/a.yml`); the tool reaches it as `../config/NAME`.
        good_status: exit statuses that mean that the tool did its work.
    """

    argv: Sequence[str]
    files: Mapping[str, str]
    config: Mapping[str, str] = field(default_factory=dict)
    good_status: frozenset[int] = frozenset({0})


async def run_tool(call: ToolCall, limits: Limits) -> ToolRun:
    """Run a tool in a fresh folder. Never raises for what the tool does; it is dead when this returns."""
    with tempfile.TemporaryDirectory(prefix="ai-review-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        await asyncio.to_thread(_fill, folder, call)
        try:
            status = await _run(folder, call.argv, limits)
        except TimeoutError:
            return ToolRun(failure=f"the analyser took more than {limits.seconds:g} s")
        except OSError as error:
            return ToolRun(failure=f"the analyser could not be started ({error.strerror})")
        return await asyncio.to_thread(_result, folder, status, call.good_status, limits)


def _fill(folder: Path, call: ToolCall) -> None:
    for part, texts in (("code", call.files), ("config", call.config)):
        (folder / part).mkdir()
        for name, text in texts.items():
            file = folder / part / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
    (folder / "home").mkdir()


async def _run(folder: Path, argv: Sequence[str], limits: Limits) -> int:
    figures = (limits.memory // 1024, int(limits.seconds * 4) + 1, limits.output // 512)
    with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            *(_SHELL, "-c", _LIMIT_AND_RUN, _SHELL, *map(str, figures), *argv),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            cwd=folder / "code",
            env=_environment(folder / "home"),
            start_new_session=True,
        )
    try:
        return await asyncio.wait_for(process.wait(), limits.seconds)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def _environment(home: Path) -> dict[str, str]:
    """All that a tool is told; nothing of the operator's settings and keys."""
    return {
        "HOME": str(home),
        "TMPDIR": str(home),
        "XDG_CONFIG_HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
        "RAYON_NUM_THREADS": "2",
    }


def _result(folder: Path, status: int, good_status: frozenset[int], limits: Limits) -> ToolRun:
    stdout = (folder / "stdout").read_bytes()
    stderr = (folder / "stderr").read_bytes()
    failure = None
    if len(stdout) >= limits.output or status == -signal.SIGXFSZ:
        failure = "the analyser's report was too long"
    elif status < 0:
        failure = f"the analyser crashed (signal {-status})"
    elif status not in good_status:
        failure = f"the analyser failed (exit status {status})"
    return ToolRun(stdout, stderr, failure)
