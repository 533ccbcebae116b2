-- Prolongs a run's lease and looks around. Returns {held, waits}: whether the slot is still this run's, and whether a
-- request waits that this run does not cover.
--
-- ARGV  1 fencing token, 2 lease in seconds, 3 head commit that the run looks at, or ''

local waits = 0
if slot.waiting and (slot.urgent == '1' or slot.urgent == 'ps' or arg(3) == '' or slot.waiting_head ~= arg(3)) then
  waits = 1
end
if slot.token ~= arg(1) then
  return {0, waits}
end
redis.call('HSET', KEYS[1], 'lease', now + tonumber(arg(2)))
return {1, waits}
