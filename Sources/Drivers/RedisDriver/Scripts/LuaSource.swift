/// The scripts' sources. Names in capitals at their top are constants that ``Scripts`` puts before them.
enum LuaSource {
    /// What every script begins with: how a key (segments, each followed by NUL) becomes a Redis key, and how rows are
    /// read. A call of `redis.call` costs more than most commands, so the scripts make few. The state (revision, after which
    /// one the feed is complete, bytes in the feed, the format, the feed's identity) stands among the rows for that reason.
    static let common = #"""
        local call, match, sub = redis.call, string.match, string.sub

        local ESCAPES
        local function name(member)
          ESCAPES = ESCAPES or { ['\\'] = '\\\\', [S] = '\\' .. S, ['\0'] = S }
          local key = string.gsub(sub(member, 1, -2), '[%z\\%' .. S .. ']', ESCAPES)
          if sub(key, 1, #P) == P then key = '\\' .. key end
          return key
        end

        local function number(n) return string.format('%d', n) end

        -- The string at a key, false when nothing is there, nil when it is no string.
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

        local identity

        local function numbers(state)
          local revision, oldest, bytes, id = match(state, '^(%d+) (%d+) (%d+) 1 (%w+)')
          identity = id
          return tonumber(revision), tonumber(oldest), tonumber(bytes)
        end

        local function state()
          local found = call('HGET', META, STATE)
          if found then return numbers(found) end
        end

        local function stateText(revision, oldest, bytes)
          return string.format('%d %d %d 1 %s', revision, oldest, bytes, identity)
        end

        local NOSTATE = 'NOSTATE The store was emptied.'
        """#

    /// The values and rows of a range of the index.
    static let collecting = #"""
        local function valuesAndRows(members, bytes)
          local values, rows, size = {}, {}, 0
          for start = 1, #members, 1000 do
            local keys = {}
            for i = start, math.min(start + 999, #members) do keys[#keys + 1] = name(members[i]) end
            local some, theirs = call('MGET', unpack(keys)), call('HMGET', META, unpack(keys))
            for i = 1, #keys do
              values[start + i - 1] = some[i]
              rows[start + i - 1] = theirs[i]
              if some[i] then size = size + #some[i] end
            end
            if size > bytes then break end
          end
          return values, rows
        end

        local function collect(lower, upper, limit, bytes)
          local members = call('ZRANGEBYLEX', INDEX, lower, upper, 'LIMIT', 0, limit)
          return members, valuesAndRows(members, bytes)
        end
        """#

    /// Drops the oldest commits from the feed while it is too long, too large or, where `aged`, too old. Entries have their
    /// revisions as ids, one after the other, so its length is a difference.
    static let trimming = #"""
        local SLACK = math.min(math.floor(COUNT / 16), 64)

        local function trim(revision, oldest, bytes, now, aged)
          local long = revision - oldest > COUNT + SLACK or bytes > BYTES
          if not long and not aged then return oldest, bytes end
          local at, budget, dropping, done = oldest, 4096, nil, false
          while not done do
            local rows = call('XRANGE', FEED, number(at + 1), '+', 'COUNT', 64)
            if #rows == 0 then break end
            for i = 1, #rows do
              local entry = rows[i][2]
              local commit, time = match(entry[4], '^%d (%d+) (%d+)')
              if commit ~= dropping then
                local isOver = (revision - at > COUNT or bytes > BYTES) and tonumber(commit) < revision
                if budget <= 0 or not (isOver or now - tonumber(time) > AGE) then
                  done = true
                  break
                end
                dropping = commit
              end
              at = at + 1
              budget = budget - 1
              bytes = bytes - #entry[2] - #entry[4] - #entry[6]
            end
          end
          if at == oldest then return oldest, bytes end
          if at >= revision then bytes = 0 end
          call('XTRIM', FEED, 'MAXLEN', math.max(revision - at, 0))
          call('HSET', META, STATE, stateText(revision, at, math.max(bytes, 0)))
          return at, bytes
        end

        local function clock()
          local time = call('TIME')
          return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
        end
        """#
}
