"""Routes about repositories: facts, files, blobs, roles, the rate limit."""

from __future__ import annotations

import base64
from urllib.parse import quote

from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.sandbox.api.routing import Call, json_answer, route
from bot.sandbox.errors import ApiError, not_found
from bot.sandbox.repositories import TreeEntry
from bot.sandbox.shapes import accounts, repositories
from bot.sandbox.shapes.base import Json, node_id
from bot.sandbox.state import Repository
from bot.sandbox.world import World

_REPO = "/repos/{owner}/{repo}"
_PERMISSIONS = {"none": "none", "read": "read", "triage": "read", "maintain": "write"}
_LEVELS = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}
_KINDS = {"blob": ("file", "blobs"), "tree": ("dir", "trees"), "commit": ("submodule", "trees")}
"""Git's word for an entry -> the API's word, and where the object is found."""
_ORDER = ("none", "read", "triage", "write", "maintain", "admin")


def routes(world: World) -> list[Route]:
    """Repositories, contents, collaborators, rate limit."""
    contents = [("contents", "read")]
    return [
        *route(world, "GET", _REPO, get_repository, [("metadata", "read")]),
        *route(world, "GET", _REPO + "/contents/{path:path}", get_contents, contents),
        *route(world, "GET", _REPO + "/git/blobs/{sha}", get_blob, contents),
        *route(
            world,
            "GET",
            _REPO + "/collaborators/{username}/permission",
            get_permission,
            [("metadata", "read")],
        ),
        *route(world, "GET", "/rate_limit", get_rate_limit),
    ]


def get_repository(call: Call) -> Response:
    """One repository."""
    return json_answer(repositories.full_repository(call.links, call.repository()))


def get_contents(call: Call) -> Response:
    """A file or a folder at a commit, branch or tag."""
    repo, path = call.repository(), call.path["path"].strip("/")
    ref = call.query.get("ref") or repo.default_branch
    commit = repo.git.find(ref)
    if commit is None:
        raise ApiError(404, f"No commit found for the ref {ref}")
    entry = repo.git.entry(commit, path) if path else None
    if path and entry is None:
        raise not_found()
    if entry is None or entry.kind == "tree":
        return json_answer([_entry(call, repo, one, path, ref) for one in repo.git.tree(commit, path) or []])
    return _file(call, repo, entry, path, ref)


def get_blob(call: Call) -> Response:
    """A blob by its id."""
    repo, sha = call.repository(), call.path["sha"]
    if len(sha) != 40:
        raise ApiError(422, "The sha parameter must be exactly 40 characters and contain only [0-9a-f].")
    blob = repo.git.read([sha])[0]
    if blob is None or blob.kind != "blob":
        raise not_found()
    return json_answer(
        {
            "sha": blob.sha,
            "node_id": node_id("Blob", repo.id),
            "url": f"{repositories.api_url(call.links, repo)}/git/blobs/{blob.sha}",
            "size": len(blob.data),
            "content": base64.encodebytes(blob.data).decode(),
            "encoding": "base64",
        }
    )


def get_permission(call: Call) -> Response:
    """What somebody may do here."""
    repo = call.repository()
    user = call.world.state.users.get(call.path["username"].lower())
    if user is None:
        raise ApiError(404, f"{call.path['username']} is not a user")
    role = repo.role_of(user.login)
    rank = _ORDER.index(role)
    granted = {name: rank >= _ORDER.index(level) for name, level in _LEVELS.items()}
    whole = accounts.user(call.links, user) | {"role_name": role, "permissions": granted}
    return json_answer({"permission": _PERMISSIONS.get(role, role), "role_name": role, "user": whole})


def get_rate_limit(call: Call) -> Response:
    """What is left of the hour."""
    limit, used = call.world.limits.requests_per_hour, call.world.used.get(call.actor.name, 0)
    core = {"limit": limit, "remaining": max(limit - used, 0), "used": used}
    core["reset"] = int(call.world.clock()) + 3600
    return json_answer({"resources": {"core": core, "search": core, "graphql": core}, "rate": core})


def _file(call: Call, repo: Repository, entry: TreeEntry, path: str, ref: str) -> Response:
    shape = _entry(call, repo, entry, path.rpartition("/")[0], ref)
    if entry.kind == "commit":
        return json_answer(shape | {"type": "submodule", "submodule_git_url": None})
    blob = repo.git.read([entry.sha])[0]
    data = b"" if blob is None else blob.data
    if "raw" in call.accept:
        return PlainTextResponse(data, media_type="application/vnd.github.raw; charset=utf-8")
    if len(data) > call.world.limits.content_bytes:
        return json_answer(shape | {"content": "", "encoding": "none"})
    return json_answer(shape | {"content": base64.encodebytes(data).decode(), "encoding": "base64"})


def _entry(call: Call, repo: Repository, entry: TreeEntry, folder: str, ref: str) -> Json:
    path = f"{folder}/{entry.name}" if folder else entry.name
    api, web = repositories.api_url(call.links, repo), repositories.web_url(call.links, repo)
    url = f"{api}/contents/{quote(path)}?ref={quote(ref)}"
    kind, place = _KINDS[entry.kind]
    git = f"{api}/git/{place}/{entry.sha}"
    page = f"{web}/blob/{quote(ref)}/{quote(path)}"
    return {
        "name": entry.name,
        "path": path,
        "sha": entry.sha,
        "size": entry.size or 0,
        "type": kind,
        "url": url,
        "git_url": git,
        "html_url": page,
        "download_url": f"{web}/raw/{quote(ref)}/{quote(path)}" if entry.kind == "blob" else None,
        "_links": {"self": url, "git": git, "html": page},
    }
