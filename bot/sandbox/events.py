"""What GitHub tells Apps: one method for each event that is sent.

An event goes to every living installation on the repository whose App asked for it. Events about the
installation itself are always sent.

What is *not* here: signing and sending (webhooks.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.sandbox.memory import State
from bot.sandbox.placement import Standing
from bot.sandbox.shapes import accounts, checks, issues, labels, pulls, repositories, talk
from bot.sandbox.shapes.base import Json, Links, node_id
from bot.sandbox.state import (
    App,
    CheckRun,
    Delivery,
    Installation,
    IssueComment,
    Label,
    PullRequest,
    Repository,
    Review,
    ReviewComment,
    User,
)
from bot.sandbox.webhooks import Webhooks


class Events:
    """Builds payloads and hands them on.

    Attributes:
        links: the addresses that payloads carry.
    """

    def __init__(
        self, state: State, webhooks: Webhooks, links: Links, standing: Callable[[ReviewComment], Standing]
    ) -> None:
        self._state = state
        self._webhooks = webhooks
        self.links = links
        self._standing = standing

    def ping(self, app: App) -> Delivery:
        """GitHub's first message to a new hook."""
        hook = {"type": "App", "id": app.id, "name": "web", "active": True, "events": list(app.events)}
        payload: Json = {
            "zen": "Keep it logically awesome.",
            "hook_id": app.id,
            "hook": hook | {"app_id": app.id},
        }
        return self._webhooks.add(app, "ping", payload, installation=None, repository=None)

    def installation(
        self, action: str, one: Installation, repos: Sequence[Repository], sender: User
    ) -> Delivery:
        """Created, deleted, suspend, unsuspend."""
        payload: Json = {
            "action": action,
            "installation": accounts.installation(self.links, one),
            "repositories": [_brief(repo) for repo in repos],
            "sender": accounts.user(self.links, sender),
        }
        return self._webhooks.add(one.app, "installation", payload, installation=one.id, repository=None)

    def installation_repositories(
        self, action: str, one: Installation, repos: Sequence[Repository], sender: User
    ) -> Delivery:
        """Repositories were added to, or removed from, an installation."""
        changed = [_brief(repo) for repo in repos]
        payload: Json = {
            "action": action,
            "installation": accounts.installation(self.links, one),
            "repository_selection": "all" if one.repository_ids is None else "selected",
            "repositories_added": changed if action == "added" else [],
            "repositories_removed": changed if action == "removed" else [],
            "requester": None,
            "sender": accounts.user(self.links, sender),
        }
        return self._webhooks.add(
            one.app, "installation_repositories", payload, installation=one.id, repository=None
        )

    def renamed(self, repo: Repository, before: str, sender: User) -> None:
        """A repository has another name; `before` is the old one without its owner."""
        changes = {"repository": {"name": {"from": before}}}
        self._send(repo, "repository", {"action": "renamed", "changes": changes}, sender)

    def pull_request(self, action: str, pull: PullRequest, sender: User, **more: object) -> None:
        """`more` holds what the action adds: `before` and `after`, or `changes`."""
        payload: Json = {
            "action": action,
            "number": pull.number,
            "pull_request": pulls.pull_request(self.links, pull),
        }
        self._send(pull.repository, "pull_request", payload | more, sender)

    def labeled(self, action: str, pull: PullRequest, label: Label, sender: User) -> None:
        """`labeled` or `unlabeled`."""
        self.pull_request(action, pull, sender, label=labels.label(self.links, pull.repository, label))

    def issue_comment(self, action: str, comment: IssueComment, sender: User, **more: object) -> None:
        """A comment in the conversation. It names no commit, as on GitHub."""
        payload: Json = {
            "action": action,
            "issue": issues.issue(self.links, comment.topic),
            "comment": talk.issue_comment(self.links, comment),
        }
        self._send(comment.topic.repository, "issue_comment", payload | more, sender)

    def review(self, action: str, review: Review, sender: User) -> None:
        """A review was submitted."""
        payload: Json = {
            "action": action,
            "review": talk.review(self.links, review) | {"state": review.state.lower()},
            "pull_request": pulls.simple_pull(self.links, review.pull),
        }
        self._send(review.pull.repository, "pull_request_review", payload, sender)

    def review_comment(self, action: str, comment: ReviewComment, sender: User, **more: object) -> None:
        """An inline comment, or an answer to one."""
        payload: Json = {
            "action": action,
            "comment": self._inline(comment),
            "pull_request": pulls.simple_pull(self.links, comment.pull),
        }
        self._send(comment.pull.repository, "pull_request_review_comment", payload | more, sender)

    def review_thread(self, action: str, root: ReviewComment, sender: User) -> None:
        """The thread that `root` began was resolved or opened again."""
        comments = [self._inline(comment) for comment in root.pull.thread(root)]
        payload: Json = {
            "action": action,
            "thread": {"node_id": node_id("PullRequestReviewThread", root.id), "comments": comments},
            "pull_request": pulls.simple_pull(self.links, root.pull),
        }
        self._send(root.pull.repository, "pull_request_review_thread", payload, sender)

    def check_run(self, action: str, run: CheckRun, sender: User) -> None:
        """A rerequest goes only to the App that made the run."""
        shape = checks.check_run(self.links, run) | {"check_suite": checks.check_suite(self.links, run)}
        only = run.app if action == "rerequested" else None
        self._send(run.repository, "check_run", {"action": action, "check_run": shape}, sender, only=only)

    def check_suite(self, action: str, run: CheckRun, sender: User) -> None:
        """The suite of a run, for the App that made it."""
        payload: Json = {"action": action, "check_suite": checks.check_suite(self.links, run)}
        self._send(run.repository, "check_suite", payload, sender, only=run.app)

    def _inline(self, comment: ReviewComment) -> Json:
        return talk.review_comment(self.links, comment, self._standing(comment))

    def _send(
        self, repo: Repository, event: str, payload: Json, sender: User, *, only: App | None = None
    ) -> None:
        for one in self._state.installations_on(repo):
            wanted = event in one.app.events and only in (None, one.app)
            if not wanted or one.suspended_at is not None:
                continue
            whole = payload | {
                "repository": repositories.repository(self.links, repo),
                "sender": accounts.user(self.links, sender),
                "installation": {"id": one.id, "node_id": node_id("Integration", one.id)},
            }
            if repo.owner.kind == "Organization":
                whole["organization"] = accounts.organization(self.links, repo.owner)
            self._webhooks.add(one.app, event, whole, installation=one.id, repository=repo.id)


def _brief(repo: Repository) -> Json:
    return {
        "id": repo.id,
        "node_id": node_id("Repository", repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
    }
