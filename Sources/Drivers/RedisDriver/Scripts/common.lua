-- The beginning of every script: how a key (segments, each followed by NUL) becomes a Redis key, and how rows are
-- read. A call of `redis.call` costs more than most commands, so the scripts make few calls. That is why the state
-- is stored among the rows.
--
-- Names in capitals that no file defines are constants, which Scripts.swift puts before this.
local call, match, sub = redis.call, string.match, string.sub

local ESCAPES
local function name(member)
  ESCAPES = ESCAPES or { ['\\'] = '\\\\', [S] = '\\' .. S, ['\0'] = S }
  local key = string.gsub(sub(member, 1, -2), '[%z\\%' .. S .. ']', ESCAPES)
  if sub(key, 1, #P) == P then key = '\\' .. key end
  return key
end

local function number(n) return string.format('%d', n) end

local function clock()
  local time = call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- The string at a key, false if the key doesn't exist, nil if it doesn't hold a string.
local function text(key)
  local value = redis.pcall('GET', key)
  if type(value) == 'table' then return nil end
  return value
end

local function digest(value) return value and redis.sha1hex(value) or '-' end

-- flag, version, revision, createdAt, digest, updatedAt, expiresAt
local function fields(row)
  return match(row, '^(%a) (%d+) (%d+) (%-?%d+) (%S+) (%-?%d+) (%S+)')
end

-- The state: the latest revision, the revision after which the feed is complete, the bytes in it, the bytes
-- ever added to it, the latest revision at which a leaf was created or deleted.
local revision, oldest, bytes, total, shaped, identity

local function parse(state)
  local r, o, b, id, t, s = match(state, '^(%d+) (%d+) (%d+) 1 (%w+) (%d+) (%d+)')
  revision, oldest, bytes, total, shaped = tonumber(r), tonumber(o), tonumber(b), tonumber(t), tonumber(s)
  identity = id
end

local function state()
  local found = call('HGET', META, STATE)
  if found then parse(found) end
  return found
end

local function stateText()
  return string.format('%d %d %d 1 %s %d %d', revision, oldest, bytes, identity, total, shaped)
end

local NOSTATE = 'NOSTATE The store was emptied.'
