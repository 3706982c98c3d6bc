"""From the host of a request to the tenant whose dashboard it is."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.request import split_domain_port
from django.shortcuts import render
from django.urls import set_urlconf
from django_tenants.middleware.main import TenantMainMiddleware

from tenants.models import Tenant

#: Answered on any host, without asking whose host it is: machines call them.
HOSTLESS_PATHS = ("/api/whatsapp/",)


class TenantMiddleware(TenantMainMiddleware):
    """Selects the tenant by host; a host of nobody gets a 404 that says so, a closed tenant's as well."""

    def process_request(self, request: HttpRequest) -> HttpResponse | HttpResponseRedirect | None:
        if request.path.startswith(HOSTLESS_PATHS):
            connection.set_schema_to_public()  # type: ignore[attr-defined]
            request.tenant = None  # type: ignore[attr-defined]
            request.urlconf = settings.PUBLIC_SCHEMA_URLCONF
            set_urlconf(settings.PUBLIC_SCHEMA_URLCONF)
            return None
        response = super().process_request(request)
        if response is None and request.tenant.status == Tenant.Status.CLOSED:  # type: ignore[attr-defined]
            connection.set_schema_to_public()  # type: ignore[attr-defined]
            return self.no_tenant_found(request, request.get_host())
        return response

    @staticmethod
    def hostname_from_request(request: HttpRequest) -> str:
        """The host in lower case, without port. The library drops `www.` too, which hides the hosts that begin so."""
        return split_domain_port(request.get_host())[0]

    def no_tenant_found(self, request: HttpRequest, hostname: str) -> HttpResponse:
        set_urlconf(settings.PUBLIC_SCHEMA_URLCONF)
        return render(request, "404_host.html", status=404)
