"""What a booking is."""

from dataclasses import dataclass
from datetime import date


@dataclass
class Booking:
    id: int
    berth: str
    owner: str
    arrival: date
    departure: date
    status: str = "confirmed"
    paid_cents: int = 0

    @property
    def nights(self) -> int:
        return (self.departure - self.arrival).days


class BookingError(Exception):
    """A request that cannot be carried out; the message is shown to the guest."""


class NotAllowed(BookingError):
    """The guest may not do this."""
