"""Guests who wait for a berth, first come, first served."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Wish:
    owner: str
    arrival: date
    departure: date


class WaitingList:
    def __init__(self, wishes: list[Wish] = []) -> None:
        self._wishes = wishes
        self.offers: list[tuple[str, Wish]] = []

    def add(self, wish: Wish) -> None:
        self._wishes.append(wish)

    def offer(self, berth: str, arrival: date, departure: date) -> Wish | None:
        """Offer a freed berth to the first guest whose nights fit into it."""
        for wish in self._wishes:
            if arrival <= wish.arrival and wish.departure <= departure:
                self._wishes.remove(wish)
                self.offers.append((berth, wish))
                return wish
        return None
