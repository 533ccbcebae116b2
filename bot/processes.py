"""Ties a process to the life of its parent, so that a killed parent leaves nothing behind.

Run as a program (`processes.py PARENT_PID COMMAND ...`) it ties itself and becomes COMMAND; that spares
`subprocess` a function between fork and exec, which is unsafe in programs with threads. It therefore imports
only the standard library. What is *not* here: supervision; whoever starts processes does that.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent_pid: int, with_signal: signal.Signals) -> None:
    """Ask the kernel for `with_signal` when the parent dies; leave at once when it is already gone.

    Only Linux can do this. Elsewhere nothing happens: leases and markers keep orphans harmless.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)
    if os.getppid() != parent_pid:  # it died before the kernel was asked
        os._exit(1)


def tied_command(command: list[str]) -> list[str]:
    """The command line that runs `command` as a child which ends (SIGTERM) when this process does."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def _main(arguments: list[str]) -> None:
    die_with_parent(int(arguments[0]), signal.SIGTERM)
    os.execv(arguments[1], arguments[1:])  # noqa: S606 - that is the purpose: a fixed binary, no shell


if __name__ == "__main__":
    _main(sys.argv[1:])
