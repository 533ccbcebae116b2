"""What `ai-review doctor` looks at under `AI_REVIEW_DATA_DIR`: whether it can be written, and how full it is.

What is *not* here: printing (workers.cli.doctor). Nothing is left there.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bot.errors import SettingsError

LEAST_FREE_MB: Final = 200
"""Megabytes below which a queue that writes every request down soon stops."""
_MEGABYTE: Final = 1_000_000
_TRIAL: Final = bytes(4096)


def examine_folder(
    folder: Path, cache_mb: int, free: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free
) -> str:
    """Write a file without a name into it, or into the first folder above that exists.

    Args:
        cache_mb: megabytes that clones of repositories may take there.
        free: bytes that are left on the disk of a folder.

    Raises:
        SettingsError: it cannot be written, or has next to no room.
    """
    try:
        there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        with tempfile.TemporaryFile(dir=there) as trial:
            trial.write(_TRIAL)
            trial.flush()
        left = free(there) // _MEGABYTE
    except OSError as error:
        raise SettingsError(
            f"AI_REVIEW_DATA_DIR cannot be used ({error.strerror}): {folder} must be a folder that this user"
            " may write, on a disk with room"
        ) from None
    if left < LEAST_FREE_MB:
        raise SettingsError(f"{folder} has {left} MB left: make room on its disk")
    if left < cache_mb:
        return f"{folder}, {left} MB left, and AI_REVIEW_REPOSITORY_CACHE_MB lets clones take {cache_mb} MB"
    return f"{folder}, {left} MB left"
