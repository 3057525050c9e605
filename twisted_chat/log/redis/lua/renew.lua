-- run, generation, quiet, lease, node, position
local log = open_log(ARGV[2])
if not log then return fail('SEALED') end
local at = now()
wake(log, at, ARGV[3], ARGV[4])
local m = member(ARGV[5])
if not m or at > m.deadline then return fail('FENCED') end
m.deadline = at + ARGV[4]
m.read = ARGV[6]
keep(ARGV[5], m)
redis.call('HSET', META, 'renewed', int(at))
return book(log, at)
