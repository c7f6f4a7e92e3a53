-- wrk script: requests to 1,000 keys in turn. Arguments: the server's kind, what to do, and how many leaves it has.
--   nestkv get | get-one | put | put-user | get-user | tree | list | shallow | leaf     webdis get | get-one | put | tree     etcd get | put
-- 'get-one' reads one key only. 'leaf' reads all of the leaves in turn, neighbours long after one another.
-- Ends with one line: RESULT requests microseconds p50 p99 errors.

local keys = 1000

-- 186 bytes of JSON without white space.
local function value(number)
    local text = string.format('{"id":%d,"text":"', 10000 + number)
    return text .. string.rep("x", 186 - #text - 2) .. '"}'
end

-- 183 bytes of JSON, which the schema in servers.py permits.
local function user(number)
    local format = '{"id":%d,"name":"Ada Lovelace","email":"ada@uk.org","age":36,"role":"editor","active":true,'
        .. '"tags":["math","notes"],"home":{"street":"12 St James","city":"London","zip":"SW1Y 4LE"}}'
    return string.format(format, 10000 + number)
end

local digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local function base64(text)
    local out = {}
    for start = 1, #text, 3 do
        local a, b, c = text:byte(start, start + 2)
        local group = a * 65536 + (b or 0) * 256 + (c or 0)
        for place = 0, 3 do
            local digit = math.floor(group / 64 ^ (3 - place)) % 64
            local isPad = (place == 2 and not b) or (place == 3 and not c)
            out[#out + 1] = isPad and "=" or digits:sub(digit + 1, digit + 1)
        end
    end
    return table.concat(out)
end

local json = { ["Content-Type"] = "application/json" }
local kinds = {
    nestkv = {
        get = function(i) return wrk.format("GET", "/bench/items/" .. 10000 + i) end,
        ["get-one"] = function() return wrk.format("GET", "/bench/items/10001") end,
        put = function(i) return wrk.format("PUT", "/bench/items/" .. 10000 + i, json, value(i)) end,
        ["put-user"] = function(i) return wrk.format("PUT", "/bench/users/" .. 10000 + i, json, user(i)) end,
        ["get-user"] = function(i) return wrk.format("GET", "/bench/users/" .. 10000 + i) end,
        tree = function() return wrk.format("GET", "/bench/tree") end,
        list = function() return wrk.format("GET", "/bench?keys&limit=10") end,
        shallow = function() return wrk.format("GET", "/bench?shallow") end,
    },
    webdis = {
        get = function(i) return wrk.format("GET", "/GET/bench:items:" .. 10000 + i .. ".txt") end,
        ["get-one"] = function() return wrk.format("GET", "/GET/bench:items:10001.txt") end,
        put = function(i) return wrk.format("PUT", "/SET/bench:items:" .. 10000 + i, json, value(i)) end,
        tree = function()
            local path = { "/MGET" }
            for i = 0, keys - 1 do path[#path + 1] = "bench:items:" .. 10000 + i end
            return wrk.format("GET", table.concat(path, "/"))
        end,
    },
    etcd = {
        get = function(i)
            return wrk.format("POST", "/v3/kv/range", json, '{"key":"' .. base64("/bench/items/" .. 10000 + i) .. '"}')
        end,
        put = function(i)
            local key = base64("/bench/items/" .. 10000 + i)
            return wrk.format("POST", "/v3/kv/put", json, '{"key":"' .. key .. '","value":"' .. base64(value(i)) .. '"}')
        end,
    },
}

local threads = 0
function setup(thread)
    thread:set("offset", threads * 500)
    threads = threads + 1
end

-- Requests of a kind to all keys in turn.
local function items(make)
    local requests, item = {}, offset
    for i = 0, keys - 1 do requests[i] = make(i) end
    return function()
        item = (item + 1) % keys
        return requests[item]
    end
end

-- Too many to keep: each is put together from the parts of one that wrk made.
local function leaves(count)
    local before, after = wrk.format("GET", "/bench/chunk"):match("^(%S+ %S+)(.*)$")
    local leaf = offset
    return function()
        leaf = (leaf + 15485863) % count
        return string.format("%s%d/k%08d%s", before, math.floor(leaf / 10000), leaf, after)
    end
end

local next_request
function init(arguments)
    local kind, what, count = arguments[1], arguments[2], tonumber(arguments[3])
    next_request = what == "leaf" and leaves(count) or items(kinds[kind][what])
end

function request() return next_request() end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
        latency:percentile(99), errors.connect + errors.read + errors.write + errors.timeout + errors.status))
end
