-- Keeps a command. Returns 1 when it is new, 0 when it is a repeat. Commands are short: they go before reviews.
--
-- KEYS  6 mark of the delivery
-- ARGV  1 lifetime of the mark in seconds, 2 seconds until it shall start

if not redis.call('SET', KEYS[6], '1', 'NX', 'EX', arg(1)) then
  return 0
end
create_job(now + tonumber(arg(2)), 'LPUSH')
return 1
