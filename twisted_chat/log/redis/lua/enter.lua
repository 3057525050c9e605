-- run, quiet, lease, name, most
local log = open_log('0')
if not log then return fail('SEALED') end
if redis.call('HLEN', NODES) >= tonumber(ARGV[5]) then return fail('FULL') end
local at = now()
wake(log, at, ARGV[2], ARGV[3])
local node = int(log.epoch + 1)
keep(node, {sequence = 0, deadline = at + ARGV[3], read = log.head, name = ARGV[4]})
redis.call('HSET', META, 'epoch', node, 'renewed', int(at))
return {log.generation, node, log.head}
