-- Told by a worker that the process of a job has died: its lease ends now instead of running out.
--
-- ARGV  1 id of the job, 2 '1' when the process was stopped on purpose, which is no failed attempt

if slot.runner == arg(1) then
  redis.call('HSET', KEYS[1], 'lease', 0)
  if arg(2) == '1' and tonumber(slot.attempts) > 0 then
    redis.call('HINCRBY', KEYS[1], 'attempts', -1)
  end
end
return 1
