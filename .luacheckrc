-- Redis' scripts (Sources/Drivers/RedisDriver/Scripts), as Redis runs them: Lua 5.1 without the outside world.
std = "lua51"
not_globals = { "dofile", "io", "loadfile", "module", "package", "print", "require" }
read_globals = {
  "ARGV", "KEYS", "bit", "cjson", "cmsgpack", "redis", "struct",
  -- The constants of Scripts.swift.
  "AGE", "BYTES", "COUNT", "DELETED", "DEPTH", "EXPIRIES", "FEED", "HISTORY", "INDEX", "LAG", "META", "P", "RUNS", "S",
  "STATE", "TOMBSTONES",
}
max_line_length = 120
