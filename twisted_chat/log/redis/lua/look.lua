local log = open_log('0')
if not log then return fail('SEALED') end
return book(log, now())
