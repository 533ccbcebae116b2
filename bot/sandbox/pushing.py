"""What people do with code on this GitHub: commit, rebase, merge, rename, push by force.

Open pull requests of the branch get `synchronize` each time.

What is *not* here: pull requests and talk (people.py), git itself (repositories.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.errors import SandboxError
from bot.sandbox.memory import State
from bot.sandbox.repositories import Content
from bot.sandbox.state import PullRequest, Repository
from bot.sandbox.world import World


class Pushers:
    """Acts on branches in the name of logins."""

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

    def rename_file(
        self,
        repository: Repository,
        branch: str,
        old: str,
        new: str,
        *,
        content: Content = None,
        author: str = "dev",
    ) -> str:
        """Commit a file under another name, with other content where that is given."""
        with self.world.changed:
            [blob] = repository.git.read([f"refs/heads/{branch}:{old}"])
            if blob is None:
                raise SandboxError(f"There is no {old!r} on {branch!r} to rename.")
            files = {old: None, new: blob.data if content is None else content}
            return self.commit(repository, branch, files, message=f"Rename {old}", author=author)

    def rebase(
        self, repository: Repository, branch: str, *, onto: str | None = None, author: str = "dev"
    ) -> str:
        """Put the branch's own commits on top of `onto`, by default the default branch: a force push.

        Raises:
            SandboxError: the commits do not fit there.
        """
        with self.world.changed:
            git = repository.git
            base, tip = git.resolve(onto or repository.default_branch), git.resolve(f"refs/heads/{branch}")
            sha = git.replay(git.commits_between(base, tip), base, author=author)
            return self.reset(repository, branch, sha, author=author)

    def merge_in(
        self, repository: Repository, branch: str, *, other: str | None = None, author: str = "dev"
    ) -> str:
        """Merge `other`, by default the default branch, into the branch, as `Update branch` does.

        Raises:
            SandboxError: they contradict each other.
        """
        with self.world.changed:
            git, name = repository.git, other or repository.default_branch
            tip = git.resolve(f"refs/heads/{branch}")
            message = f"Merge branch {name!r} into {branch}"
            sha = git.merge(tip, git.resolve(name), message=message, author=author)
            return self.reset(repository, branch, sha, author=author)

    def reset(self, repository: Repository, branch: str, commit: str, *, author: str = "dev") -> str:
        """Point the branch at a commit that is here, whatever it was before."""
        with self.world.changed:
            sha = repository.git.resolve(commit)
            repository.git.set_branch(branch, sha)
            self._pushed(repository, branch, sha, author)
            return sha

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
