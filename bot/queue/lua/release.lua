-- Ends a run and creates the next job where one is wanted. Returns 1, or 0 when the slot is another run's by now.
--
-- ARGV  1 fencing token, 2 head commit that was looked at, or '', 3 seconds until the same request shall be tried again,
--       or '', 4 retries so far, 5 seconds for which the slot remembers when its last run began, 6 '1' when the request
--       could not be read, 7 '1' when the change was read

if slot.token ~= arg(1) then
  return 0
end

if slot.waiting and slot.urgent ~= '1' and arg(2) ~= '' and slot.waiting_head == arg(2) then
  if slot.urgent == 'ps' then
    -- The push is covered; the look that it was joined with may have come after this run read the threads.
    slot.urgent = 's'
    redis.call('HSET', KEYS[1], 'waiting_head', '', 'urgent', 's')
  else
    slot.waiting = nil
    redis.call('HDEL', KEYS[1], 'waiting', 'waiting_head', 'urgent', 'not_before')
  end
end

local at, closed = tonumber(slot.not_before or now), tonumber(slot.closed_until or 0)
if arg(7) ~= '1' then
  -- A head that was skipped, or of which only what stands was said once more, keeps no push waiting. One that moved while
  -- it was read does: it cost as much as any other, and who pushes into each review would know no bound.
  closed = tonumber(slot.closed_before or closed)
end
if arg(3) ~= '' then
  -- This was no review yet: what was pushed waits no longer than the next try would.
  closed = math.min(closed, now + tonumber(arg(3)))
end
redis.call('HSET', KEYS[1], 'closed_until', closed)
if has_push(slot.urgent) then
  at = math.max(at, closed)
end
-- A look at what people settled is part of any review: it does not take the place of one that has to be tried again. One
-- that was joined with a push does, as any push, and reads the rest.
-- What a person asked for stays what it is: a push reads less, or nothing at all on a draft, and any try covers pushes.
-- One that no release may ever read holds nothing up.
local is_asked = slot.rank == '1' and arg(6) ~= '1'
if arg(3) ~= '' and (not slot.waiting or slot.urgent == 's' or (is_asked and slot.urgent ~= '1')) then
  if slot.waiting then
    keep_click()
  end
  at = now + tonumber(arg(3))
  slot.waiting = slot.running
  redis.call('HSET', KEYS[1], 'waiting', slot.running, 'waiting_head', '',
    'urgent', is_asked and '1' or 'r', 'not_before', at, 'retries', arg(4))
end

if not slot.waiting and slot.behind then
  -- What was kept of an earlier try may have been posted alone, and its threads were read before the click.
  at, slot.waiting = now, slot.behind
  redis.call('HSET', KEYS[1], 'waiting', slot.behind, 'waiting_head', '', 'urgent', 's', 'not_before', at, 'retries', 0)
  redis.call('HDEL', KEYS[1], 'behind')
end

redis.call('HDEL', KEYS[1], 'running', 'rank', 'closed_before', 'token', 'lease', 'attempts', 'runner', 'job')
if slot.waiting then
  hand_over(at)
else
  redis.call('HDEL', KEYS[1], 'retries')
  redis.call('EXPIRE', KEYS[1], arg(5))
end
return 1
