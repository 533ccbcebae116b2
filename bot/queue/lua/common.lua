-- What every script of the queue begins with.
--
-- KEYS  1 slot of the pull request, 2 hash of a job that may be created, 3 rq's list of queued jobs,
--       4 rq's set of scheduled jobs, 5 rq's set of queues; further ones belong to the script.
-- ARGV  1 id of the job that may be created, 2 prefix of rq's job hashes, 3 number n of its fields and values,
--       4 .. 3+n its fields and values; further ones belong to the script and are read with arg(1), arg(2) ...
--
-- A slot is a hash:
--   waiting       request that no run has taken yet
--   waiting_head  its head commit, or ''
--   urgent        '1' when a person waits for it, 's' when somebody settled a finding, 'ps' when there also was a push,
--                 'r' when it is to be tried again, '' for a push alone
--   not_before    POSIX time before which it shall not start
--   pushes        how many pushes the burst has so far; it goes on while one comes within the spacing of a start
--   pushed        POSIX time of the newest push
--   retries       how often it was put off
--   running       request that a run took
--   rank          what `urgent` was of it
--   token         fencing token of that run
--   lease         POSIX time at which the run counts as dead
--   runner        id of the job that the run is part of
--   attempts      starts of `running`
--   sent          POSIX time until which something that a run had GitHub create may still appear: no answer was seen
--   started       POSIX time at which the newest run began
--   closed_until  POSIX time before which pushes start no review, where the operator sets a bound
--   closed_before what that was before the run, which counts again where the run read nothing
--   behind        look at what people settled, whose place a try has taken that may only post what it read before that
--   job           id of the one job that rq still has to run or runs for this slot

local OWN = 3 + tonumber(ARGV[3])

local function arg(number)
  return ARGV[OWN + number]
end

local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000

local slot = {}
local flat = redis.call('HGETALL', KEYS[1])
for index = 1, #flat, 2 do
  slot[flat[index]] = flat[index + 1]
end

-- Which request waits, and as what, when one comes and another waits:
--
--   waits   a push comes          a click ('s') comes   a person asks ('1')
--   ''      the push, ''          the click, 'ps'       what is asked for, '1'
--   's'     the older click, 'ps' the click, 's'        what is asked for, '1'
--   'ps'    the older click, 'ps' the click, 'ps'       what is asked for, '1'
--   'r'     the push, ''          what waits, 'r'       what is asked for, '1'
--   '1'     what waits, '1'       what waits, '1'       what is asked for, '1'
--
-- A click follows what is tried again, as `behind`: a try may only post what was read before the click.
--
-- When a run ends and is to be tried again, it takes the place of nothing and of 's'; where a person asked for it, of all
-- but '1'. One that died gives way to all that waits; where a person asked for it, to '1' alone. What is unread is read
-- all the same: a push reads what no review has read, and so does a click of a head that was to be tried again
-- (workers/inspecting.py), since a push may have taken the place of 'r', and a click of that push.

-- Keeps the click that waits while something takes its place.
local function keep_click()
  if slot.urgent == 's' or slot.urgent == 'ps' then
    slot.behind = slot.waiting
    redis.call('HSET', KEYS[1], 'behind', slot.behind)
  end
end

-- Whether a request of this rank reads what was pushed, and so waits as pushes do.
local function has_push(rank)
  return rank == '' or rank == 'ps'
end

local COMING = {queued = true, started = true, scheduled = true, deferred = true, ready_to_enqueue = true}

-- Whether rq will run this job, or runs it, or will notice that it died.
local function coming(job)
  if not job then
    return false
  end
  return COMING[redis.call('HGET', ARGV[2] .. job, 'status')] == true
end

-- Creates the job at hand, to start at once ('RPUSH': behind the others, 'LPUSH': before them) or from a POSIX time on.
local function create_job(at, push)
  redis.call('HSET', KEYS[2], unpack(ARGV, 4, OWN))
  redis.call('SADD', KEYS[5], KEYS[3])
  if at > now then
    redis.call('HSET', KEYS[2], 'status', 'scheduled')
    redis.call('ZADD', KEYS[4], at, ARGV[1])
  else
    redis.call('HSET', KEYS[2], 'status', 'queued')
    redis.call(push, KEYS[3], ARGV[1])
  end
end

-- Puts the job at hand in charge of the slot.
local function hand_over(at)
  create_job(at, 'RPUSH')
  redis.call('HSET', KEYS[1], 'job', ARGV[1])
  redis.call('PERSIST', KEYS[1])
end
