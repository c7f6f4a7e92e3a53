-- requires common, expiry, feed, changing

-- In: for each key the key, the digest of the text that was seen (`-`: no text), `l` or `w` for JSON, `x` for
-- other text, and the tail of a row. Keys that have changed again since, or that another process adopted, are left
-- alone.
if not state() then return redis.error_reply(NOSTATE) end
local list, refused = {}, false
for at = 1, #ARGV, 4 do
  local member, seen, flag, tail = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local key = name(member)
  local value, row = text(key), call('HGET', META, key)
  local known, d, version, oldRevision, born, was, _ = 'd', '-', nil, nil, nil, nil, nil
  if row then known, version, oldRevision, born, d, _, was = fields(row) end
  local isJSON, isSame = flag ~= 'x', d == seen
  if digest(value) == seen and (not isSame or (known ~= 'd' and not expiresAsNoted(key, was))) then
    local seenDigest, updated, rest = match(tail, '^(%S+) (%-?%d+) %S+ (.*)$')
    local expires = isJSON and expiry(key, was) or '-'
    -- If only its time to live was changed, the leaf keeps its other metadata.
    if isSame then flag, rest = known, match(row, '^%a %S+ %S+ %S+ %S+ %S+ %S+ (.*)$') end
    tail = seenDigest .. ' ' .. updated .. ' ' .. expires .. ' ' .. rest
    local c = {
      member = member, key = key, tail = tail, row = row, updated = updated, expires = expires,
      isForeign = true,
      isLive = known ~= 'd', there = tonumber(version or 0), oldRevision = oldRevision, born = born, was = was,
      before = isSame and value or nil,
    }
    if isJSON then
      c.value, c.operation, c.flag = value, '0', flag
      list[#list + 1] = c
    elseif known ~= 'd' then
      local isOver = not value and was ~= '-' and tonumber(was) <= clock()
      c.value, c.operation, c.flag = '', isOver and '2' or '1', 'd'
      list[#list + 1] = c
    elseif not row then
      call('HSET', META, key, 'd 0 0 0 ' .. tail)
    elseif seen == '-' and match(row, '^d 0 ') then
      call('HDEL', META, key)
    else
      local before, after = match(row, '^(%a %d+ %d+ %-?%d+) %S+ (.*)$')
      call('HSET', META, key, before .. ' ' .. seen .. ' ' .. after)
    end
  end
end
if #list > 0 and not begin(onlyDeletes(list)) then
  -- A full server accepts what others deleted.
  local gone = {}
  for i = 1, #list do
    if list[i].flag == 'd' then gone[#gone + 1] = list[i] end
  end
  list, refused = gone, true
  begin(true)
end
if #list > 0 then
  local now = clock()
  perform(list, now, true)
  finish(now)
end
if refused then return redis.error_reply('OOM The server is full.') end
return { number(revision), #list }
