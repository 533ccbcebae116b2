"""What a review reads beside code: the issues that a change is said to resolve, and pictures.

Values of bot.github in the engine's own words. It comes on top of diff, texts and policy
(workers.reading_pulls), and only where a model looks at the change.
What is *not* here: what a review makes of it (workers.review).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.domain.diff import Diff
from bot.domain.pull_request import PullRequest
from bot.github.client import GitHub
from bot.github.images import fetch_images
from bot.github.issues import fetch_issues
from bot.settings import Settings
from workers.composition import is_static
from workers.models.registry import sees_images
from workers.operator_limits import model_of
from workers.ports import Image
from workers.reading_pulls import ReadPull
from workers.review.change import LinkedIssue


@dataclass(frozen=True, slots=True)
class SeenPictures:
    """Pictures for a model, and sentences for people where some are missing."""

    images: tuple[Image, ...] = ()
    notices: tuple[str, ...] = ()


async def with_intent(
    github: GitHub, pull: PullRequest, material: ReadPull, settings: Settings
) -> tuple[ReadPull, tuple[str, ...]]:
    """What was read, with linked issues and pictures as far as a model looks at them; and notices of them.

    Raises:
        RateLimited: GitHub wants a pause of everything.
    """
    policy = material.in_force.policy
    if is_static(settings, policy):
        return material, ()
    issues, notices = await fetch_linked_issues(github, pull)
    change = replace(material.change, issues=issues)
    if not policy.images or not sees_images(model_of(settings, policy), settings):
        return replace(material, change=change), notices
    seen = await fetch_pictures(github, pull, change.diff)
    change = replace(change, images=seen.images)
    return replace(material, change=change), (*notices, *seen.notices)


async def fetch_linked_issues(
    github: GitHub, pull: PullRequest
) -> tuple[tuple[LinkedIssue, ...], tuple[str, ...]]:
    """The issues of the same repository that the description links, one request each; and notices of them.

    Raises:
        RateLimited: GitHub wants a pause of everything.
    """
    issues = await fetch_issues(github, pull)
    found = tuple(LinkedIssue(issue.number, issue.title, issue.body) for issue in issues.found)
    return found, (issues.notice,) if issues.notice else ()


async def fetch_pictures(github: GitHub, pull: PullRequest, diff: Diff) -> SeenPictures:
    """Changed pictures and screenshots, a request each and one for the description.

    Raises:
        RateLimited: GitHub wants a pause of everything.
    """
    pictures = await fetch_images(github, pull, diff)
    images = tuple(Image(one.name, one.media_type, one.data) for one in pictures.found)
    return SeenPictures(images, pictures.notices)
