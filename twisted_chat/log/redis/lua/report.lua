-- run, name, generation, position, others, most
if open_log('0') then return fail('OPEN') end
-- What was said to another run of Redis is no more so.
if redis.call('HGET', META, 'reported') ~= RUN then
  redis.call('DEL', REPORTS)
  redis.call('HSET', META, 'reported', RUN)
end
local new = redis.call('HEXISTS', REPORTS, ARGV[2]) == 0
if new and redis.call('HLEN', REPORTS) >= tonumber(ARGV[6]) then return fail('FULL') end
local at = int(now())
redis.call('HSET', REPORTS, ARGV[2],
  ARGV[3] .. ' ' .. ARGV[4] .. ' ' .. at .. '\n' .. ARGV[5])
return {at, redis.call('HGETALL', REPORTS)}
