-- The values and rows of a range of the index.
local function valuesAndRows(members, bytesMax)
  local values, rows, size = {}, {}, 0
  for start = 1, #members, 1000 do
    local keys = {}
    for i = start, math.min(start + 999, #members) do keys[#keys + 1] = name(members[i]) end
    local some, theirs = call('MGET', unpack(keys)), call('HMGET', META, unpack(keys))
    for i = 1, #keys do
      values[start + i - 1] = some[i]
      rows[start + i - 1] = theirs[i]
      if some[i] then size = size + #some[i] end
    end
    if size > bytesMax then break end
  end
  return values, rows
end

local function collect(lower, upper, limit, bytesMax)
  local members = call('ZRANGEBYLEX', INDEX, lower, upper, 'LIMIT', 0, limit)
  return members, valuesAndRows(members, bytesMax)
end
