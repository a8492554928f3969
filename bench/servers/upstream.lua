-- The API of Bench::Upstream, in an nginx with one worker: counts requests by
-- what is wrong with their tokens.

local cjson = require "cjson"

local _M = {}

local function zero()
    return { requests = 0, missing = 0, ended = 0, numbers = {} }
end

local counts = zero()


function _M.check()
    local number, ends = string.match(
        ngx.var.http_authorization or "", "^Bearer t(%d+)%-(%d+)%-x+$")

    counts.requests = counts.requests + 1

    if not number then
        counts.missing = counts.missing + 1
        return ngx.exit(401)
    end

    counts.numbers[number] = (counts.numbers[number] or 0) + 1

    ngx.update_time()

    if ngx.now() * 1000 >= tonumber(ends) then
        counts.ended = counts.ended + 1
        return ngx.exit(403)
    end

    ngx.print("ok\n")
end


function _M.control()
    ngx.print(cjson.encode(counts))

    if ngx.var.arg_forget then
        counts = zero()
    end
end


return _M
