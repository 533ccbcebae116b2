"""Reviews of the past, as files that `--format json` wrote.

What is *not* here: the shape of such a file (bot.parsing.recorded_reviews).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bot.domain.backtest import Unread
from bot.domain.policy import Policy
from bot.errors import UsageError
from bot.parsing.recorded_reviews import MAX_SIZE, parse_review
from workers.backtesting.recordings import Recording, Recordings

MOST_FILES: Final = 1_000


def read_files(folder: Path, policy: Policy) -> Recordings:
    """The reviews in a folder's `.json` files, by name. One that cannot be read is named.

    Args:
        policy: under which they were made.

    Raises:
        UsageError: there is no such file at all, or there are too many.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix == ".json")
    except OSError as error:
        raise UsageError(f"{folder} cannot be read ({error.strerror}): name a folder of reviews.") from None
    if not files:
        raise UsageError(f"{folder} holds no .json file: write reviews there with --format json.")
    if len(files) > MOST_FILES:
        raise UsageError(f"{folder} holds more than {MOST_FILES:,} files: name a folder with fewer.")
    read = [_read(file, policy) for file in files]
    return Recordings(
        source=str(folder),
        on_github=False,
        found=tuple(one for one in read if isinstance(one, Recording)),
        unread=tuple(one for one in read if isinstance(one, Unread)),
    )


def _read(file: Path, policy: Policy) -> Recording | Unread:
    try:
        with file.open("rb") as stream:
            review = parse_review(stream.read(MAX_SIZE + 1), "it")
    except OSError as error:
        return Unread(file.name, f"it cannot be read ({error.strerror})")
    except UsageError as error:
        return Unread(file.name, str(error))
    return Recording(file.name, review.head_sha, review.findings, policy, review=review)
