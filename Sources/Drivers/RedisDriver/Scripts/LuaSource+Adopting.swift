extension LuaSource {
    /// A leaf's time to live is also its Redis key's. If nestkv sets it, the key ends in Redis a little later than its
    /// row says, so that nestkv deletes it first and has its last value for the history.
    static let ending = #"""
        -- When a key ends, for its row (`-`: never). `noted` is what the row says now.
        local function ending(key, noted)
          local left = call('PTTL', key)
          if left < 0 then return '-' end
          local at, was = clock() + left, tonumber(noted)
          -- Redis reports the remaining time, so the end may differ by some milliseconds.
          if was and (math.abs(at - was) <= 20 or math.abs(at - was - LAG) <= 20) then return noted end
          local exact = redis.pcall('PEXPIRETIME', key)
          return number(type(exact) == 'number' and exact or at)
        end

        -- Whether a key ends when its row says. A key that is over by its row is deleted in any case.
        local function endsAsNoted(key, noted)
          return ending(key, noted) == noted or (noted ~= '-' and tonumber(noted) <= clock())
        end
        """#

    /// In: keys. Out: for each key that another program changed, the key and its text, or nil if it doesn't hold a
    /// string.
    static let check = #"""
        if #ARGV == 0 then return {} end
        local keys, out = {}, {}
        for i = 1, #ARGV do keys[i] = name(ARGV[i]) end
        local values, rows = call('MGET', unpack(keys)), call('HMGET', META, unpack(keys))
        local places = call('ZMSCORE', INDEX, unpack(ARGV))
        for i = 1, #ARGV do
          local flag, d, noted, _ = 'd', '-', '-', nil
          if rows[i] then flag, _, _, _, d, _, noted = fields(rows[i]) end
          if digest(values[i]) ~= d or (flag ~= 'd' and not endsAsNoted(keys[i], noted)) then
            out[#out + 1] = ARGV[i]
            out[#out + 1] = values[i]
          elseif flag ~= 'd' and not places[i] then
            call('ZADD', INDEX, 0, ARGV[i])
          end
        end
        return out
        """#

    /// In: for each key the key, the digest of the text that was seen (`-`: no text), `l` or `w` for JSON, `x` for
    /// other text, and the tail of a row. Keys that have changed again since, or that another process adopted, are left
    /// alone.
    static let adopt = #"""
        if not state() then return redis.error_reply(NOSTATE) end
        local list, refused = {}, false
        for at = 1, #ARGV, 4 do
          local member, seen, flag, tail = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
          local key = name(member)
          local value, row = text(key), call('HGET', META, key)
          local known, d, version, oldRevision, born, was, _ = 'd', '-', nil, nil, nil, nil, nil
          if row then known, version, oldRevision, born, d, _, was = fields(row) end
          local isJSON, isSame = flag ~= 'x', d == seen
          if digest(value) == seen and (not isSame or (known ~= 'd' and not endsAsNoted(key, was))) then
            local head, updated, rest = match(tail, '^(%S+) (%-?%d+) %S+ (.*)$')
            local expires = isJSON and ending(key, was) or '-'
            -- If only its time to live was changed, the leaf keeps its other metadata.
            if isSame then flag, rest = known, match(row, '^%a %S+ %S+ %S+ %S+ %S+ %S+ (.*)$') end
            tail = head .. ' ' .. updated .. ' ' .. expires .. ' ' .. rest
            local c = {
              member = member, key = key, tail = tail, row = row, updated = updated, expires = expires,
              isForeign = true,
              isLive = known ~= 'd', there = tonumber(version or 0), oldRevision = oldRevision, born = born, was = was,
              before = isSame and value or nil,
            }
            if isJSON then
              c.value, c.operation, c.flag = value, '0', flag
              list[#list + 1] = c
            elseif known ~= 'd' then
              local isOver = not value and was ~= '-' and tonumber(was) <= clock()
              c.value, c.operation, c.flag = '', isOver and '2' or '1', 'd'
              list[#list + 1] = c
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
        if #list > 0 and not begin(onlyDeletes(list)) then
          -- A full server accepts what others deleted.
          local gone = {}
          for i = 1, #list do
            if list[i].flag == 'd' then gone[#gone + 1] = list[i] end
          end
          list, refused = gone, true
          begin(true)
        end
        if #list > 0 then
          local now = clock()
          perform(list, now, true)
          finish(now)
        end
        if refused then return redis.error_reply('OOM The server is full.') end
        return { number(revision), #list }
        """#
}
