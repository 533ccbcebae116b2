"""How soon the launcher and its processes notice things.

What is *not* here: the queue's own times (bot.queue).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """All in seconds.

    A worker that was killed is noticed after `heartbeat_ttl + maintenance` at most. A lower `heartbeat_ttl`
    would start jobs a second time on a machine that merely stutters: a heartbeat comes every `monitoring`
    seconds, so two may fail. Should it happen nevertheless, the second start finds the lease of the first and
    waits for it.

    Attributes:
        heartbeat_ttl: a running job without a heartbeat for this long is started again.
        monitoring: time between two heartbeats; whole seconds, at least one.
        idle: how long an idle worker waits for a job before it shows that it lives; whole seconds, at least
            one.
        maintenance: time between two looks for dead jobs.
        tick: most time between two looks for jobs whose time has come.
        sweeping: time between two looks whether it is this launcher's turn to sweep (workers.sweep).
        grace: how long jobs may go on after a request to stop; `docker stop` kills after ten.
        forced: how long workers get to give their jobs back after that.
        first_pause: before a process that died is started again; doubles with each death up to
            `longest_pause`.
        healthy: a process that lived this long starts over with `first_pause`.
    """

    heartbeat_ttl: int = 15
    monitoring: int = 5
    idle: int = 5
    maintenance: float = 5.0
    tick: float = 1.0
    sweeping: float = 60.0
    grace: float = 7.0
    forced: float = 2.0
    first_pause: float = 0.25
    longest_pause: float = 10.0
    healthy: float = 30.0

    def deaths(self, before: int, lived: float) -> int:
        """The how-maniest death in a row it is, of a process that lived so many seconds."""
        return 1 if lived > self.healthy else before + 1

    def pause(self, deaths: int) -> float:
        """Seconds until a process is started again after that many deaths in a row."""
        return min(self.longest_pause, self.first_pause * 2.0 ** min(deaths - 1, 10))


DEFAULT_TIMING = Timing()
