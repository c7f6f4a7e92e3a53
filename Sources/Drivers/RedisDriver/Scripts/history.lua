-- requires common

-- In: a Redis key, a version (0: all), the most records. Out: state, present value and row, older rows each with a
-- line feed and the value, the oldest first.
local s = call('HGET', META, STATE)
if not s then return redis.error_reply(NOSTATE) end
local key, version, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local row = call('HGET', META, key)
local older = {}
if row and version > 0 then
  local steps = tonumber(match(row, '^%a (%d+)')) - version
  if steps > 0 and steps <= DEPTH then older = call('LRANGE', HISTORY .. key, -steps, -steps) end
elseif row and limit > 1 and DEPTH > 0 then
  older = call('LRANGE', HISTORY .. key, -math.min(limit - 1, DEPTH), -1)
end
return { s, text(key) or false, row, older }
