"""Messages to guests."""

from marina.models import Booking
from marina.outbox import Outbox


async def send_confirmation(outbox: Outbox, booking: Booking) -> None:
    await outbox.put(booking.owner, f"Berth {booking.berth} is yours from {booking.arrival}.")


async def send_cancellation(outbox: Outbox, booking: Booking) -> None:
    await outbox.put(booking.owner, f"Your booking of berth {booking.berth} was cancelled.")


async def on_cancelled(outbox: Outbox, booking: Booking) -> None:
    await send_cancellation(outbox, booking)
