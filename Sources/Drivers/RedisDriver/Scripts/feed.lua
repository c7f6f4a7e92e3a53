-- The feed. An entry holds the changes of some commits, one after the other, or a part of a large commit. Its id
-- is the revision of its last change. The first field is its head: the revision before its first commit, the
-- revision at which its last commit ends, the bytes ever added to the feed at both places, and the time. Then for
-- each change: key, note, nothing, value.
--
-- Trimming reads few heads, however much is dropped. The latest commit is dropped only when it is too old.
local SLACK = math.min(math.floor(COUNT / 16), 64)

-- The head of the entry with the first revision from `at` on.
local function head(at)
  local entry = call('XRANGE', FEED, number(at), '+', 'COUNT', 1)[1]
  if not entry then return end
  local start, startBytes, last, lastBytes, time = match(entry[2][2], '^(%d+) (%d+) (%d+) (%d+) (%d+)')
  return tonumber(start), tonumber(startBytes), tonumber(last), tonumber(lastBytes), tonumber(time)
end

local function dropUpTo(at, fed)
  call('XTRIM', FEED, 'MINID', number(at + 1))
  oldest, bytes = at, math.max(total - fed, 0)
  call('HSET', META, STATE, stateText())
end

-- The last revision that is too old.
local function agedUpTo(time)
  local low, high, fed = oldest, revision, nil
  while low < high do
    local _, _, last, lastBytes, made = head(math.floor((low + high) / 2) + 1)
    if last and made < time then
      low, fed = last, lastBytes
    else
      high = math.floor((low + high) / 2)
    end
  end
  return low, fed
end

local function trim(now, aged, extra)
  for _ = 1, 16 do
    local at
    if revision - oldest > COUNT + SLACK then
      at = revision - COUNT
    elseif bytes > BYTES then
      at = oldest + math.ceil((revision - oldest) * (1 - BYTES / bytes))
    elseif extra and revision > oldest then
      at, extra = math.min(oldest + extra, revision), nil
    else
      break
    end
    local start, startBytes, last, lastBytes = head(at)
    if start and last >= revision then last, lastBytes = start, startBytes end
    if not start or last <= oldest then break end
    dropUpTo(last, lastBytes)
  end
  if aged and revision > oldest then
    local at, fed = agedUpTo(now - AGE)
    if fed then dropUpTo(at, fed) end
  end
end
