-- requires common, expiry

-- In: keys. Out: for each key that another program changed, the key and its text, or nil if it doesn't hold a
-- string.
if #ARGV == 0 then return {} end
local keys, out = {}, {}
for i = 1, #ARGV do keys[i] = name(ARGV[i]) end
local values, rows = call('MGET', unpack(keys)), call('HMGET', META, unpack(keys))
local places = call('ZMSCORE', INDEX, unpack(ARGV))
for i = 1, #ARGV do
  local flag, d, noted, _ = 'd', '-', '-', nil
  if rows[i] then flag, _, _, _, d, _, noted = fields(rows[i]) end
  if digest(values[i]) ~= d or (flag ~= 'd' and not expiresAsNoted(keys[i], noted)) then
    out[#out + 1] = ARGV[i]
    out[#out + 1] = values[i]
  elseif flag ~= 'd' and not places[i] then
    call('ZADD', INDEX, 0, ARGV[i])
  end
end
return out
