-- Boats that the harbour master expects today.
SELECT b.id, b.berth, b.owner, b.departure
FROM bookings AS b
WHERE b.arrival = CURRENT_DATE
  AND b.status <> 'cancelled'
ORDER BY b.berth;
