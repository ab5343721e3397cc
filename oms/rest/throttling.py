"""A token bucket for each credential, shared by all processes in Redis; without Redis nobody is refused."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import redis
import structlog
from django.conf import settings
from rest_framework.throttling import BaseThrottle

if TYPE_CHECKING:
    from rest_framework.request import Request

    from oms.tenancy.types import Access

logger = structlog.get_logger(__name__)
# While Redis does not answer, it is asked again this often and not by every request.
PAUSE_SECONDS = 5.0
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local capacity, rate, cost = tonumber(ARGV[1]), tonumber(ARGV[1]) / 60, tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = math.min(capacity, (tonumber(kept[1]) or capacity) + (now - (tonumber(kept[2]) or now)) * rate)
local allowed = 0
if tokens >= cost then
    tokens = tokens - cost
    allowed = 1
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], 120)
return {allowed, math.floor(tokens), math.ceil((capacity - tokens) / rate), math.ceil((cost - tokens) / rate)}
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """What a credential has left: `reset` seconds until its bucket is full again, `wait` until this request would pass."""

    limit: int
    remaining: int
    reset: int
    allowed: bool
    wait: int

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


class Bucket:
    """The connection and the script; remembers for a moment that Redis is away."""

    def __init__(self, url: str) -> None:
        client = redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5)
        self._take = client.register_script(_TAKE)
        self._away_until = 0.0

    def take(self, name: str, *, cost: int, per_minute: int) -> Rate | None:
        """Take tokens; None when Redis does not answer."""
        if time.monotonic() < self._away_until:
            return None
        try:
            allowed, remaining, reset, wait = self._take(keys=[f"baton:rate:{name}"], args=[per_minute, cost])
        except redis.RedisError as error:
            logger.warning("rest.rate_limit_unavailable", error=repr(error))
            self._away_until = time.monotonic() + PAUSE_SECONDS
            return None
        return Rate(per_minute, remaining, reset, bool(allowed), max(wait, 1))


@cache
def bucket() -> Bucket:
    """The process's bucket."""
    return Bucket(settings.REDIS_URL)


class TenantRateThrottle(BaseThrottle):
    """Reads cost 1 unit; a viewset's `costs` names what costs more."""

    def __init__(self) -> None:
        self._wait = 1

    def allow_request(self, _request: Request, view: Any) -> bool:
        access: Access = view.access
        cost = view.costs.get(view.action, 1)
        rate = bucket().take(access.credential, cost=cost, per_minute=settings.API_RATE_PER_MINUTE)
        if rate is None:
            return True
        view.rate = rate
        self._wait = rate.wait
        return rate.allowed

    def wait(self) -> float:
        return math.ceil(self._wait)
