-- requires common

-- In: the revision that the caller has seen, an identity for a feed that starts again, the server's run, and the
-- run and the identity with which the caller saw the revision (empty: it has seen nothing). Out: the revision, the
-- revision after which the feed is complete, the format, the identity, whether the state was created, the number
-- of seen revisions that are lost.
--
-- A server that restarted, or another one that took over, may lack the end of the feed, and then gives the same
-- numbers to other changes. So each run notes the revision at which it began. A caller that has seen more of that
-- feed in an earlier run knows that it was cut, even if others have written since. A caller that has seen nothing
-- can't vouch for a run that no process has seen yet. A feed that was cut, or may have been, gets another
-- identity. A revision below one that was seen is raised beyond it.
local found = state()
-- The state of another version is left unchanged.
if found and not revision then return { '0', '0', match(found, '^%d+ %d+ %d+ (%d+)') or '?' } end
local known, run, knownRun, knownIdentity = tonumber(ARGV[1]), ARGV[3], ARGV[4], ARGV[5]
local runs, isNewRun = call('HGET', META, RUNS) or '', true

-- The smallest revision at which a run after the known one began; 0 if the known one isn't in the list.
local function start()
  local smallest, isLater = 0, false
  for other, began in string.gmatch(runs, '(%S+):(%d+)') do
    if isLater then smallest = math.min(smallest, tonumber(began)) end
    if other == knownRun then smallest, isLater = known, true end
  end
  return smallest
end

local function note()
  if not isNewRun then return end
  -- Deletes first: a full server accepts this, and after it the rest.
  call('HDEL', META, '')
  runs = runs .. run .. ':' .. number(revision) .. ' '
  local count = select(2, string.gsub(runs, ' ', ' '))
  if count > 32 then runs = match(runs, '^%S+ (.*)$') end
  call('HSET', META, RUNS, runs)
end

local isMade = not revision
local lost
if isMade then
  lost = known
  local last = call('XREVRANGE', FEED, '+', '-', 'COUNT', 1)[1]
  if last then known = math.max(known, tonumber(match(last[1], '^%d+'))) end
else
  isNewRun = match(runs, '(%S+):%d+ $') ~= run
  lost = math.max(known - revision, 0)
end
if isMade or revision < known then
  if known > 0 then known = known + 1 end
  call('DEL', FEED)
  isNewRun = true
  revision, oldest, bytes, total, shaped, identity = known, known, 0, 0, known, ARGV[2]
  call('HSET', META, STATE, stateText())
  note()
else
  local isFirst = knownIdentity == '' and runs ~= '' and isNewRun
  note()
  if knownIdentity == identity then lost = known - start() end
  if isFirst or lost > 0 then
    identity = ARGV[2]
    call('HSET', META, STATE, stateText())
  end
end
return { number(revision), number(oldest), '1', identity, isMade and 1 or 0, number(lost) }
