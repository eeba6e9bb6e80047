-- Hits of exact windows, one after the other. KEYS: sorted sets of the counted hits, scored by their instant in ms.
-- ARGV, per key: limit, window in ms, cost (0 asks without counting).
-- Answers, per key: allowed, now, count, oldest, blocking.
local call = redis.call
local time = call('TIME')
local storeNow = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {}

local function score(key, index)
  return tonumber(call('ZRANGE', key, index, index, 'WITHSCORES')[2])
end

for place, key in ipairs(KEYS) do
  local now = storeNow
  local limit, window, cost = tonumber(ARGV[place * 3 - 2]), tonumber(ARGV[place * 3 - 1]), tonumber(ARGV[place * 3])
  local need = cost > 0 and cost or 1
  local oldest = score(key, 0)
  local pruned = not oldest
  if oldest and oldest <= now - window then
    call('ZREMRANGEBYSCORE', key, '-inf', now - window)
    oldest, pruned = score(key, 0), true
  end

  local count = oldest and call('ZCARD', key) or 0
  if count + need > limit and count > 0 then
    local newest = score(key, -1)
    if newest > now then
      -- The clock was set back: the key's time stands still, but never for longer than a window.
      if newest > now + window then call('DEL', key) else now = newest end
      call('ZREMRANGEBYSCORE', key, '-inf', now - window)
      oldest, pruned, count = score(key, 0), true, call('ZCARD', key)
    end
  end

  local allowed, blocking = 1, now
  if count + need > limit then
    allowed, blocking = 0, score(key, count + need - limit - 1)
  else
    -- Members only have to differ, and numbers are kept smallest; NX makes sure that none is overwritten.
    local member = time[1] .. time[2]
    if cost == 1 and call('ZADD', key, 'NX', now, member) == 1 then
      cost, count = 0, count + 1
    end
    local suffix = 0
    while cost > 0 do
      suffix = suffix + 1
      local added = call('ZADD', key, 'NX', now, member .. '-' .. suffix)
      cost, count = cost - added, count + added
    end
  end
  -- The oldest hit stays what it is for at most a window, and so does this expiry without being renewed; a refused hit may
  -- have removed the oldest as well.
  if pruned then call('PEXPIRE', key, 2 * window) end
  local last = place * 5
  answer[last - 4], answer[last - 3], answer[last - 2] = allowed, now, count
  answer[last - 1], answer[last] = oldest or now, blocking
end
return answer
