"""Where an App is installed: for commands that start from a repository's name and not from an event.

What is *not* here: speaking as an installation (tokens.py).
"""

from __future__ import annotations

import msgspec

from bot.github.client import GitHub, repo_path


class _Installation(msgspec.Struct):
    id: int


async def find_installation(app: GitHub, repo: str) -> int:
    """The id of the App's installation on a repository.

    Args:
        app: a connection that speaks for the App itself.

    Raises:
        AccessLost: the App is not installed there.
    """
    return (await app.get(f"{repo_path(repo)}/installation", _Installation)).id
