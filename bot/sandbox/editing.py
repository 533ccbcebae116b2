"""What is done to things that were said: edited, resolved, folded away, reactions taken back.

Used by both APIs for bots and by scenarios for people. Folding away and reactions send no event, as on
GitHub.

What is *not* here: saying something (reviewing.py), routes and permissions (api/, graphql/).
"""

from __future__ import annotations

from bot.sandbox.reviewing import check_body
from bot.sandbox.state import IssueComment, Reaction, Review, ReviewComment, User
from bot.sandbox.world import World

CLASSIFIERS = ("ABUSE", "DUPLICATE", "OFF_TOPIC", "OUTDATED", "RESOLVED", "SPAM")
"""Why something can be folded away, as GraphQL takes it; it answers in lower case, with hyphens."""


def edit_comment(world: World, comment: IssueComment, editor: User, body: object) -> IssueComment:
    """Change the text of a comment in the conversation."""
    changes = _write(world, comment, body, "IssueComment")
    world.events.issue_comment("edited", comment, editor, changes=changes)
    return comment


def edit_inline(world: World, comment: ReviewComment, editor: User, body: object) -> ReviewComment:
    """Change the text of an inline comment or of an answer to one."""
    changes = _write(world, comment, body, "PullRequestReviewComment")
    world.events.review_comment("edited", comment, editor, changes=changes)
    return comment


def resolve_thread(world: World, root: ReviewComment, user: User) -> None:
    """Resolve the thread that `root` began; one that is resolved stays as it is."""
    if root.resolved_by is None:
        root.resolved_by = user
        world.events.review_thread("resolved", root, user)


def unresolve_thread(world: World, root: ReviewComment, user: User) -> None:
    """Open a resolved thread again."""
    if root.resolved_by is not None:
        root.resolved_by = None
        world.events.review_thread("unresolved", root, user)


def minimize(said: IssueComment | ReviewComment | Review, classifier: str | None) -> None:
    """Fold something away for one of CLASSIFIERS; None shows it again."""
    said.minimized = None if classifier is None else classifier.lower().replace("_", "-")


def remove_reaction(target: IssueComment | ReviewComment, reaction: Reaction) -> None:
    """Take a reaction back."""
    target.reactions.remove(reaction)


def _write(
    world: World, comment: IssueComment | ReviewComment, body: object, resource: str
) -> dict[str, object]:
    """Put the new text in; what changed, as events tell it."""
    before, comment.body = comment.body, check_body(world, body, resource)
    comment.updated_at = world.clock()
    return {"body": {"from": before}}
