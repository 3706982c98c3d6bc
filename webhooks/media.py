"""The file of a message that is being sent, for the provider who fetches it: its address is the permission."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from django_tenants.utils import schema_context

from bots.media import keeping, links
from bots.models import MediaFile, Message
from tenants.context import TenantGoneError, tenant_schema
from tenants.models import Tenant

#: Of one address, for as long as it is good. Nobody runs or frames what members send.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex",
}


@require_safe
def serve(_request: HttpRequest, token: str) -> HttpResponseBase:
    """404 for an address that is not of ours or too old, and for a file that is gone."""
    link = links.opened(token)
    response = _file(link) if link else None
    return response or HttpResponse("Not found.", status=404, content_type="text/plain; charset=utf-8")


def _file(link: links.Link) -> FileResponse | None:
    """Only what was sent by a tenant that is still there."""
    with schema_context("public"):
        tenant_id = Tenant.objects.filter(schema_name=link.schema_name).values_list("pk", flat=True).first()
    if tenant_id is None:
        return None
    try:
        with tenant_schema(tenant_id):
            row = MediaFile.objects.filter(pk=link.file_id, message__direction=Message.Direction.OUT)
            found = row.exclude(state=MediaFile.State.EXPIRED).first()
            if found is None:
                return None
            content = keeping.open_file(found)
    except (TenantGoneError, FileNotFoundError):
        return None
    return FileResponse(content, filename=found.name or "file", content_type=found.content_type, headers=HEADERS)
