"""Messages to guests."""

from marina.models import Booking
from marina.outbox import Outbox
from marina.waiting import WaitingList


async def send_confirmation(outbox: Outbox, booking: Booking) -> None:
    await outbox.put(booking.owner, f"Berth {booking.berth} is yours from {booking.arrival}.")


async def send_cancellation(outbox: Outbox, booking: Booking) -> None:
    await outbox.put(booking.owner, f"Your booking of berth {booking.berth} was cancelled.")


async def send_offers(outbox: Outbox, waiting: WaitingList) -> None:
    """Tell every guest on the waiting list whose turn has come."""
    while waiting.offers:
        berth, wish = waiting.offers.pop(0)
        await outbox.put(wish.owner, f"Berth {berth} is free from {wish.arrival}. Book within two days.")


async def on_cancelled(outbox: Outbox, booking: Booking, waiting: WaitingList) -> None:
    await send_cancellation(outbox, booking)
    send_offers(outbox, waiting)
