-- The token endpoint of Bench::Provider, in an nginx with one worker.

local cjson = require "cjson"

local _M = {}

local settings = {}
local calls = {}
local number, now_in, most = 0, 0, 0


-- ngx.now() without what nginx remembers of the clock
local function clock()
    ngx.update_time()
    return ngx.now()
end


local function failing(at)
    return at >= (settings.fail_from or 0) and at < (settings.fail_until or 0)
end


local function new_token(ends)
    number = number + 1

    local start = string.format("t%d-%d-", number, ends * 1000)

    return start .. string.rep("x", settings.size - #start)
end


function _M.token()
    local call = { start = clock() }

    calls[#calls + 1] = call
    now_in = now_in + 1
    most = math.max(most, now_in)

    ngx.req.read_body()

    if settings.delay > 0 then
        ngx.sleep(settings.delay)
    end

    now_in = now_in - 1
    call["end"] = clock()
    ngx.header["Content-Type"] = "application/json"

    if failing(call.start) then
        call.status = 503
        ngx.status = 503
        ngx.print('{"error":"temporarily_unavailable"}')
        return
    end

    -- it lives from the moment that its answer leaves
    local token = new_token(call["end"] + settings.expires_in)

    call.status = 200
    call.number = number
    ngx.header["Cache-Control"] = "no-store"
    ngx.header["X-Access-Token"] = token
    ngx.print(cjson.encode({
        access_token = token,
        token_type = "Bearer",
        expires_in = settings.expires_in,
    }))
end


-- Sets what is in the query and tells the calls.
function _M.control()
    local args = ngx.req.get_uri_args()

    if args.forget then
        calls, most = {}, now_in
        args.forget = nil
    end

    for name, value in pairs(args) do
        settings[name] = tonumber(value)
    end

    -- an empty table would be an object
    ngx.print(cjson.encode({
        calls = #calls > 0 and calls or nil, most = most,
    }))
end


return _M
