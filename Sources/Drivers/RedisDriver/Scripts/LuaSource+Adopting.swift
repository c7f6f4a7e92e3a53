extension LuaSource {
    /// In: keys. Out: of those that another program changed the key and the text, or nil where no string is left.
    static let check = #"""
        if #ARGV == 0 then return {} end
        local keys, out = {}, {}
        for i = 1, #ARGV do keys[i] = name(ARGV[i]) end
        local values, rows = call('MGET', unpack(keys)), call('HMGET', META, unpack(keys))
        local places = call('ZMSCORE', INDEX, unpack(ARGV))
        for i = 1, #ARGV do
          local flag, d, _ = 'd', '-', nil
          if rows[i] then flag, _, _, _, d = fields(rows[i]) end
          if digest(values[i]) ~= d then
            out[#out + 1] = ARGV[i]
            out[#out + 1] = values[i]
          elseif flag ~= 'd' and not places[i] then
            call('ZADD', INDEX, 0, ARGV[i])
          end
        end
        return out
        """#

    /// In: for each key the key, the digest of the text that was seen (`-`: none), `l` or `w` for JSON, `x` for anything
    /// else, and the tail of a row. What has changed again since, or was adopted by someone else, is left alone.
    static let adopt = #"""
        if not state() then return redis.error_reply(NOSTATE) end
        local list = {}
        for at = 1, #ARGV, 4 do
          local member, seen, flag, tail = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
          local key = name(member)
          local value, row = text(key), call('HGET', META, key)
          local known, d, version, oldRevision, born, was, _ = 'd', '-', nil, nil, nil, nil, nil
          if row then known, version, oldRevision, born, d, _, was = fields(row) end
          if digest(value) == seen and d ~= seen then
            local updated, expires = match(tail, '^%S+ (%-?%d+) (%S+)')
            local c = {
              member = member, key = key, tail = tail, row = row, updated = updated, expires = expires, isForeign = true,
              isLive = known ~= 'd', there = tonumber(version or 0), oldRevision = oldRevision, born = born, was = was,
            }
            if flag == 'l' or flag == 'w' then
              c.value, c.operation, c.flag = value, '0', flag
              list[#list + 1] = c
            elseif known ~= 'd' then
              c.value, c.operation, c.flag = '', '1', 'd'
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
        if #list > 0 then
          local now = clock()
          perform(list, now, true)
          finish(now)
        end
        return { number(revision), #list }
        """#
}
