extension LuaSource {
    /// A change of a leaf in two steps, so that nothing is written before everything is known to be right: `plan` makes its
    /// row, `apply` writes it. A change has: member, key, flag, operation, value, tail (the row from the digest on), row
    /// and before (what is there), and isForeign when the value itself is there already.
    static let changing = #"""
        local function plan(c, revision, commit, now)
          local _, updated, expires = match(c.tail, '^(%S+) (%-?%d+) (%S+)')
          local version, created = 0, updated
          if c.row then
            local flag, v, r, born, _, _, was = fields(c.row)
            version = tonumber(v)
            c.isLive = flag ~= 'd'
            c.oldRevision = r
            c.expired = was ~= '-'
            if c.isLive then created = born end
          end
          c.version, c.created, c.expires, c.revision = version + 1, created, expires, number(revision)
          c.new = c.flag .. ' ' .. number(version + 1) .. ' ' .. c.revision .. ' ' .. created .. ' ' .. c.tail
          c.note = c.operation .. ' ' .. number(commit) .. ' ' .. number(now) .. ' ' .. c.new
          return #c.member + #c.note + #c.value
        end

        -- What was there before goes to the history. A value that another program replaced is in the feed, if anywhere.
        local function remember(c)
          local before = c.before or ''
          if c.isForeign and c.isLive then
            local entry = call('XRANGE', FEED, c.oldRevision, c.oldRevision)[1]
            before = entry and entry[2][6]
          end
          local length = call('RPUSH', HISTORY .. c.key, before and (c.row .. '\n' .. before) or c.row)
          -- Some more than are shown are kept, so that this is rare.
          if length > DEPTH + 16 then call('LTRIM', HISTORY .. c.key, -DEPTH, -1) end
        end

        local function apply(c)
          if c.flag == 'd' then
            if not c.isForeign then call('DEL', c.key) end
            call('ZREM', INDEX, c.member)
            call('ZADD', DELETED, c.revision, c.member)
          else
            if not c.isForeign then call('SET', c.key, c.value) end
            if not c.isLive then
              call('ZADD', INDEX, 0, c.member)
              if c.version > 1 then call('ZREM', DELETED, c.member) end
            end
          end
          if c.version > 1 and DEPTH > 0 then remember(c) end
          if c.expires ~= '-' then
            call('ZADD', EXPIRIES, c.expires, c.member)
          elseif c.expired then
            call('ZREM', EXPIRIES, c.member)
          end
          call('XADD', FEED, c.revision .. '-0', 'k', c.member, 'm', c.note, 'v', c.value)
        end

        local function forgetTombstones()
          local excess = call('ZCARD', DELETED) - TOMBSTONES
          if excess <= 0 then return end
          for _, member in ipairs(call('ZRANGE', DELETED, 0, excess - 1)) do
            local key = name(member)
            call('HDEL', META, key)
            call('DEL', HISTORY .. key)
          end
          call('ZREMRANGEBYRANK', DELETED, 0, excess - 1)
        end

