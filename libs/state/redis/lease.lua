-- KEYS[1]: a hash of holder, token and expires. ARGV: acquire | renew | release, holder, ttl in ms, token, ms to keep the row.
-- Answers {token, expires} or nothing. Tokens go as text: they are larger than Lua would print in full.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept = redis.call('HMGET', KEYS[1], 'holder', 'token', 'expires')
local holder, token, expires = kept[1], tonumber(kept[2] or '0'), tonumber(kept[3] or '0')
local stands = expires > now

if ARGV[1] == 'acquire' then
  if stands then return false end
  -- Never smaller than the clock in microseconds: tokens keep growing even where the server has lost its data.
  token = math.max(token + 1, now * 1000)
elseif not (stands and holder == ARGV[2] and token == tonumber(ARGV[4])) then
  return false
end

expires = ARGV[1] == 'release' and now or now + tonumber(ARGV[3])
local tokenText, expiresText = string.format('%.0f', token), string.format('%.0f', expires)
redis.call('HSET', KEYS[1], 'holder', ARGV[2], 'token', tokenText, 'expires', expiresText)
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', expires + tonumber(ARGV[5])))
return {tokenText, expiresText}
