"""Booking and cancelling berths."""

from datetime import date

from marina.models import Booking, BookingError, NotAllowed
from marina.store import Store


def overlaps(booking: Booking, arrival: date, departure: date) -> bool:
    """Whether a booking needs its berth on one of these nights."""
    return booking.arrival < departure and arrival < booking.departure


def book(store: Store, berth: str, owner: str, arrival: date, departure: date) -> Booking:
    if departure <= arrival:
        raise BookingError("The departure must be after the arrival.")
    for other in store.bookings_of(berth):
        if other.status == "cancelled":
            continue
        if overlaps(other, arrival, departure):
            raise BookingError(f"Berth {berth} is taken from {other.arrival} to {other.departure}.")
    return store.add(berth=berth, owner=owner, arrival=arrival, departure=departure)


def cancel(store: Store, booking_id: int, user: str) -> Booking:
    booking = store.get(booking_id)
    if booking is None:
        raise BookingError("There is no such booking.")
    if booking.owner != user and not store.is_harbour_master(user):
        raise NotAllowed("Only the owner or the harbour master may cancel a booking.")
    booking.status = "cancelled"
    store.save(booking)
    return booking
