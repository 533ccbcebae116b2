-- Takes the slot for a run. Returns {'taken', token, request, attempts, retries}, {'stale'} when this job has nothing
-- (more) to do, or {'busy'} when another run is alive, or something that a run sent may still appear on GitHub, where
-- nobody would see it yet; a new job then stands in for this one.
--
-- KEYS  6 counter of fencing tokens
-- ARGV  1 id of the job that asks, 2 lease in seconds, 3 seconds for which pushes start no further review

if slot.job ~= arg(1) or not (slot.waiting or slot.running) then
  return {'stale'}
end
local held = math.max(slot.token and tonumber(slot.lease) or 0, tonumber(slot.sent or 0))
if held > now then
  hand_over(held)
  return {'busy'}
end

local token = redis.call('INCR', KEYS[6])
local request, attempts = slot.running, tonumber(slot.attempts or 0)
if slot.waiting then
  -- What a person asked for and died stays what it is, as in the table of common.lua: what waits behind it reads less.
  if request and slot.rank == '1' and slot.urgent ~= '1' then
    keep_click()
  else
    request, attempts = slot.waiting, 0
    redis.call('HSET', KEYS[1], 'rank', slot.urgent or '')
  end
  redis.call('HDEL', KEYS[1], 'waiting', 'waiting_head', 'urgent', 'not_before')
  -- A start after a death is the same review once more. Whether this is a review at all shows when it ends.
  redis.call('HSET', KEYS[1], 'closed_before', slot.closed_until or 0, 'closed_until', now + tonumber(arg(3)))
end
redis.call('HSET', KEYS[1], 'running', request, 'token', token, 'lease', now + tonumber(arg(2)),
  'attempts', attempts + 1, 'started', now, 'runner', arg(1))
redis.call('PERSIST', KEYS[1])
return {'taken', token, request, attempts + 1, tonumber(slot.retries or 0)}
