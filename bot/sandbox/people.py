"""What people do on this GitHub: open and close pull requests, label them, talk, resolve, ask again.

People may do here whatever they like; what the API allows whom stands there.

What is *not* here: pushing code (pushing.py), setting the scene (sandbox.py).
"""

from __future__ import annotations

from bot.sandbox.editing import (
    edit_comment,
    edit_inline,
    remove_reaction,
    resolve_thread,
    unresolve_thread,
)
from bot.sandbox.errors import SandboxError
from bot.sandbox.pushing import Pushers
from bot.sandbox.reviewing import add_comment, add_inline, add_reaction, add_reply
from bot.sandbox.state import (
    CheckRun,
    Issue,
    IssueComment,
    Label,
    PullRequest,
    Reaction,
    Repository,
    ReviewComment,
)


class People(Pushers):
    """Acts on the world in the name of logins; each act sends the events that GitHub would send."""

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
                number=repository.next_number,
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

    def add_label(self, pull: PullRequest, name: str, *, by: str = "dev") -> Label:
        """Put a label on it, made when it is new; sends `labeled`."""
        with self.world.changed:
            labels = pull.repository.labels
            label = labels.setdefault(name, Label(self.state.new_id(), name))
            if label not in pull.labels:
                pull.labels.append(label)
                self._tell_label(pull, "labeled", label, by)
            return label

    def remove_label(self, pull: PullRequest, name: str, *, by: str = "dev") -> None:
        """Take a label off it; sends `unlabeled`."""
        with self.world.changed:
            label = next((one for one in pull.labels if one.name == name), None)
            if label is None:
                raise SandboxError(f"{name!r} is no label of {pull.repository.full_name}#{pull.number}.")
            pull.labels.remove(label)
            self._tell_label(pull, "unlabeled", label, by)

    def create_issue(
        self, repository: Repository, title: str, body: str | None = None, *, author: str = "dev"
    ) -> Issue:
        """Open an issue. Apps that review pull requests are not told of it."""
        with self.world.changed:
            now, number, user = self.world.clock(), repository.next_number, self.state.user(author)
            issue = Issue(self.state.new_big_id(), number, repository, title, body, user, now, now)
            repository.issues[number] = issue
            return issue

    def comment(self, topic: PullRequest | Issue, body: str, *, author: str = "dev") -> IssueComment:
        """Say something in the conversation."""
        with self.world.changed:
            return add_comment(self.world, topic, self.state.user(author), body)

    def edit_comment(
        self, comment: IssueComment | ReviewComment, body: str, *, by: str | None = None
    ) -> None:
        """Change a comment's text, also of an inline comment or of an answer."""
        with self.world.changed:
            editor = self.state.user(by) if by else comment.author
            if isinstance(comment, ReviewComment):
                edit_inline(self.world, comment, editor, body)
            else:
                edit_comment(self.world, comment, editor, body)

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
        """Mark the comment's thread as resolved."""
        with self.world.changed:
            resolve_thread(self.world, comment.reply_to or comment, self.state.user(by))
            self.world.changed.notify_all()

    def unresolve(self, comment: ReviewComment, *, by: str = "dev") -> None:
        """Open the comment's thread again."""
        with self.world.changed:
            unresolve_thread(self.world, comment.reply_to or comment, self.state.user(by))
            self.world.changed.notify_all()

    def react(self, target: IssueComment | ReviewComment, content: str, *, author: str = "dev") -> Reaction:
        """Give a reaction by its name in REST, such as `-1`. No event tells of it."""
        with self.world.changed:
            return add_reaction(self.world, target, self.state.user(author), content)[0]

    def unreact(self, target: IssueComment | ReviewComment, content: str, *, author: str = "dev") -> None:
        """Take a reaction back."""
        with self.world.changed:
            for one in [
                one for one in target.reactions if (one.user.login, one.content) == (author, content)
            ]:
                remove_reaction(target, one)

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

    def _tell_label(self, pull: PullRequest, action: str, label: Label, by: str) -> None:
        pull.updated_at = self.world.clock()
        self.world.events.labeled(action, pull, label, self.state.user(by))
