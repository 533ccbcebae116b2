"""Which pictures a review shows to a model, and how they are named to it.

What is *not* here: fetching them (bot.github.images), and what they cost (workers.models.purse).
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.policy import Policy
from bot.parsing.paths import matching_paths
from workers.ports import Image
from workers.review.change import Change, Engine
from workers.review.untrusted import one_line


def wanted_images(change: Change, policy: Policy, engine: Engine) -> tuple[Image, ...]:
    """Those that the policy wants to be seen; none where the model is blind."""
    if not policy.images or not engine.sees_images:
        return ()
    ignored, changed = matching_paths(policy.ignore, "ignore"), _changed(change)
    return tuple(image for image in change.images if image.name not in changed or ignored(image.name) is None)


def images_text(images: Sequence[Image], change: Change) -> str:
    """For the material: what each picture is, in their order; empty without any."""
    changed = _changed(change)
    lines = [
        f"{number}. {one_line(image.name)}"
        f" ({'changed by this change' if image.name in changed else 'in the description'})"
        for number, image in enumerate(images, start=1)
    ]
    return "\n".join(["Pictures that come with this message:", *lines]) if lines else ""


def changed_images(images: Sequence[Image], change: Change) -> tuple[str, ...]:
    """Paths of the pictures that the change itself brings."""
    changed = _changed(change)
    return tuple(image.name for image in images if image.name in changed)


def _changed(change: Change) -> frozenset[str]:
    return frozenset(file.path for file in change.diff.files)
