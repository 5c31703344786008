-- What wrk sends, and how it reports. Everything is told by environment variables, because wrk's own request
-- (one fixed text, no Lua called) is the fastest and must stay in force where nothing rotates.

local keys = tonumber(os.getenv('LOAD_KEYS') or '0')
local order = os.getenv('LOAD_ORDER') or 'sequence'
local header = os.getenv('LOAD_HEADER') or 'x-api-key: '
local head = os.getenv('LOAD_KEY_HEAD') or 'wfk_'
local length = tonumber(os.getenv('LOAD_KEY_LENGTH') or '36')
local forged = os.getenv('LOAD_FORGED')
local sameAddress = os.getenv('LOAD_SAME_ADDRESS')
local paths = os.getenv('LOAD_PATHS')
local pause = tonumber(os.getenv('LOAD_PAUSE_MS') or '0')
local stopAfter = tonumber(os.getenv('LOAD_STOP_AFTER') or '0')

-- The same token as stored-keys.ts makes: the index scattered over 32 bits, then the index itself.
local function token(index)
  local digits = length - #head - 12
  return head .. string.format('%012.0f', (index * 2654435761) % 4294967296)
    .. string.rep('0', digits - 16) .. string.format('%016.0f', index)
end

-- A made-up key: the prefix of a stored one and a wrong rest, or nothing of a stored one at all.
local function forge()
  local index = math.random(0, math.max(keys, 1) - 1)
  local key = forged == 'prefix' and token(index):sub(1, 20) .. string.rep('x', length - 20)
    or head .. string.format('%012.0f', math.random(0, 999999999999)) .. string.rep('y', length - #head - 12)
  return key, string.format('10.%d.%d.%d', math.random(0, 255), math.random(0, 255), math.random(0, 255))
end

local function pick(count)
  if order == 'uniform' then return math.random(0, keys - 1) end
  -- Nine requests in ten go to one key in a hundred.
  if order == 'hot' and math.random() < 0.9 then return math.random(0, math.ceil(keys / 100) - 1) end
  if order == 'hot' then return math.random(0, keys - 1) end
  return count % keys
end

if keys > 0 or forged then
  local sent = 0
  local befores, after = {}, nil
  local function prepare(path)
    local request = wrk.format(nil, path)
    local blank = request:find('\r\n\r\n', 1, true)
    table.insert(befores, request:sub(1, blank + 1) .. header)
    after = request:sub(blank)
  end
  function init(args)
    math.randomseed(os.time())
    wrk.method = os.getenv('LOAD_METHOD') or 'GET'
    wrk.body = os.getenv('LOAD_BODY')
    if wrk.body then wrk.headers['Content-Type'] = 'application/json' end
    if paths then for path in paths:gmatch('[^\n]+') do prepare(path) end else prepare() end
  end
  function request()
    local before = befores[sent % #befores + 1]
    if forged then
      local key, address = forge()
      if sameAddress then return before .. key .. after end
      return before .. key .. '\r\nX-Forwarded-For: ' .. address .. after
    end
    local index = pick(sent)
    sent = sent + 1
    return before .. token(index) .. after
  end
end

if pause > 0 then
  function delay() return pause end
end

if stopAfter > 0 then
  local ffi = require('ffi')
  ffi.cdef 'struct bench_time { long s; long us; }; int gettimeofday(struct bench_time *, void *);'
  local function nowUs()
    local time = ffi.new('struct bench_time')
    ffi.C.gettimeofday(time, nil)
    return tonumber(time.s) * 1e6 + tonumber(time.us)
  end
  local answered, startUs = 0, nil
  local ask = request
  function request()
    startUs = startUs or nowUs()
    return ask()
  end
  -- wrk itself goes on until its time is over or it is interrupted, so this thread tells when it was done.
  function response()
    answered = answered + 1
    if answered ~= stopAfter then return end
    io.write(string.format('\nSERVED %d\n', nowUs() - startUs))
    io.flush()
    wrk.thread:stop()
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nREPORT {"requests":%d,"durationUs":%d,"p50Us":%d,"p99Us":%d,"maxUs":%d,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
