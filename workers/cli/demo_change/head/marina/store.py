"""Bookings in memory; the real store keeps them in PostgreSQL."""

from datetime import date

from marina.models import Booking


class Store:
    def __init__(self, harbour_masters: frozenset[str] = frozenset()) -> None:
        self._bookings: dict[int, Booking] = {}
        self._harbour_masters = harbour_masters

    def add(self, *, berth: str, owner: str, arrival: date, departure: date) -> Booking:
        booking = Booking(len(self._bookings) + 1, berth, owner, arrival, departure)
        self._bookings[booking.id] = booking
        return booking

    def get(self, booking_id: int) -> Booking | None:
        return self._bookings.get(booking_id)

    def save(self, booking: Booking) -> None:
        self._bookings[booking.id] = booking

    def bookings_of(self, berth: str) -> list[Booking]:
        return [booking for booking in self._bookings.values() if booking.berth == berth]

    def is_harbour_master(self, user: str) -> bool:
        return user in self._harbour_masters
