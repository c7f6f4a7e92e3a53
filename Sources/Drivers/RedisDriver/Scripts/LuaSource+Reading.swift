extension LuaSource {
    /// In: the revision that the caller has seen, an identity for a feed that starts again, the server's run, and the
    /// run and the identity with which the caller saw the revision (empty: it has seen nothing). Out: the revision, the
    /// revision after which the feed is complete, the format, the identity, whether the state was created, the number
    /// of seen revisions that are lost.
    ///
    /// A server that restarted, or another one that took over, may lack the end of the feed, and then gives the same
    /// numbers to other changes. So each run notes the revision at which it began. A caller that has seen more of that
    /// feed in an earlier run knows that it was cut, even if others have written since. A caller that has seen nothing
    /// can't vouch for a run that no process has seen yet. A feed that was cut, or may have been, gets another
    /// identity. A revision below one that was seen is raised beyond it.
    static let open = #"""
        local found = state()
        -- The state of another version is left unchanged.
        if found and not revision then return { '0', '0', match(found, '^%d+ %d+ %d+ (%d+)') or '?' } end
        local known, run, knownRun, knownIdentity = tonumber(ARGV[1]), ARGV[3], ARGV[4], ARGV[5]
        local runs, isNewRun = call('HGET', META, RUNS) or '', true

        -- The smallest revision at which a run after the known one began; 0 if the known one isn't in the list.
        local function start()
          local smallest, isLater = 0, false
          for name, start in string.gmatch(runs, '(%S+):(%d+)') do
            if isLater then smallest = math.min(smallest, tonumber(start)) end
            if name == knownRun then smallest, isLater = known, true end
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

        local isMade, lost = not revision, 0
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
        """#

    /// In: lower and upper bound in the index, the most leaves and bytes below, then the Redis keys of the path and its
    /// ancestors, and the state's. Out: state, whether the path's key holds another type than a string, values and rows
    /// of those keys, members, values and rows below.
    static let node = #"""
        local limit = tonumber(ARGV[3])
        local values, rows = call('MGET', unpack(ARGV, 5)), call('HMGET', META, unpack(ARGV, 5))
        local s = table.remove(rows)
        if not s then return redis.error_reply(NOSTATE) end
        local isOther = 0
        if not values[1] then isOther = call('EXISTS', ARGV[5]) end
        if limit == 0 then return { s, isOther, values, rows } end
        return { s, isOther, values, rows, collect(ARGV[1], ARGV[2], limit + 1, tonumber(ARGV[4])) }
        """#

    /// In: lower and upper bound, the most leaves. Out: state, members, values, rows.
    static let scan = #"""
        local s = call('HGET', META, STATE)
        if not s then return redis.error_reply(NOSTATE) end
        return { s, collect(ARGV[1], ARGV[2], tonumber(ARGV[3]), 8 * 1024 * 1024) }
        """#

    /// In: lower and upper bound, the length of the key above the names, the most names. Each name costs one lookup in
    /// the index, however many leaves are below it.
    static let names = #"""
        if call('HEXISTS', META, STATE) == 0 then return redis.error_reply(NOSTATE) end
        local lower, length, out = ARGV[1], tonumber(ARGV[3]), {}
        while #out < tonumber(ARGV[4]) do
          local member = call('ZRANGEBYLEX', INDEX, lower, ARGV[2], 'LIMIT', 0, 1)[1]
          if not member then break end
          local last = string.find(member, '\0', length + 1, true)
          out[#out + 1] = sub(member, length + 1, last - 1)
          lower = '[' .. sub(member, 1, last - 1) .. '\1'
        end
        return out
        """#

    /// In: a Redis key, a version (0: all), the most records. Out: state, present value and row, older rows each with a
    /// line feed and the value, the oldest first.
    static let history = #"""
        local s = call('HGET', META, STATE)
        if not s then return redis.error_reply(NOSTATE) end
        local key, version, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
        local row = call('HGET', META, key)
        local older = {}
        if row and version > 0 then
          local steps = tonumber(match(row, '^%a (%d+)')) - version
          if steps > 0 and steps <= DEPTH then older = call('LRANGE', HISTORY .. key, -steps, -steps) end
        elseif row and limit > 1 and DEPTH > 0 then
          older = call('LRANGE', HISTORY .. key, -math.min(limit - 1, DEPTH), -1)
        end
        return { s, text(key) or false, row, older }
        """#

    /// In: a time, the most leaves. Out: state, members, values, rows of the expired leaves, the soonest first.
    static let expired = #"""
        local s = call('HGET', META, STATE)
        if not s then return redis.error_reply(NOSTATE) end
        local members = call('ZRANGEBYSCORE', EXPIRIES, '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
        return { s, members, valuesAndRows(members, 8 * 1024 * 1024) }
        """#
}
