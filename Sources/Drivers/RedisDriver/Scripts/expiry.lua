-- A leaf's time to live is also its Redis key's. If nestkv sets it, the key expires in Redis a little later than its
-- row says, so that nestkv deletes it first and has its last value for the history.

-- When a key expires, for its row (`-`: never). `noted` is what the row says now.
local function expiry(key, noted)
  local left = call('PTTL', key)
  if left < 0 then return '-' end
  local at, was = clock() + left, tonumber(noted)
  -- Redis reports the remaining time, so the end may differ by some milliseconds.
  if was and (math.abs(at - was) <= 20 or math.abs(at - was - LAG) <= 20) then return noted end
  local exact = redis.pcall('PEXPIRETIME', key)
  return number(type(exact) == 'number' and exact or at)
end

-- Whether a key expires when its row says. A key that has expired by its row is deleted in any case.
local function expiresAsNoted(key, noted)
  return expiry(key, noted) == noted or (noted ~= '-' and tonumber(noted) <= clock())
end
