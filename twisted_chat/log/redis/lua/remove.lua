-- run, generation, quiet, lease, node, body, "1" to do so though its lease isn't over
local log = open_log(ARGV[2])
if not log then return fail('SEALED') end
local at = now()
wake(log, at, ARGV[3], ARGV[4])
local m = member(ARGV[5])
if not m or ARGV[7] ~= '1' and at <= m.deadline then return 0 end
add(log, at, '0', '0', ARGV[6])
redis.call('HDEL', NODES, ARGV[5])
return 1
