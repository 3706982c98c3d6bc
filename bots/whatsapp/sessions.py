"""How a process keeps its connections to a provider."""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy

from requests import Session
from requests.adapters import HTTPAdapter


def shared_by_threads(session: Session) -> Session:
    """The session, pooled for many threads, without cookies, proxies or .netrc of the machine: what one tenant's call
    leaves behind, another's must not carry."""
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # As many kept connections as a worker has threads: more are thrown away, and each costs a new one.
    adapter = HTTPAdapter(pool_connections=8, pool_maxsize=256)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
