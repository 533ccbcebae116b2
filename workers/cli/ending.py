"""How a command ends: its status, and one sentence where it could not be carried out.

What is *not* here: what a review's status says (workers.cli.common).
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import traceback
from collections.abc import Callable
from typing import Final

import typer

from bot.errors import UserError

EXIT_USAGE: Final = 64
"""Wrong usage or settings; 1 and 2 speak of what a review found."""
EXIT_BROKEN: Final = 70
"""Something failed that has nothing to do with the change."""
EXIT_INTERRUPTED: Final = 130
EXIT_UNREAD: Final = 141
"""Nobody read what was printed to its end; as programs end that know nothing of it."""

_log = logging.getLogger(__name__)


def guarded(run: Callable[[], int]) -> int:
    """The exit status of a command, whatever becomes of it: 1 and 2 are only said by a review."""
    try:
        status = run()
    except UserError as error:
        status = _complain(str(error))
    except typer.Exit as request:
        status = request.exit_code
    except (typer.Abort, KeyboardInterrupt):
        status = EXIT_INTERRUPTED
    except typer.TyperException as error:
        status = _complain(error.format_message())
    except OSError as error:
        status = _system_refused(error)
    except Exception as error:  # noqa: BLE001 - Python would end with 1, which means findings
        status = _unexpected(error)
    return status


def _complain(sentence: str) -> int:
    if sentence:  # empty when only the help was wanted, which is printed by then
        sys.stderr.write(f"ai-review: {sentence}\n")
    return EXIT_USAGE


def _system_refused(error: OSError) -> int:
    """A full disk, a file that may not be read, a reader who has read enough."""
    with contextlib.suppress(OSError):  # else Python tries once more, at its end, to write what it cannot
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return EXIT_UNREAD
    where = f"{error.filename}: " if error.filename else ""
    sys.stderr.write(f"ai-review: {where}{error.strerror or type(error).__name__}\n")
    return EXIT_BROKEN


def _unexpected(error: Exception) -> int:
    """Without the error's own words, which may quote anything."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{type(error).__name__} in {frame.filename}, line {frame.lineno}"
    sys.stderr.write(f"ai-review: this should not have happened: {place}\n")
    _log.info("How it came to that", exc_info=error)  # services say it, other commands under DEBUG
    return EXIT_BROKEN
