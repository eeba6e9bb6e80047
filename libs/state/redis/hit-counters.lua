-- One hit of a two-counter window. KEYS[1]: a hash of slot, previous and current.
-- ARGV: limit, window in ms, cost (0 asks without counting). Answers {allowed, now, slot, previous, current}.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, window, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local slot = math.floor(now / window)
local previous, current = 0, 0

local kept = redis.call('HMGET', KEYS[1], 'slot', 'previous', 'current')
local keptSlot = tonumber(kept[1])
if keptSlot == slot + 1 then
  -- The clock was set back across the slot's begin: the key's time stands still there.
  slot = keptSlot
  now = slot * window
end
if keptSlot == slot then
  previous, current = tonumber(kept[2]), tonumber(kept[3])
elseif keptSlot == slot - 1 then
  previous = tonumber(kept[3])
end

local count = math.ceil(previous * (window - (now - slot * window)) / window) + current
if count + math.max(cost, 1) > limit then return {0, now, slot, previous, current} end
if cost > 0 then
  current = current + cost
  redis.call('HSET', KEYS[1], 'slot', string.format('%.0f', slot), 'previous', previous, 'current', current)
  redis.call('PEXPIRE', KEYS[1], 2 * window)
end
return {1, now, slot, previous, current}
