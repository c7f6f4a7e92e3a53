-- requires common, collecting

-- In: lower and upper bound in the index, the most leaves and bytes below, then the Redis keys of the path and its
-- ancestors, and the state's. Out: state, whether the path's key holds another type than a string, values and rows
-- of those keys, members, values and rows below.
local limit = tonumber(ARGV[3])
local values, rows = call('MGET', unpack(ARGV, 5)), call('HMGET', META, unpack(ARGV, 5))
local s = table.remove(rows)
if not s then return redis.error_reply(NOSTATE) end
local isOther = 0
if not values[1] then isOther = call('EXISTS', ARGV[5]) end
if limit == 0 then return { s, isOther, values, rows } end
return { s, isOther, values, rows, collect(ARGV[1], ARGV[2], limit + 1, tonumber(ARGV[4])) }
