-- requires common

-- In: a revision, the most changes. Out: revision, the revision after which the feed is complete, the changes, the
-- identity.
if not state() then return redis.error_reply(NOSTATE) end
local after, limit, size, out = tonumber(ARGV[1]), tonumber(ARGV[2]), 0, {}
after = math.max(after, oldest)
while #out < limit and after < revision and size < 8 * 1024 * 1024 do
  local count = math.min(math.ceil((limit - #out) / 4), 16)
  local entries = call('XRANGE', FEED, number(after + 1), '+', 'COUNT', count)
  if #entries == 0 then break end
  for i = 1, #entries do
    local changes, last = entries[i][2], tonumber(match(entries[i][1], '^%d+'))
    local before = last - (#changes - 2) / 4
    for j = math.max(after - before, 0), last - before - 1 do
      if #out == limit then break end
      local note, value = changes[j * 4 + 4], changes[j * 4 + 6]
      size = size + #note + #value
      out[#out + 1] = { changes[j * 4 + 3], note, value }
    end
    after = last
  end
end
return { number(revision), number(oldest), out, identity }
