-- requires common, collecting

-- In: a time, the most leaves. Out: state, members, values, rows of the expired leaves, the soonest first.
local s = call('HGET', META, STATE)
if not s then return redis.error_reply(NOSTATE) end
local members = call('ZRANGEBYSCORE', EXPIRIES, '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
return { s, members, valuesAndRows(members, 8 * 1024 * 1024) }
