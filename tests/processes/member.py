"""A member of a business in a browser without JavaScript, behind the proxy that ends TLS."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie

import httpx2

from tests.processes.businesses import Business
from tests.processes.platform import Platform


class Member:
    """The business's owner, signed in."""

    def __init__(self, platform: Platform, business: Business) -> None:
        self.host = business.domain
        self.web = httpx2.Client(base_url=platform.url, trust_env=False, timeout=30)
        #: By hand: the cookies are for https, which ends at the proxy.
        self.cookies: dict[str, str] = {}
        secrets = business.secrets()
        [password] = [value for name, value in secrets.items() if name.endswith("_PASSWORD")]
        self.get("/accounts/login/")
        entered = self.post("/accounts/login/", login=f"owner@{business.domain}", password=password)
        assert entered.status_code == 302, entered.text

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return self._keep(self.web.get(path, headers=self._headers(headers)))

    def post(
        self, path: str, *, htmx: bool = False, files: dict[str, tuple[str, bytes]] | None = None, **fields: str
    ) -> httpx2.Response:
        """`files`: name and content of each, by its field."""
        headers = {"x-csrftoken": self.token}
        if htmx:
            headers["hx-request"] = "true"
        return self._keep(self.web.post(path, data=fields, files=files, headers=self._headers(headers)))

    @property
    def token(self) -> str:
        """Against forgery."""
        [token] = [value for name, value in self.cookies.items() if "csrf" in name]
        return token

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        origin = f"https://{self.host}"
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        proxied = {"host": self.host, "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.7"}
        return {**proxied, "origin": origin, "referer": f"{origin}/", "cookie": cookie, **more}

    def _keep(self, response: httpx2.Response) -> httpx2.Response:
        for header in response.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value
        return response


def polled(page: str) -> str:
    """Where the page asks for more of the answer; empty where nothing is being written."""
    found = re.search(r'hx-get="(/playground/[^"]+)" hx-trigger="every', page)
    return found[1].replace("&amp;", "&") if found else ""
