-- requires common, collecting

-- In: lower and upper bound, the most leaves. Out: state, members, values, rows.
local s = call('HGET', META, STATE)
if not s then return redis.error_reply(NOSTATE) end
return { s, collect(ARGV[1], ARGV[2], tonumber(ARGV[3]), 8 * 1024 * 1024) }
