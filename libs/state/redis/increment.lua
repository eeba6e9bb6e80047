-- KEYS[1]: the counter. ARGV: what to add, expiry in ms for a new counter or ''.
local isNew = redis.call('EXISTS', KEYS[1]) == 0
local sum = redis.call('INCRBY', KEYS[1], ARGV[1])
if isNew and ARGV[2] ~= '' then redis.call('PEXPIREAT', KEYS[1], ARGV[2]) end
return sum
