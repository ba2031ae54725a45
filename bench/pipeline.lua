-- For wrk: sixteen requests at a time.
init = function(args)
   local requests = {}
   for i = 1, 16 do
      requests[i] = wrk.format()
   end
   pipeline = table.concat(requests)
end

request = function()
   return pipeline
end
