"""Labels."""

from __future__ import annotations

from urllib.parse import quote

from bot.sandbox.shapes.base import Json, Links, node_id
from bot.sandbox.shapes.repositories import api_url
from bot.sandbox.state import Label, Repository


def label(links: Links, repo: Repository, one: Label) -> Json:
    """`label`."""
    return {
        "id": one.id,
        "node_id": node_id("Label", one.id),
        "url": f"{api_url(links, repo)}/labels/{quote(one.name, safe='')}",
        "name": one.name,
        "description": "",
        "color": one.color,
        "default": False,
    }