        -- The first write is one that a full server refuses, so that none of them is made then.
        local function perform(list, revision, oldest, bytes, now, commits)
          local last, deletes = revision + #list, false
          for i = 1, #list do
            bytes = bytes + plan(list[i], revision + i, commits and revision + i or last, now)
            if list[i].flag == 'd' then deletes = true end
          end
          local rows = { STATE, stateText(last, oldest, bytes) }
          for i = 1, #list do
            local c = list[i]
            rows[#rows + 1], rows[#rows + 2] = c.key, c.new
            if #rows > 4000 then
              call('HSET', META, unpack(rows))
              rows = {}
            end
          end
          if #rows > 0 then call('HSET', META, unpack(rows)) end
          for i = 1, #list do apply(list[i]) end
          if deletes then forgetTombstones() end
          trim(last, oldest, bytes, now, false)
          return last
        end
        """#

    /// In: the time, the numbers of expected leaves and of expected subtrees; Redis key, key and revision of each leaf; key
    /// and revisions of each subtree; for each change its Redis key, key, the revision that it replaces, the value (empty: a
    /// deletion) and `operation tail`. Out: revision, then version and createdAt of each change; or why not, and the key:
    /// C changed, F changed by another program, T no string.
    static let commit = #"""
        local leaves, subtrees = tonumber(ARGV[2]), tonumber(ARGV[3])
        local first = 4 + leaves * 3 + subtrees * 2

        -- All values and rows that are asked for, in few calls.
        local keys, values, rows = {}, {}, {}
        for at = 4, 1 + leaves * 3, 3 do keys[#keys + 1] = ARGV[at] end
        for at = first, #ARGV, 5 do keys[#keys + 1] = ARGV[at] end
        local s
        if #keys <= 4000 then
          if #keys > 0 then values = call('MGET', unpack(keys)) end
          keys[#keys + 1] = STATE
          rows = call('HMGET', META, unpack(keys))
          s = rows[#keys]
        else
          for start = 1, #keys, 4000 do
            local last = math.min(start + 3999, #keys)
            local some, theirs = call('MGET', unpack(keys, start, last)), call('HMGET', META, unpack(keys, start, last))
            for i = start, last do values[i], rows[i] = some[i - start + 1], theirs[i - start + 1] end
          end
          s = call('HGET', META, STATE)
        end
        if not s then return redis.error_reply(NOSTATE) end
        local revision, oldest, bytes = numbers(s)

        -- The live leaf's revision, or nil when another program changed the key.
        local function live(row, value)
          local flag, found, d, _ = 'd', '', '-', nil
          if row then flag, _, found, _, d = fields(row) end
          if digest(value) ~= d then return nil end
          return flag == 'd' and '' or found
        end

        for i = 1, leaves do
          local at = 1 + i * 3
          local expected = ARGV[at + 2]
          if expected ~= '' or values[i] then
            local found = live(rows[i], values[i])
            if expected ~= '' and not found then return { 'F', ARGV[at + 1] } end
            if found ~= expected then return { 'C', ARGV[at + 1] } end
          end
        end

        local function below(member, expected)
          local upper = '(' .. sub(member, 1, -2) .. '\1'
          if expected == '' then
            return #call('ZRANGEBYLEX', INDEX, '(' .. member, upper, 'LIMIT', 0, 1) == 0
          end
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

        for at = 4 + leaves * 3, first - 1, 2 do
          if not below(ARGV[at], ARGV[at + 1]) then return { 'C', ARGV[at] } end
        end

        local list = {}
        for at = first, #ARGV, 5 do
          local i = leaves + #list + 1
          local key, member, expected, value = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
          local operation, tail = match(ARGV[at + 4], '^(%d) (.*)$')
          local before, row = values[i], rows[i]
          local found = live(row, before)
          if not found then return { 'F', member } end
          if found ~= expected then return { 'C', member } end
          if not before and call('EXISTS', key) == 1 then return { 'T', member } end
          list[#list + 1] = {
            member = member, key = key, value = value, tail = tail, operation = operation, row = row, before = before,
            flag = value == '' and 'd' or 'l',
          }
        end
        if #list == 0 then return number(revision) end
        local last = perform(list, revision, oldest, bytes, tonumber(ARGV[1]), false)
        local out = { number(last) }
        for i = 1, #list do
          out[i * 2] = number(list[i].version)
          out[i * 2 + 1] = list[i].created
        end
        return table.concat(out, ' ')
        """#

    /// In: keys. Out: of those that another program changed the key and the text, or nil where no string is left.
    static let check = #"""
        local out = {}
        for i = 1, #ARGV do
          local member = ARGV[i]
          local key = name(member)
          local value, row = text(key), call('HGET', META, key)
          local flag, d, _ = 'd', '-', nil
          if row then flag, _, _, _, d = fields(row) end
          if digest(value) ~= d then
            out[#out + 1] = member
            out[#out + 1] = value or false
          elseif flag ~= 'd' and not call('ZSCORE', INDEX, member) then
            call('ZADD', INDEX, 0, member)
          end
        end
        return out
        """#

    /// In: for each key the key, the digest of the text that was seen (`-`: none), `l` or `w` for JSON, `x` for anything
    /// else, and the tail of a row. What has changed again since, or was adopted by someone else, is left alone.
    static let adopt = #"""
        local revision, oldest, bytes = state()
        if not revision then return redis.error_reply(NOSTATE) end
        local list = {}
        for at = 1, #ARGV, 4 do
          local member, seen, flag, tail = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
          local key = name(member)
          local value, row = text(key), call('HGET', META, key)
          local known, d, _ = 'd', '-', nil
          if row then known, _, _, _, d = fields(row) end
          if digest(value) == seen and d ~= seen then
            if flag == 'l' or flag == 'w' then
              list[#list + 1] = {
                member = member, key = key, value = value, tail = tail, operation = '0', row = row, flag = flag,
                isForeign = true,
              }
            elseif known ~= 'd' then
              list[#list + 1] = {
                member = member, key = key, value = '', tail = tail, operation = '1', row = row, flag = 'd',
                isForeign = true,
              }
            elseif not row then
              call('HSET', META, key, 'd 0 0 0 ' .. tail)
            elseif seen == '-' and match(row, '^d 0 ') then
              call('HDEL', META, key)
            else
              local head, rest = match(row, '^(%a %d+ %d+ %-?%d+) %S+ (.*)$')
              call('HSET', META, key, head .. ' ' .. seen .. ' ' .. rest)
            end
          end
        end
        if #list == 0 then return { number(revision), 0 } end
        return { number(perform(list, revision, oldest, bytes, clock(), true)), #list }
        """#
}
