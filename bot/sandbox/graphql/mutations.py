"""What can be done through GraphQL: resolve threads and open them again, fold comments away and show them.

An installation resolves threads only with write permission on contents *and* pull requests, as on GitHub.

What is *not* here: the deeds themselves (editing.py). Everything else is written through REST here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.sandbox.auth import Actor, check_permitted, may_write
from bot.sandbox.editing import CLASSIFIERS, minimize, resolve_thread, unresolve_thread
from bot.sandbox.errors import ApiError
from bot.sandbox.graphql.language import QueryError
from bot.sandbox.graphql.nodes import Said, comment_at, repository_of, thread_at
from bot.sandbox.graphql.resolving import Arguments, Deed, Missing, Object
from bot.sandbox.graphql.talk import comment, inline, review, thread
from bot.sandbox.state import IssueComment, Repository, Review, ReviewComment, User
from bot.sandbox.world import World


def mutation(world: World, actor: Actor) -> Object:
    """The root of mutations."""
    acts = _Acts(world, actor)
    fields = {
        "resolveReviewThread": acts.resolve,
        "unresolveReviewThread": acts.unresolve,
        "minimizeComment": acts.minimize,
        "unminimizeComment": acts.unminimize,
    }
    return Object("Mutation", fields)


@dataclass(frozen=True, slots=True)
class _Acts:
    """One method for each mutation; what they return is done only when its answer can be given."""

    world: World
    actor: Actor

    def resolve(self, arguments: Arguments) -> Deed:
        return self._settle(arguments, "ResolveReviewThread", resolve_thread)

    def unresolve(self, arguments: Arguments) -> Deed:
        return self._settle(arguments, "UnresolveReviewThread", unresolve_thread)

    def minimize(self, arguments: Arguments) -> Deed:
        given = _input(arguments, "MinimizeCommentInput", "subjectId", "classifier")
        if given["classifier"] not in CLASSIFIERS:
            raise QueryError(f"{given['classifier']!r} is none of {', '.join(CLASSIFIERS)}")
        return self._fold(given, "MinimizeComment", "minimizedComment", given["classifier"])

    def unminimize(self, arguments: Arguments) -> Deed:
        given = _input(arguments, "UnminimizeCommentInput", "subjectId")
        return self._fold(given, "UnminimizeComment", "unminimizedComment", None)

    def _settle(
        self, arguments: Arguments, name: str, deed: Callable[[World, ReviewComment, User], None]
    ) -> Deed:
        given = _input(arguments, f"{name}Input", "threadId")
        root = thread_at(self.world, self.actor, given["threadId"])
        self._permit(root.pull.repository, name, "contents", "pull_requests", owner=root.pull.author)
        return Deed(
            act=lambda: deed(self.world, root, self.actor.user),
            show=lambda: _payload(name, given, "thread", thread(self.world, root)),
        )

    def _fold(self, given: Arguments, name: str, answer: str, classifier: str | None) -> Deed:
        said = comment_at(self.world, self.actor, given["subjectId"])
        self._permit(repository_of(said), name, "pull_requests", owner=said.author)
        return Deed(
            act=lambda: minimize(said, classifier),
            show=lambda: _payload(name, given, answer, _shown(self.world, said)),
        )

    def _permit(self, repo: Repository, name: str, *permissions: str, owner: User) -> None:
        """Installations need every one of these permissions, people write access or to be the `owner`."""
        try:
            for permission in permissions:
                check_permitted(self.actor, repo, [(permission, "write")])
        except ApiError as refusal:
            raise Missing("FORBIDDEN", str(refusal)) from None
        user = self.actor.user
        if self.actor.installation is None and user is not owner and not may_write(repo, user):
            message = f"{user.login} does not have the correct permissions to execute `{name}`"
            raise Missing("FORBIDDEN", message)


def _shown(world: World, said: Said) -> Object:
    match said:
        case IssueComment():
            return comment(said)
        case ReviewComment():
            return inline(world, said)
        case Review():
            return review(said)


def _payload(name: str, given: Arguments, answer: str, value: Object) -> Object:
    return Object(f"{name}Payload", {"clientMutationId": given.get("clientMutationId"), answer: value})


def _input(arguments: Arguments, kind: str, *needed: str) -> dict[str, Any]:
    """The input object, with exactly these strings and perhaps the caller's own mark."""
    given = arguments.get("input")
    if set(arguments) != {"input"} or not isinstance(given, dict):
        raise QueryError("A mutation takes one argument, 'input', which is an object")
    for field in needed:
        if not isinstance(given.get(field), str):
            raise QueryError(f"Argument '{field}' on InputObject '{kind}' is required and a string")
    if unknown := sorted(set(given) - {*needed, "clientMutationId"}):
        raise QueryError(f"InputObject '{kind}' doesn't accept argument '{unknown[0]}'")
    return given
