"""What people do on this GitHub: push, open and close pull requests, talk, ask again.

What is *not* here: setting the scene (sandbox.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.repositories import Content
from bot.sandbox.reviewing import add_comment, add_inline, add_reaction, add_reply, edit_comment
from bot.sandbox.state import (
    CheckRun,
    IssueComment,
    PullRequest,
    Reaction,
    Repository,
    ReviewComment,
    State,
)
from bot.sandbox.world import World


class People:
    """Acts on the world in the name of logins; each act sends the events that GitHub would send."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def state(self) -> State:
        """All records. Read them; change them through the methods here."""
        return self.world.state

    def commit(
        self,
        repository: Repository,
        branch: str,
        files: Mapping[str, Content],
        *,
        message: str = "Change something",
        author: str = "dev",
        start: str | None = None,
    ) -> str:
        """Commit to a branch (None deletes a file) and return the id; open pull requests get `synchronize`.

        Args:
            start: commit or branch to start from; on an existing branch that makes this a force push. By
                default the branch itself, or the default branch for a new one.
        """
        with self.world.changed:
            git = repository.git
            parent = git.resolve(start) if start else git.find(f"refs/heads/{branch}")
            parent = parent or git.resolve(f"refs/heads/{repository.default_branch}")
            sha = git.commit(branch, files, message=message, author=author, parent=parent)
            self._pushed(repository, branch, sha, author)
            return sha

    def open_pull_request(
        self,
        repository: Repository,
        branch: str,
        *,
        title: str = "Change something",
        body: str | None = None,
        author: str = "dev",
        draft: bool = False,
        fork: Repository | None = None,
    ) -> PullRequest:
        """Open a pull request against the default branch; sends `opened`. The branch may be a fork's."""
        with self.world.changed:
            head = fork or repository
            sha = head.git.resolve(f"refs/heads/{branch}")
            now = self.world.clock()
            pull = PullRequest(
                id=self.state.new_big_id(),
                number=len(repository.pulls) + 1,
                repository=repository,
                title=title,
                body=body,
                author=self.state.user(author),
                head_repository=head,
                head_ref=branch,
                head_sha=sha,
                base_ref=repository.default_branch,
                created_at=now,
                updated_at=now,
                draft=draft,
            )
            self._take_head(pull, sha)
            repository.pulls[pull.number] = pull
            self.world.events.pull_request("opened", pull, pull.author)
            return pull

    def close(self, pull: PullRequest, *, by: str = "dev") -> None:
        """Close it unmerged."""
        with self.world.changed:
            pull.state, pull.closed_at = "closed", self.world.clock()
            self._tell(pull, "closed", by)

    def reopen(self, pull: PullRequest, *, by: str = "dev") -> None:
        """Open it again."""
        with self.world.changed:
            pull.state, pull.closed_at = "open", None
            self._tell(pull, "reopened", by)

    def mark_ready(self, pull: PullRequest, *, by: str = "dev") -> None:
        """End its being a draft."""
        with self.world.changed:
            pull.draft = False
            self._tell(pull, "ready_for_review", by)

    def change_base(self, pull: PullRequest, branch: str, *, by: str = "dev") -> None:
        """Aim it at another branch."""
        with self.world.changed:
            before = pull.base_ref
            changes = {"base": {"ref": {"from": before}, "sha": {"from": pull.base_sha}}}
            pull.repository.git.resolve(f"refs/heads/{branch}")
            pull.base_ref = branch
            self._tell(pull, "edited", by, changes=changes)

    def edit(self, pull: PullRequest, *, title: str, by: str = "dev") -> None:
        """Give it another title."""
        with self.world.changed:
            changes = {"title": {"from": pull.title}}
            pull.title = title
            self._tell(pull, "edited", by, changes=changes)

    def comment(self, pull: PullRequest, body: str, *, author: str = "dev") -> IssueComment:
        """Say something in the conversation."""
        with self.world.changed:
            return add_comment(self.world, pull, self.state.user(author), body)

    def edit_comment(self, comment: IssueComment, body: str, *, by: str | None = None) -> IssueComment:
        """Change a comment's text."""
        with self.world.changed:
            editor = self.state.user(by) if by else comment.author
            return edit_comment(self.world, comment, editor, body)

    def comment_on_line(
        self, pull: PullRequest, path: str, line: int, body: str, *, side: str = "RIGHT", author: str = "dev"
    ) -> ReviewComment:
        """Say something about a line of the diff."""
        with self.world.changed:
            wanted = {"path": path, "line": line, "side": side, "body": body}
            return add_inline(self.world, pull, self.state.user(author), wanted)

    def reply(self, comment: ReviewComment, body: str, *, author: str = "dev") -> ReviewComment:
        """Answer in the thread of an inline comment."""
        with self.world.changed:
            return add_reply(self.world, comment.reply_to or comment, self.state.user(author), body)

    def resolve(self, comment: ReviewComment, *, by: str = "dev") -> None:
        """Mark a thread as resolved."""
        with self.world.changed:
            (comment.reply_to or comment).resolved_by = self.state.user(by)
            self.world.changed.notify_all()

    def react(self, target: IssueComment | ReviewComment, content: str, *, author: str = "dev") -> Reaction:
        """Give a reaction."""
        with self.world.changed:
            return add_reaction(self.world, target, self.state.user(author), content)[0]

    def rerequest(self, run: CheckRun, *, by: str = "dev") -> None:
        """Ask for a check run again."""
        with self.world.changed:
            self.world.events.check_run("rerequested", run, self.state.user(by))

    def rerequest_suite(self, run: CheckRun, *, by: str = "dev") -> None:
        """Ask for all runs of an App on a commit again."""
        with self.world.changed:
            self.world.events.check_suite("rerequested", run, self.state.user(by))

    def delete_repository(self, repository: Repository) -> None:
        """Delete it; pull requests from it lose their head repository."""
        with self.world.changed:
            del self.state.repositories[repository.id]
            for other in self.state.repositories.values():
                for pull in other.pulls.values():
                    if pull.head_repository is repository:
                        pull.head_repository = None

    def _pushed(self, repository: Repository, branch: str, sha: str, author: str) -> None:
        for other in self.state.repositories.values():
            for pull in other.pulls.values():
                moved = (
                    pull.head_repository is repository and pull.head_ref == branch and pull.state == "open"
                )
                if moved and pull.head_sha != sha:
                    before = pull.head_sha
                    self._take_head(pull, sha)
                    self._tell(pull, "synchronize", author, before=before, after=sha)

    def _take_head(self, pull: PullRequest, sha: str) -> None:
        if pull.head_repository is not None and pull.head_repository is not pull.repository:
            pull.repository.git.fetch(pull.head_repository.git.folder, sha)
        pull.repository.git.set_pull(pull.number, sha)
        pull.head_sha = sha

    def _tell(self, pull: PullRequest, action: str, by: str, **more: object) -> None:
        pull.updated_at = self.world.clock()
        self.world.events.pull_request(action, pull, self.state.user(by), **more)
