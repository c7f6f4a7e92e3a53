-- requires common, expiry, feed, changing

-- In: the time and whether memory is short; then for each transaction a line
-- `changes leaves subtrees readAt whole`; Redis key, key and revision of each expected leaf; key and revisions of
-- each expected subtree; for each change its Redis key, key, the revision that it replaces, the value (empty: a
-- deletion), the operation and the row's tail. Whole: no leaf may exist above and below the first change's leaf.
--
-- Out: for each transaction `revision` and for each change version and createdAt; or why it was not made, and the
-- key: C changed, F changed by another program, T not a string, O the server is full. Each transaction is made or
-- refused on its own, after the one before it.
local now = tonumber(match(ARGV[1], '^%d+'))
isNearMaxmemory = sub(ARGV[1], -1) == '1'
local list, needed = {}, {}

-- All requested values and rows, in few calls.
do
  local seen, at = {}, 2
  local function need(key)
    if not seen[key] then
      seen[key] = true
      needed[#needed + 1] = key
    end
  end
  while ARGV[at] do
    local changes, leaves, subtrees, readAt, whole = match(ARGV[at], '^(%d+) (%d+) (%d+) (%d+) (%d)')
    local t = { leaves = tonumber(leaves), subtrees = tonumber(subtrees), at = at + 1 }
    t.readAt = tonumber(readAt)
    t.isWhole = whole == '1'
    t.first = t.at + t.leaves * 3 + t.subtrees * 2
    t.last = t.first + tonumber(changes) * 6 - 1
    for i = t.at, t.at + t.leaves * 3 - 1, 3 do need(ARGV[i]) end
    for i = t.first, t.last, 6 do need(ARGV[i]) end
    list[#list + 1] = t
    at = t.last + 1
  end
  needed[#needed + 1] = STATE
  fetch(needed)
end
if not rows[STATE] then return redis.error_reply(NOSTATE) end
parse(rows[STATE])

-- The live leaf's revision, '' if there is no leaf, or nil if another program changed the key; and the row's
-- version, revision, createdAt, expiresAt and updatedAt.
local function live(row, value)
  if not row then return not value and '' or nil end
  local flag, version, found, born, d, changed, was =
    match(row, '^(%a) (%d+) (%d+) (%-?%d+) (%S+) (%-?%d+) (%S+)')
  if digest(value) ~= d then return nil end
  return flag == 'd' and '' or found, version, found, born, was, changed
end

local function isBelow(member, expected)
  local upper = '(' .. sub(member, 1, -2) .. '\1'
  if expected == '' then
    return #call('ZRANGEBYLEX', INDEX, '(' .. member, upper, 'LIMIT', 0, 1) == 0
  end
  if #touched > 0 then write() end
  local members, found = call('ZRANGEBYLEX', INDEX, '(' .. member, upper), {}
  for start = 1, #members, 4000 do
    local names = {}
    for i = start, math.min(start + 3999, #members) do names[#names + 1] = name(members[i]) end
    for i, row in ipairs(call('HMGET', META, unpack(names))) do
      found[start + i - 1] = row and match(row, '^%a %d+ (%d+)') or '-'
    end
  end
  return table.concat(found, ' ') == expected
end

-- The key of a leaf above or below a leaf, or nil if there is no such leaf.
local function related(member)
  local names, members, stop = {}, {}, string.find(member, '\0', 1, true)
  while stop < #member do
    members[#members + 1] = sub(member, 1, stop)
    names[#names + 1] = name(members[#members])
    stop = string.find(member, '\0', stop + 1, true)
  end
  local unknown = {}
  for i = 1, #names do
    if values[names[i]] == nil then unknown[#unknown + 1] = names[i] end
  end
  if #unknown > 0 then fetch(unknown) end
  for i = 1, #names do
    if values[names[i]] then return members[i] end
  end
  if not isBelow(member, '') then return member end
end

local function try(t)
  for at = t.at, t.at + t.leaves * 3 - 1, 3 do
    local key, expected = ARGV[at], ARGV[at + 2]
    if expected ~= '' or values[key] then
      local found = live(rows[key], values[key])
      if expected ~= '' and not found then return { 'F', ARGV[at + 1] } end
      if found ~= expected then return { 'C', ARGV[at + 1] } end
    end
  end
  for at = t.at + t.leaves * 3, t.first - 1, 2 do
    if not isBelow(ARGV[at], ARGV[at + 1]) then return { 'C', ARGV[at] } end
  end
  -- If no leaf was created or deleted since the read, none was above or below it.
  if t.isWhole and shaped > t.readAt then
    local inTheWay = related(ARGV[t.first + 1])
    if inTheWay then return { 'C', inTheWay } end
  end
  local changes = {}
  for at = t.first, t.last, 6 do
    local key, member, expected, value = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
    local row, before = rows[key], values[key]
    local found, version, revisionThere, born, was, changed = live(row, before)
    if not found then return { 'F', member } end
    if found ~= expected then return { 'C', member } end
    if not before and not isTouched[key] and call('EXISTS', key) == 1 then return { 'T', member } end
    -- A time to live that was not noticed yet would be lost with this write.
    if before and value ~= '' and not isTouched[key] and not expiresAsNoted(key, was) then
      return { 'F', member }
    end
    local tail = ARGV[at + 5]
    local updated, expires = match(tail, '^%S+ (%-?%d+) (%S+)')
    -- A leaf's times never go back: its deletion may have been made by a clock that is ahead.
    if changed and tonumber(changed) > tonumber(updated) then
      tail, updated = string.gsub(tail, ' %-?%d+', ' ' .. changed, 1), changed
    end
    changes[#changes + 1] = {
      member = member, key = key, value = value, tail = tail, operation = ARGV[at + 4], row = row,
      before = before,
      isLive = found ~= '', there = tonumber(version or 0), oldRevision = revisionThere, born = born, was = was,
      updated = updated, expires = expires, flag = value == '' and 'd' or 'l', version = 0,
      revision = '', new = '',
    }
  end
  if #changes == 0 then return number(revision) end
  if not begin(onlyDeletes(changes)) then return { 'O', changes[1].member } end
  local out = { number(perform(changes, now, false)) }
  for i = 1, #changes do
    out[i * 2] = number(changes[i].version)
    out[i * 2 + 1] = changes[i].created
  end
  return table.concat(out, ' ')
end

local before, replies = revision, {}
for i = 1, #list do replies[i] = try(list[i]) end
if revision > before then finish(now) end
return replies
