"""Rate limits: a sliding window, shared through the broker's Redis, or counted here without it.

`Limiter` is for threads, `AsyncLimiter` for the event loop. When Redis is away (or the broker is
of another kind) each process counts for itself: a deposit never fails because a limiter could not
ask, and guessing passwords stays slow. The window is weighted from two counters, so one name
costs one small hash whatever the limit; an unlucky minute may see up to two thirds more than it.
"""

import math
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

import redis
import redis.asyncio
import structlog

from core.errors import RateLimited

log = structlog.get_logger()

_SILENCE: Final = 5.0
"""Seconds during which a broker that did not answer is not asked again."""

_MOST_NAMES: Final = 10_000
_PREFIX: Final = "yinji:limit:"
_SCRIPT: Final = """
local time = redis.call('TIME')
local now, window, limit = time[1] + time[2] / 1e6, tonumber(ARGV[1]), tonumber(ARGV[2])
local slot = math.floor(now / window)
local kept = redis.call('HMGET', KEYS[1], 'slot', 'now', 'before')
local was, count, before = tonumber(kept[1]), tonumber(kept[2]) or 0, tonumber(kept[3]) or 0
if was ~= slot then
  before = (was == slot - 1) and count or 0
  count = 0
end
local part = now / window - slot
if before * (1 - part) + count + 1 > limit then
  return {count, before, tostring(part)}
end
redis.call('HSET', KEYS[1], 'slot', slot, 'now', count + 1, 'before', before)
redis.call('PEXPIRE', KEYS[1], math.ceil(window * 2000))
return false
"""


class Window(Protocol):
    """Counts one use of `name`; None when it is allowed, else the seconds to wait."""

    def take(self, name: str, limit: int, seconds: int) -> int | None: ...


class LocalWindow:
    """Counts within this process. `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[int, int, int]] = {}

    def take(self, name: str, limit: int, seconds: int) -> int | None:
        at = self._clock() / seconds
        slot, part = math.floor(at), at - math.floor(at)
        with self._lock:
            was, count, before = self._kept.get(name, (slot, 0, 0))
            if was != slot:
                before, count = (count if was == slot - 1 else 0), 0
            if before * (1 - part) + count + 1 > limit:
                return wait_seconds(count, before, part, limit, seconds)
            if len(self._kept) >= _MOST_NAMES:
                self._kept.clear()
            self._kept[name] = (slot, count + 1, before)
        return None


class RedisWindow:
    """Counts in Redis or Valkey, by its clock. Raises redis.RedisError when it does not answer."""

    def __init__(self, url: str) -> None:
        client = redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5)
        self._script = client.register_script(_SCRIPT)

    def take(self, name: str, limit: int, seconds: int) -> int | None:
        answer = self._script(keys=[_PREFIX + name], args=[seconds, limit])
        return _told(answer, limit, seconds)


class Limiter:
    """`check` raises RateLimited when `name` was used more than `limit` times in `seconds`."""

    def __init__(self, shared: Window | None, local: Window) -> None:
        self._shared, self._local = shared, local
        self._silent_until = 0.0

    def check(self, name: str, limit: int, seconds: int = 60) -> None:
        _refuse(self._take(name, limit, seconds))

    def _take(self, name: str, limit: int, seconds: int) -> int | None:
        if self._shared is not None and time.monotonic() >= self._silent_until:
            try:
                return self._shared.take(name, limit, seconds)
            except redis.RedisError as error:
                self._silent_until = time.monotonic() + _SILENCE
                log.warning("limiter.local", error=type(error).__name__)
        return self._local.take(name, limit, seconds)


class AsyncLimiter:
    """As `Limiter`, for the event loop: waiting for Redis holds up nobody else."""

    def __init__(self, shared: redis.asyncio.Redis | None, local: Window) -> None:
        self._script = None if shared is None else shared.register_script(_SCRIPT)
        self._local = local
        self._silent_until = 0.0

    async def check(self, name: str, limit: int, seconds: int = 60) -> None:
        """Count one use; raises RateLimited beyond `limit` in `seconds`."""
        _refuse(await self._take(name, limit, seconds))

    async def _take(self, name: str, limit: int, seconds: int) -> int | None:
        if self._script is not None and time.monotonic() >= self._silent_until:
            try:
                answer = await self._script(keys=[_PREFIX + name], args=[seconds, limit])
                return _told(answer, limit, seconds)
            except redis.RedisError as error:
                self._silent_until = time.monotonic() + _SILENCE
                log.warning("limiter.local", error=type(error).__name__)
        return self._local.take(name, limit, seconds)


def _told(answer: list[bytes] | None, limit: int, seconds: int) -> int | None:
    """What the script's answer means: None, or the seconds to wait."""
    if answer is None:
        return None
    count, before, part = answer
    return wait_seconds(int(count), int(before), float(part), limit, seconds)


def _refuse(wait: int | None) -> None:
    if wait is not None:
        raise RateLimited(
            f"请求过多,请 {wait} 秒后再试 / too many requests: wait {wait} seconds",
            retry_after=wait,
        )


def wait_seconds(count: int, before: int, part: float, limit: int, seconds: int) -> int:
    """Whole seconds, at least 1, until one more use is allowed.

    `part` is how much of this window has passed; `before` weighs less as it does, and when the
    window ends `count` takes its place.
    """
    if count + 1 <= limit and before > 0:
        passed = 1 - (limit - count - 1) / before - part
    else:
        passed = (1 - part) + max(0.0, 1 - (limit - 1) / max(count, 1))
    return max(1, math.ceil(passed * seconds))


def make_limiter(broker_url: str) -> Limiter:
    """The limiter beside this broker; one that is not Redis leaves counting to each process."""
    shared = RedisWindow(broker_url) if _is_redis(broker_url) else None
    return Limiter(shared, LocalWindow())


def make_async_limiter(broker_url: str) -> AsyncLimiter:
    """As `make_limiter`, for the event loop it is used on."""
    shared = None
    if _is_redis(broker_url):
        shared = redis.asyncio.Redis.from_url(
            broker_url, socket_timeout=0.5, socket_connect_timeout=0.5
        )
    return AsyncLimiter(shared, LocalWindow())


def _is_redis(broker_url: str) -> bool:
    return broker_url.startswith(("redis://", "rediss://", "unix://"))
