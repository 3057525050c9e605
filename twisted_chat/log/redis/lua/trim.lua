-- run, generation, position, most snapshots, longest age, most bytes
local log = open_log(ARGV[2])
if not log then return fail('SEALED') end
local at = now()

local function next_id(id)
  local ms, seq = position(id)
  return int(ms) .. '-' .. int(seq + 1)
end

local function earlier(one, other)
  if after(one, other) then return other end
  return one
end

local ids = snapshots()
local needed = ids[1] and next_id(ids[#ids]) or '0-0'
for _, node in ipairs(redis.call('HKEYS', NODES)) do
  local m = member(node)
  if at <= m.deadline then needed = earlier(needed, next_id(m.read)) end
end
local old = int(math.max(at - ARGV[5], 0)) .. '-0'
if after(old, needed) then needed = old end
redis.call('XTRIM', LOG, 'MINID', earlier(ARGV[3], needed))

local bytes = redis.call('MEMORY', 'USAGE', LOG) or 0
if bytes > tonumber(ARGV[6]) then
  local length = redis.call('XLEN', LOG)
  redis.call('XTRIM', LOG, 'MAXLEN', int(math.floor(length * ARGV[6] / bytes)))
end
prune(tonumber(ARGV[4]))
-- One that is as old has what was said before; the newest is needed in any case.
for place, id in ipairs(snapshots()) do
  if place > 1 and after(old, id) then redis.call('HDEL', SNAPSHOTS, id) end
end
return 1
