"""What a send says: a text, a file or a template; and how Meta describes templates.

https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages
"""

from __future__ import annotations

from typing import Any

from sandbox.meta.network import Network
from sandbox.templates import TEMPLATES, Sample

FILES = ("image", "audio", "video", "document")


def what_is_sent(network: Network, content: dict[str, Any]) -> dict[str, str] | None:
    """The fields of a message that tell what it is; None where Meta would take nothing of it."""
    kind = content.get("type")
    if kind == "text" and (body := content.get("text", {}).get("body", "")):
        return {"kind": "text", "body": str(body)}
    if kind in FILES and (media_id := content.get(kind, {}).get("id")) in network.media:
        named = {"body": str(content[kind].get("caption", "")), "file_name": str(content[kind].get("filename", ""))}
        return {"kind": str(kind), "media": str(media_id), **named}
    if kind == "template":
        return _template(content.get("template", {}))
    return None


def as_meta_has_it(sample: Sample) -> dict[str, Any]:
    return {
        "id": str(int(sample.sid[2:14], 16)),
        "name": sample.name,
        "language": sample.language,
        "status": sample.status.upper(),
        "category": sample.category.upper(),
        "components": [{"type": "BODY", "text": sample.body}],
    }


def _template(content: dict[str, Any]) -> dict[str, str] | None:
    """Each variable has to be filled: Meta's error 132000."""
    asked = (content.get("name"), content.get("language", {}).get("code"))
    sample = next((one for one in TEMPLATES if (one.name, one.language) == asked and one.status == "approved"), None)
    parameters = [part for component in content.get("components", []) for part in component.get("parameters", [])]
    if sample is None or len(parameters) != len(sample.examples):
        return None
    values = {str(place): str(part.get("text", "")) for place, part in enumerate(parameters, 1)}
    return {"kind": "template", "template": sample.name, "body": sample.filled(values)}
