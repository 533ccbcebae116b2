-- Prolongs a run's lease. Returns whether the slot is still this run's.
--
-- ARGV  1 fencing token, 2 lease in seconds

if slot.token ~= arg(1) then
  return 0
end
redis.call('HSET', KEYS[1], 'lease', now + tonumber(arg(2)))
return 1
