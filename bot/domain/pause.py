"""That reviews of a pull request are paused, as people or a burst of pushes asked for.

What is *not* here: the pause that GitHub asks an installation for (bot.store.keeping).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paused:
    """Pushes are not reviewed until somebody resumes it; a review that is asked for by name always is.

    Attributes:
        by: login of who paused it; empty where a burst of pushes did.
        reason: half a sentence for people: `12 pushes in 30 minutes`; empty where a person gave none.
        at: POSIX time; 0 where it is not known any more.
    """

    by: str
    reason: str
    at: float
