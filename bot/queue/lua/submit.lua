-- Keeps a request. Returns 1 when it is new, 0 when it is a repeat.
--
-- KEYS  6 mark of the delivery, 7 index of the head commit (or '' where the event named none)
-- ARGV  1 request, 2 its head commit or '', 3 number of the pull request, 4 its rank ('urgent' of the slot), 5 quiet seconds,
--       6 spacing seconds, 7 lifetime of the mark, 8 lifetime of the index (seconds)

local is_push = has_push(arg(4))
local free = slot.started and tonumber(slot.started) + tonumber(arg(6)) or now

-- How many pushes the burst has with this request. Only an event that names its head is one of them: a run that finds
-- the head moved asks for what some event told, or will tell. The count outlives starts, or each of them would invite
-- the next. A burst is over when nothing of it waits and the newest start is long ago. One that has calmed down (nothing
-- waits or runs, and no push came for one and a half pauses) is as short as it can be: somebody pushes, reads, and pushes.
local function count()
  local pushes = tonumber(slot.pushes or 0)
  if not is_push or arg(2) == '' then
    return pushes
  end
  if free <= now and (not slot.waiting or slot.urgent == 'r') then
    return 1
  end
  local is_calm = not slot.waiting and not slot.running and tonumber(slot.pushed or 0) + 1.5 * tonumber(arg(5)) <= now
  return is_calm and 2 or pushes + 1
end

-- The pause that ends a burst grows with it: one more push is soon followed by its review, the tenth is hardly the last.
-- A look at what people settled waits only for further clicks.
local function earliest(pushes)
  if arg(4) == '1' or free <= now then
    return now
  end
  local pause = tonumber(arg(5)) * math.max(1, is_push and pushes - 1 or 1)
  return math.min(free, now + pause)
end

local fresh = redis.call('SET', KEYS[6], '1', 'NX', 'EX', arg(7))
local is_coming = coming(slot.job)

if not fresh then
  local kept = slot.waiting or slot.running
  if not kept or is_coming then
    return 0
  end
  -- The request was kept, but its job is gone: a repeat is the chance to bring it back.
  if not slot.waiting then
    redis.call('HSET', KEYS[1], 'waiting', kept, 'waiting_head', '', 'urgent', slot.rank or '')
  end
  hand_over(now)
  return 1
end

if arg(2) ~= '' then
  redis.call('SADD', KEYS[7], arg(3))
  redis.call('EXPIRE', KEYS[7], arg(8))
end

-- The table of what takes whose place is in common.lua. What a person asked for stays: a push behind it is covered
-- anyway, since each run reads the present head. A look at what people settled ('s') does not take the place of what is to
-- be tried again ('r'): that is to read the rest in its own time, and the look follows it.
local stays = slot.waiting and ((slot.urgent == '1' and arg(4) ~= '1') or (slot.urgent == 'r' and arg(4) == 's'))

-- A push and a look become one request. It is the look's, since a late event of a head that has its outcome would find
-- nothing to do; and it waits as the push does, since at a new head a look reads as much: clicks lift no bound.
local is_look = slot.waiting and (slot.urgent == 's' or slot.urgent == 'ps')
local is_behind_push = slot.waiting and has_push(slot.urgent) and arg(4) == 's'

local pushes = count()
redis.call('HSET', KEYS[1], 'pushes', pushes)
if is_push and arg(2) ~= '' then
  redis.call('HSET', KEYS[1], 'pushed', now)
end
local at = tonumber(slot.not_before or now)
if is_behind_push then
  redis.call('HSET', KEYS[1], 'waiting', arg(1), 'urgent', 'ps')
  at = math.max(at, tonumber(slot.closed_until or 0))
elseif not stays then
  at = earliest(pushes)
  local joins = is_push and is_look
  redis.call('HSET', KEYS[1], 'waiting', joins and slot.waiting or arg(1), 'waiting_head', arg(2),
    'urgent', joins and 'ps' or arg(4), 'not_before', at, 'retries', 0)
  if is_push then
    at = math.max(at, tonumber(slot.closed_until or 0))
  end
  if is_coming then
    redis.call('ZADD', KEYS[4], 'XX', at, slot.job)
  end
elseif arg(4) == 's' and (slot.urgent == 'r' or tonumber(slot.retries or 0) > 0) then
  redis.call('HSET', KEYS[1], 'behind', arg(1))
end

if not is_coming then
  hand_over(at)
end
return 1
