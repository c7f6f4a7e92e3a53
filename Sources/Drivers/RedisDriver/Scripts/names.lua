-- requires common

-- In: lower and upper bound, the length of the key above the names, the most names. Each name costs one lookup in
-- the index, however many leaves are below it.
if call('HEXISTS', META, STATE) == 0 then return redis.error_reply(NOSTATE) end
local lower, length, out = ARGV[1], tonumber(ARGV[3]), {}
while #out < tonumber(ARGV[4]) do
  local member = call('ZRANGEBYLEX', INDEX, lower, ARGV[2], 'LIMIT', 0, 1)[1]
  if not member then break end
  local last = string.find(member, '\0', length + 1, true)
  out[#out + 1] = sub(member, length + 1, last - 1)
  lower = '[' .. sub(member, 1, last - 1) .. '\1'
end
return out
