-- run, generation, the one after it, position, data, body, most snapshots, lease;
-- and of each that stays: node, sequence, name
local meta = redis.call('HMGET', META, 'generation', 'run', 'epoch')
if meta[1] and (tonumber(meta[1]) > tonumber(ARGV[2]) or meta[2] == RUN) then
  return fail('SEALED')
end

-- What nobody was shown is gone.
local past = redis.call('XRANGE', LOG, '(' .. ARGV[4], '+', 'COUNT', 10)
while past[1] do
  for _, record in ipairs(past) do redis.call('XDEL', LOG, record[1]) end
  past = redis.call('XRANGE', LOG, '(' .. ARGV[4], '+', 'COUNT', 10)
end
for _, id in ipairs(snapshots()) do
  if after(id, ARGV[4]) then redis.call('HDEL', SNAPSHOTS, id) end
end

-- Ids ascend, also after those that are gone and where the clock went back.
local ms = math.max(now(), position(ARGV[4]) + 1)
if redis.call('EXISTS', LOG) == 1 then
  local facts = redis.call('XINFO', 'STREAM', LOG)
  for place = 1, #facts, 2 do
    if facts[place] == 'last-generated-id' then
      ms = math.max(ms, position(facts[place + 1]) + 1)
    end
  end
end
write(int(ms) .. '-0', ARGV[4], ARGV[3], '0', '0', ARGV[6])
redis.call('DEL', NODES, REPORTS)
-- Epochs go on from the time, so that none is given twice where the counter was lost.
local at, epoch = now(), math.max(tonumber(meta[3] or '0'), ms)
for place = 9, #ARGV, 3 do
  local node = ARGV[place]
  keep(node, {
    sequence = tonumber(ARGV[place + 1]), deadline = at + ARGV[8], read = '0-0',
    name = ARGV[place + 2]
  })
  epoch = math.max(epoch, tonumber(node))
end
redis.call('HSET', META, 'generation', ARGV[3], 'run', RUN, 'renewed', int(at),
  'epoch', int(epoch))
redis.call('HSET', SNAPSHOTS, ARGV[4], ARGV[5])
prune(tonumber(ARGV[7]))
return 1
