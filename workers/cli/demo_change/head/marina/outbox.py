"""Where messages wait until the mail server takes them."""

import asyncio


class Outbox:
    def __init__(self) -> None:
        self.messages: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    async def put(self, recipient: str, text: str) -> None:
        await self.messages.put((recipient, text))
