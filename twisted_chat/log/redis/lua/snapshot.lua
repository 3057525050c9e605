-- run, position up to which, or nothing
for _, id in ipairs(snapshots()) do
  if ARGV[2] == '' or not after(id, ARGV[2]) then
    return {id, redis.call('HGET', SNAPSHOTS, id)}
  end
end
return {}
