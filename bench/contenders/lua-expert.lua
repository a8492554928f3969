local cjson = require "cjson"

local now, var, shared = ngx.now, ngx.var, ngx.shared.tokens

local _M = {}

local host, port

-- seconds
local look_every, wait_most, fetch_most, pause = 0.004, 5, 5, 1

-- of this worker
local header, ends, refresh_at = nil, 0, 0


-- what some worker has put into the shared dict
local function load()
    local text = shared:get("token")

    if text then
        local e, r, h = string.match(text, "^(%S+) (%S+) (.+)$")
        ends, refresh_at, header = tonumber(e), tonumber(r), h
    end
end


local function save(answer)
    local life = answer.expires_in
    local at = now()

    shared:set("token", string.format("%.3f %.3f Bearer %s",
        at + life - math.min(life / 10, 10), at + life / 2,
        answer.access_token))
end


-- ngx.location.capture() is not to be had in a timer
local function ask()
    local socket = ngx.socket.tcp()
    local body = "grant_type=client_credentials&client_id=bench"
        .. "&client_secret=secret-of-the-bench"

    socket:settimeouts(1000, 1000, fetch_most * 1000)

    local ok, err = socket:connect(host, port)

    if not ok then
        return nil, err
    end

    socket:send({
        "POST /token HTTP/1.0\r\nHost: ", host, "\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Length: ", #body, "\r\n\r\n", body,
    })

    local answer = socket:receive("*a")
    socket:close()

    return answer and string.match(answer,
        "^HTTP/1%.%d 200 .-\r\n\r\n(.*)$")
end


local function fetch()
    local body = ask()
    local ok, answer = pcall(cjson.decode, body)

    if ok and answer.access_token then
        save(answer)
    else
        shared:set("failed", true, pause)
    end

    shared:delete("fetching")
end


local function may_fetch()
    return not shared:get("failed")
        and shared:add("fetching", true, fetch_most)
end


-- no token is left: one fetches, others wait
local function wait()
    local deadline = now() + wait_most

    repeat
        if may_fetch() then
            fetch()
        elseif shared:get("failed") then
            return ngx.exit(503)
        else
            ngx.sleep(look_every)
        end

        load()

        if now() < ends then
            var.token = header
            return
        end
    until now() > deadline

    return ngx.exit(504)
end


function _M.provider(...)
    host, port = ...
end


function _M.set()
    local at = now()

    if at >= refresh_at then
        load()

        if at >= ends then
            return wait()
        end

        if at >= refresh_at and may_fetch() then
            ngx.timer.at(0, fetch)
        end
    end

    var.token = header
end


return _M
