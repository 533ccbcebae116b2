"""Looks at our own processes through /proc: who they are, their memory, their CPU time. Linux only.

What is *not* here: starting them (tests.support.installed).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from bot.settings import variable
from tests.support.launching import children_of

_COMMAND = "workers.cli.main"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Memory:
    """In MiB. `pss` counts a page that N processes share as a N-th to each of them."""

    rss: float
    pss: float


@dataclass(frozen=True, slots=True)
class Tree:
    """The processes of one installation by their id.

    Attributes:
        launcher: forked the housekeeper and the workers; does no work itself.
        workers: idle ones have no child; a busy one has its job's process as its child.
    """

    receiver: int
    launcher: int
    housekeeper: int
    workers: tuple[int, ...]
    valkey: int

    def redis_url(self) -> str:
        """Where the receiver puts what it accepts."""
        pairs = Path(f"/proc/{self.receiver}/environ").read_bytes().decode().split("\0")
        return dict(pair.split("=", 1) for pair in pairs if pair)[variable("redis_url")]

    def jobs(self) -> tuple[int, ...]:
        """The processes of jobs that run now."""
        return tuple(job for worker in self.workers for job in children_of(worker))


def find_tree(parent: int) -> Tree:
    """The processes that an installation started from the process `parent` has."""
    commands = {pid: _command_line(pid) for pid in children_of(parent)}
    [receiver] = [pid for pid, words in commands.items() if _COMMAND in words and words[-1] == "serve"]
    [launcher] = [pid for pid, words in commands.items() if _COMMAND in words and words[-1] == "work"]
    [valkey] = [pid for pid, words in commands.items() if words and "valkey" in Path(words[0]).name]
    housekeeper, *workers = sorted(children_of(launcher))  # the launcher forks the housekeeper first
    return Tree(receiver, launcher, housekeeper, tuple(workers), valkey)


def memory_of(pid: int) -> Memory:
    """From smaps_rollup."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:] if line.endswith("kB")}
    return Memory(sizes["Rss"] / 1024, sizes["Pss"] / 1024)


def cpu_of(pid: int) -> float:
    """CPU seconds of a process, in steps of a hundredth."""
    user, system, *_ = _cpu_fields(pid)
    return user + system


def cpu_of_children(pid: int) -> float:
    """CPU seconds of the children that have ended, and of theirs."""
    *_, user, system = _cpu_fields(pid)
    return user + system


def _cpu_fields(pid: int) -> list[float]:
    """utime, stime, cutime, cstime; see proc_pid_stat(5). The name before them may hold anything but `)`."""
    text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return [int(field) / _TICKS for field in text.rpartition(")")[2].split()[11:15]]


def _command_line(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
