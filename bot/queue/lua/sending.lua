-- Notes that a run is about to have something created on GitHub, or that it has the answer. Returns what was noted before
-- ('' where nothing was), or false when the slot is another run's by now.
--
-- ARGV  1 fencing token, 2 seconds for which it may still appear where no answer comes; '' when there was one,
--       3 what was noted before it was sent, when there was an answer

if slot.token ~= arg(1) then
  return false
end
if arg(2) ~= '' then
  redis.call('HSET', KEYS[1], 'sent', now + tonumber(arg(2)))
elseif arg(3) ~= '' then
  redis.call('HSET', KEYS[1], 'sent', arg(3))
else
  redis.call('HDEL', KEYS[1], 'sent')
end
return slot.sent or ''
