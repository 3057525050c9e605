-- Before every script: what they share.  Times are in milliseconds since 1970.
-- The first argument is the run of Redis that the connection was made to.
local RUN = ARGV[1]
local LOG, META, NODES, SNAPSHOTS, REPORTS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]

local function fail(code)
  return redis.error_reply(code .. ' by the log')
end

local function int(number)
  return string.format('%.0f', number)
end

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function position(id)
  local ms, seq = string.match(id, '^(%d+)%-(%d+)$')
  return tonumber(ms), tonumber(seq)
end

local function after(one, other)
  local ms, seq = position(one)
  local other_ms, other_seq = position(other)
  return ms > other_ms or ms == other_ms and seq > other_seq
end

-- What is kept of a node is "sequence deadline position name".
local function member(node)
  local kept = redis.call('HGET', NODES, node)
  if not kept then return nil end
  local sequence, deadline, read, name =
    string.match(kept, '^(%d+) (%d+) (%d+%-%d+) (.*)$')
  return {
    sequence = tonumber(sequence), deadline = tonumber(deadline), read = read, name = name
  }
end

local function keep(node, m)
  redis.call('HSET', NODES, node, int(m.sequence) .. ' ' .. int(m.deadline) .. ' '
    .. m.read .. ' ' .. m.name)
end

-- The log's state if it is open; nil if it is sealed.  `generation` 0 stands for any.
local function open_log(generation)
  local meta = redis.call('HMGET', META, 'generation', 'run', 'head', 'renewed', 'epoch')
  if not meta[1] or meta[2] ~= RUN then return nil end
  if generation ~= '0' and meta[1] ~= generation then return nil end
  return {
    generation = meta[1], head = meta[3], renewed = tonumber(meta[4]),
    epoch = tonumber(meta[5])
  }
end

-- Where nobody has renewed for `quiet`, nobody could: all leases begin anew.
local function wake(log, at, quiet, lease)
  if at - log.renewed <= tonumber(quiet) then return end
  for _, node in ipairs(redis.call('HKEYS', NODES)) do
    local m = member(node)
    m.deadline = math.max(m.deadline, at + tonumber(lease))
    keep(node, m)
  end
  redis.call('HSET', META, 'renewed', int(at))
end

local function write(id, previous, generation, node, sequence, body)
  redis.call('XADD', LOG, id, 'p', previous, 'g', generation, 'n', node, 's', sequence,
    'b', body)
  redis.call('HSET', META, 'head', id)
end

local function add(log, at, node, sequence, body)
  local ms, seq = position(log.head)
  local id = int(ms) .. '-' .. int(seq + 1)
  if at > ms then id = int(at) .. '-0' end
  write(id, log.head, log.generation, node, sequence, body)
end

local function book(log, at)
  return {log.generation, log.head, int(at), redis.call('HGETALL', NODES)}
end

-- Positions of the snapshots, the newest first.
local function snapshots()
  local ids = redis.call('HKEYS', SNAPSHOTS)
  table.sort(ids, after)
  return ids
end

-- Forget snapshots that are too many, or after which records are missing.
local function prune(most)
  local first = redis.call('XRANGE', LOG, '-', '+', 'COUNT', 1)[1]
  for place, id in ipairs(snapshots()) do
    local covered = first and not after(first[2][2], id)
    if place > most or not covered then redis.call('HDEL', SNAPSHOTS, id) end
  end
end
