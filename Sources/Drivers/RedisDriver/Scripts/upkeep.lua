-- requires common, feed

-- Out: the revision.
if not state() then return redis.error_reply(NOSTATE) end
if revision > oldest then trim(clock(), true) end
return number(revision)
