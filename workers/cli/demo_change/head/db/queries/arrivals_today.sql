-- Boats that the harbour master expects today, with the number of guests who wait for a berth tonight.
SELECT b.id, b.berth, b.owner, b.departure, count(w.id) AS waiting
FROM bookings AS b
LEFT JOIN wishes AS w ON w.arrival <= CURRENT_DATE AND CURRENT_DATE < w.departure
WHERE b.arrival = CURRENT_DATE
GROUP BY b.id, b.berth, b.owner, b.departure
ORDER BY b.berth;
