"""Forms that carry files (multipart/form-data), read without another package."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One field of a form; `name` is a file's, empty for other fields."""

    name: str
    content_type: str
    content: bytes

    @property
    def shown(self) -> Any:
        """The field as a test looks at it: a file by its name, type, size and hash."""
        if not self.name:
            return self.content.decode(errors="replace")
        return {
            "name": self.name,
            "content_type": self.content_type,
            "bytes": len(self.content),
            "sha256": hashlib.sha256(self.content).hexdigest(),
        }


def read_form(content_type: str, body: bytes) -> dict[str, Part]:
    """The fields by their names; none where the body is no form."""
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    if not message.is_multipart():
        return {}
    form = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        form[str(name)] = Part(name=part.get_filename() or "", content_type=part.get_content_type(), content=content)
    return form
