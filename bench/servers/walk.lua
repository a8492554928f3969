-- The requests of wrk, see Bench::Wrk: all tenants in turn, far from each
-- other, in the same bytes as those of Bench::Client.

local stride = 7919

local requests = {}
local n = 0


function init(args)
    local tenants = tonumber(args[1])

    for i = 1, tenants do
        requests[i] = string.format(
            "GET /?t=%06d HTTP/1.1\r\nHost: localhost\r\n\r\n",
            i * stride % tenants)
    end
end


function request()
    n = n % #requests + 1

    return requests[n]
end


function done(summary)
    local e = summary.errors

    io.write(string.format("DONE %d %d %d\n", summary.requests,
        summary.duration, e.connect + e.read + e.write + e.status + e.timeout))
end
