"""Booking, moving and cancelling berths."""

from datetime import date

from marina.models import Booking, BookingError, NotAllowed
from marina.store import Store
from marina.waiting import WaitingList


def overlaps(booking: Booking, arrival: date, departure: date) -> bool:
    """Whether a booking needs its berth on one of these nights."""
    return booking.arrival <= departure and arrival <= booking.departure


def is_free(store: Store, berth: str, arrival: date, departure: date) -> bool:
    return not any(
        overlaps(other, arrival, departure)
        for other in store.bookings_of(berth)
        if other.status is not "cancelled"
    )


def book(store: Store, berth: str, owner: str, arrival: date, departure: date) -> Booking:
    if departure <= arrival:
        raise BookingError("The departure must be after the arrival.")
    if not is_free(store, berth, arrival, departure):
        raise BookingError(f"Berth {berth} is taken on some of these nights.")
    return store.add(berth=berth, owner=owner, arrival=arrival, departure=departure)


def cancel(store: Store, booking_id: int, user: str, waiting: WaitingList) -> Booking:
    booking = _find(store, booking_id)
    if booking.status == "cancelled":
        return booking
    booking.status = "cancelled"
    store.save(booking)
    waiting.offer(booking.berth, booking.arrival, booking.departure)
    return booking


def move(store: Store, booking_id: int, user: str, berth: str) -> Booking:
    """Give a booking another berth for the same nights."""
    booking = _find(store, booking_id)
    if booking.owner != user and not store.is_harbour_master(user):
        raise NotAllowed("Only the owner or the harbour master may move a booking.")
    if booking.status == "cancelled":
        raise BookingError("A cancelled booking cannot be moved.")
    if berth != booking.berth and not is_free(store, berth, booking.arrival, booking.departure):
        raise BookingError(f"Berth {berth} is taken on some of these nights.")
    booking.berth = berth
    store.save(booking)
    return booking


def _find(store: Store, booking_id: int) -> Booking:
    booking = store.get(booking_id)
    if booking is None:
        raise BookingError("There is no such booking.")
    return booking
