"""What Redis does for a class in one step, as Lua; nobody sees half of it."""

# KEYS: the class, all classes. ARGV: the most classes, seconds, code, fields and values.
OPEN = """
if redis.call('SCARD', KEYS[2]) >= tonumber(ARGV[1]) then return -1 end
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('SADD', KEYS[2], ARGV[3])
return 1
"""

# KEYS: the class. ARGV: fields and values.
SET = "return redis.call('EXISTS', KEYS[1]) == 1 and redis.call('HSET', KEYS[1], unpack(ARGV))"

# KEYS: the questions of the class.
LAST_QUESTION = "return redis.call('HGET', KEYS[1], redis.call('HLEN', KEYS[1]))"

# KEYS: the questions, the votes of the round. ARGV: question, round, browser, answer, whether it is right,
# the most voters.
VOTE = """
local text = redis.call('HGET', KEYS[1], ARGV[1])
if not text then return 0 end
local question, answer = cjson.decode(text), tonumber(ARGV[4])
if not question.open or question.revealed or question.round ~= tonumber(ARGV[2]) then return 0 end
if answer < 0 or answer >= question.answers then return 0 end
if redis.call('HEXISTS', KEYS[2], ARGV[3]) == 0 and redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[6]) then return 0 end
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4] .. ' ' .. ARGV[5])
redis.call('PEXPIRE', KEYS[2], redis.call('PTTL', KEYS[1]))
return 1
"""

# KEYS: the votes of a round.
COUNT = """
local votes, right = redis.call('HVALS', KEYS[1]), 0
for _, vote in ipairs(votes) do right = right + string.match(vote, '%d$') end
return {#votes, right}
"""
