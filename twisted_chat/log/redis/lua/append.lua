-- run, generation, quiet, lease, node, sequence, body
local log = open_log(ARGV[2])
if not log then return fail('SEALED') end
local at = now()
wake(log, at, ARGV[3], ARGV[4])
local m = member(ARGV[5])
if not m or at > m.deadline then return fail('FENCED') end
local sequence = tonumber(ARGV[6])
if sequence <= m.sequence then return 0 end
if sequence ~= m.sequence + 1 then return fail('GAP') end
add(log, at, ARGV[5], ARGV[6], ARGV[7])
m.sequence = sequence
keep(ARGV[5], m)
return 1
