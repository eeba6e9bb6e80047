-- One hit of an exact window. KEYS[1]: a sorted set of the counted hits, scored by their instant in ms.
-- ARGV: limit, window in ms, cost (0 asks without counting). Answers {allowed, now, count, oldest, blocking}.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, window, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local need = math.max(cost, 1)

local function score(index)
  return tonumber(redis.call('ZRANGE', KEYS[1], index, index, 'WITHSCORES')[2])
end

local oldest = score(0)
local function prune()
  if oldest and oldest <= now - window then
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
    oldest = score(0)
  end
end
prune()

local count = oldest and redis.call('ZCARD', KEYS[1]) or 0
if count + need > limit then
  local newest = score(-1)
  if newest > now then
    -- The clock was set back: the key's time stands still, but never for longer than a window.
    if newest > now + window then redis.call('DEL', KEYS[1]) else now = newest end
    oldest = score(0)
    prune()
    count = redis.call('ZCARD', KEYS[1])
  end
  if count + need > limit then
    return {0, now, count, oldest or now, score(count + need - limit - 1) or now}
  end
end

if cost > 0 then
  local sequence = count
  for _ = 1, cost do
    -- Members only have to differ; NX makes sure that none is overwritten.
    while redis.call('ZADD', KEYS[1], 'NX', now, time[2] .. '-' .. sequence) == 0 do sequence = sequence + 1 end
    sequence = sequence + 1
  end
  redis.call('PEXPIRE', KEYS[1], window)
end
return {1, now, count + cost, oldest or now, now}
