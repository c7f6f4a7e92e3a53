-- Changes of leaves. After all checks, `perform` makes the rows and calls `apply`, and `write` writes rows and
-- values.
--
-- `values` and `rows` hold by Redis key the present content, overlaid with what is planned; false means nothing. A
-- change has: member, key, flag, operation, value (empty: no value), tail (the row from the digest on), updated
-- and expires from the tail; from the existing row isLive, there (the version, or 0), oldRevision, born and was
-- (expiresAt); and isForeign if the value is stored already.
local values, rows = {}, {}
-- What `write` must write: the keys with a new row, in order, and which of them have a value to be written.
local touched, isTouched, isOwn = {}, {}, {}
-- The entry of the feed that is being built.
local entry, entryHead
local hasBegun, deletes = false, 0
-- Whether the server has reached its maxmemory; whether it is so near that deletions should free memory.
local isFull, isNearMaxmemory = false, false
-- When the written keys expire.
local expiries = {}

local function fetch(keys)
  for start = 1, #keys, 4000 do
    local last = math.min(start + 3999, #keys)
    local some, theirs = call('MGET', unpack(keys, start, last)), call('HMGET', META, unpack(keys, start, last))
    for i = start, last do values[keys[i]], rows[keys[i]] = some[i - start + 1], theirs[i - start + 1] end
  end
end

local function closeEntry(last, fed, now)
  if not entry then return end
  entry[4] = entryHead .. number(last) .. ' ' .. number(fed) .. ' ' .. number(now)
  call('XADD', unpack(entry))
  entry = nil
end

-- Finds out whether the server is full. A full server accepts only deletions: the script then begins with a command
-- that frees memory, after which Redis accepts the rest of it.
local function begin(onlyDeletes)
  if not hasBegun then
    local reply = redis.pcall('HSET', META, STATE, stateText())
    if type(reply) == 'table' and reply.err then
      isFull = string.find(reply.err, 'OOM', 1, true) ~= nil
      isNearMaxmemory = isNearMaxmemory or isFull
      if not isFull then call('HSET', META, STATE, stateText()) end
    end
  end
  hasBegun = true
  if isFull and onlyDeletes then call('HDEL', META, '') end
  return onlyDeletes or not isFull
end

local function onlyDeletes(list)
  for i = 1, #list do
    if list[i].flag ~= 'd' then return false end
  end
  return true
end

-- Adds the previous record to the history. If memory is short, the history of a deleted leaf is dropped instead.
-- If another program replaced the value, only the feed may still have the previous one.
local function remember(c)
  if isNearMaxmemory and c.flag == 'd' then return call('DEL', HISTORY .. c.key) end
  local before = c.before or ''
  if c.isForeign and c.isLive and not c.before then
    local found = call('XRANGE', FEED, c.oldRevision, '+', 'COUNT', 1)[1]
    local place = found and #found[2] - 4 * (tonumber(match(found[1], '^%d+')) - tonumber(c.oldRevision))
    before = place and found[2][place]
  end
  local length = call('RPUSH', HISTORY .. c.key, before and (c.row .. '\n' .. before) or c.row)
  -- Some more than needed are kept, so that trimming is rare.
  if length > DEPTH + 16 then call('LTRIM', HISTORY .. c.key, -DEPTH, -1) end
end

local function apply(c)
  if c.flag == 'd' then
    call('ZREM', INDEX, c.member)
    call('ZADD', DELETED, c.revision, c.member)
    shaped, deletes = revision, deletes + 1
  elseif not c.isLive then
    call('ZADD', INDEX, 0, c.member)
    if c.version > 1 then call('ZREM', DELETED, c.member) end
    shaped = revision
  end
  if c.version > 1 and DEPTH > 0 then remember(c) end
  if c.expires ~= '-' then
    call('ZADD', EXPIRIES, c.expires, c.member)
  elseif c.was and c.was ~= '-' then
    call('ZREM', EXPIRIES, c.member)
  end
end

-- Writes the rows and the values.
local function write()
  local metas, sets, gone = { STATE, stateText() }, {}, {}
  local function some(size)
    if #metas > size then
      call('HSET', META, unpack(metas))
      metas = {}
    end
    if #sets > size then
      call('MSET', unpack(sets))
      sets = {}
    end
    if #gone > size then
      call('DEL', unpack(gone))
      gone = {}
    end
  end
  for i = 1, #touched do
    local key = touched[i]
    metas[#metas + 1], metas[#metas + 2] = key, rows[key]
    if isOwn[key] and values[key] then
      sets[#sets + 1], sets[#sets + 2] = key, values[key]
    elseif isOwn[key] then
      gone[#gone + 1] = key
    end
    some(4000)
  end
  some(0)
  local now = next(expiries) and clock()
  for key, at in pairs(expiries) do
    if at + LAG > now then call('PEXPIREAT', key, number(at + LAG)) end
  end
  touched, isTouched, isOwn, expiries = {}, {}, {}, {}
end

-- Makes the changes of a list, as one commit unless `areCommits`, and returns the commit's revision.
local function perform(list, now, areCommits)
  local start, startBytes, last = revision, total, revision + #list
  local commit, time = number(last), ' ' .. number(now) .. ' '
  for i = 1, #list do
    local c = list[i]
    c.version, c.created, c.revision = c.there + 1, c.isLive and c.born or c.updated, number(revision + i)
    c.new = c.flag .. ' ' .. c.version .. ' ' .. c.revision .. ' ' .. c.created .. ' ' .. c.tail
    c.note = c.operation .. ' ' .. (areCommits and c.revision or commit) .. time .. c.new
    total = total + #c.member + #c.note + #c.value
  end
  bytes, revision = bytes + total - startBytes, last
  for i = 1, #list do
    local c = list[i]
    apply(c)
    if not isTouched[c.key] then
      isTouched[c.key] = true
      touched[#touched + 1] = c.key
    end
    rows[c.key] = c.new
    if not c.isForeign then
      isOwn[c.key] = true
      values[c.key] = c.flag ~= 'd' and c.value
      expiries[c.key] = c.flag ~= 'd' and tonumber(c.expires) or nil
    end
    if not entry then
      entry = { FEED, '', 'h', '' }
      entryHead = number(start) .. ' ' .. number(startBytes) .. ' '
    end
    local size = #entry
    entry[2] = c.revision .. '-0'
    entry[size + 1], entry[size + 2], entry[size + 3], entry[size + 4] = c.member, c.note, '', c.value
    if size > 256 then closeEntry(last, total, now) end
  end
  return last
end

local function forgetTombstones()
  local excess = call('ZCARD', DELETED) - TOMBSTONES
  if excess <= 0 then return end
  for _, member in ipairs(call('ZRANGE', DELETED, 0, excess - 1)) do
    local key = name(member)
    call('HDEL', META, key)
    call('DEL', HISTORY .. key)
  end
  call('ZREMRANGEBYRANK', DELETED, 0, excess - 1)
end

-- Ends the script's writing.
local function finish(now)
  closeEntry(revision, total, now)
  write()
  if deletes > 0 then forgetTombstones() end
  -- If memory is short, more is dropped from the feed than deletions added to it.
  trim(now, false, isNearMaxmemory and deletes > 0 and deletes * 4)
end
