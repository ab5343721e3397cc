"""One token bucket per account, in Redis, shared by every worker."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import redis
from django.conf import settings

from channels.connectors.enums import ErrorKind
from channels.connectors.errors import ConnectorError

if TYPE_CHECKING:
    from uuid import UUID

# KEYS[1] the bucket; ARGV: now, cost, default maximum, default rate. Answers 0, or the seconds to wait.
_ACQUIRE = """
local b = redis.call('HMGET', KEYS[1], 'tokens', 'at', 'max', 'rate', 'shut')
local now, cost = tonumber(ARGV[1]), tonumber(ARGV[2])
local max, rate = tonumber(b[3] or ARGV[3]), tonumber(b[4] or ARGV[4])
local shut = tonumber(b[5] or 0)
if shut > now then return tostring(shut - now) end
local tokens = math.min(max, tonumber(b[1] or max) + (now - tonumber(b[2] or now)) * rate)
cost = math.min(cost, max)
if tokens < cost then
  redis.call('HSET', KEYS[1], 'tokens', tokens, 'at', now) redis.call('EXPIRE', KEYS[1], 3600)
  return tostring((cost - tokens) / rate)
end
redis.call('HSET', KEYS[1], 'tokens', tokens - cost, 'at', now) redis.call('EXPIRE', KEYS[1], 3600)
return '0'
"""
PATIENCE_SECONDS = 20.0


class SharedBucket:
    """The Throttle of one account. Without Redis it lets through: the channel's own limit then answers."""

    def __init__(self, account_id: UUID, *, rate: float = 20) -> None:
        self._key = f"baton:bucket:{account_id}"
        self._maximum = 2 * rate
        self._rate = rate
        self._redis = _client()

    def acquire(self, _operation: str, cost: float = 1) -> None:
        """Wait for the tokens; raise ConnectorError TRANSIENT when that would take longer than a task may wait."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while wait := self._take(cost):
            if time.monotonic() + wait > give_up:
                raise ConnectorError("The channel's rate limit is used up.", kind=ErrorKind.TRANSIENT, retry_after=wait)
            time.sleep(wait)

    def learn(self, *, available: float, maximum: float, restore_rate: float) -> None:
        """Believe what the channel says of its own bucket."""
        self._set({"tokens": available, "at": time.time(), "max": maximum, "rate": max(restore_rate, 0.001)})

    def empty(self, retry_after: float) -> None:
        """Let nothing through for so many seconds."""
        self._set({"tokens": 0, "at": time.time(), "shut": time.time() + retry_after})

    def _take(self, cost: float) -> float:
        try:
            answer = self._redis.eval(_ACQUIRE, 1, self._key, time.time(), cost, self._maximum, self._rate)
        except redis.RedisError:
            return 0.0
        return float(answer)

    def _set(self, values: dict[Any, Any]) -> None:
        try:
            self._redis.hset(self._key, mapping=values)
            self._redis.expire(self._key, 3600)
        except redis.RedisError:
            return


def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
