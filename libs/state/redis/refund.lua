-- Takes a hit back. KEYS[1]: the exact window or the counters. ARGV: which of them, exact (1 or 0), instant, cost, window in ms.
local cost = tonumber(ARGV[3])
if ARGV[1] == '1' then
  local members = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[2], ARGV[2], 'LIMIT', 0, cost)
  if #members > 0 then
    redis.call('ZREM', KEYS[1], unpack(members))
    -- The oldest hit may be another now, so the expiry that relies on it is renewed, as it is where hits are pruned.
    redis.call('PEXPIRE', KEYS[1], 2 * tonumber(ARGV[4]))
  end
  return #members
end
local slot = math.floor(tonumber(ARGV[2]) / tonumber(ARGV[4]))
local keptSlot = tonumber(redis.call('HGET', KEYS[1], 'slot') or '-1')
local field = (keptSlot == slot and 'current') or (keptSlot == slot + 1 and 'previous')
if not field then return 0 end
redis.call('HSET', KEYS[1], field, math.max(0, tonumber(redis.call('HGET', KEYS[1], field)) - cost))
return 1
