-- run, generation, position, data, most
local log = open_log(ARGV[2])
if not log then return fail('SEALED') end
if after(ARGV[3], log.head) then return 0 end
local kept = snapshots()
if kept[1] and not after(ARGV[3], kept[1]) then return 0 end
redis.call('HSET', SNAPSHOTS, ARGV[3], ARGV[4])
prune(tonumber(ARGV[5]))
return 1
