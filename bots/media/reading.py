"""A turn's files: each fetched and read as far as the bot can, and what the model and the contact are told of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

from bots.ai import vision
from bots.ai.base import Image
from bots.media import documents, fetching, keeping, transcription
from bots.media.abilities import Abilities
from bots.media.files import LASTING, Family, Problem, family_of, moves
from bots.media.sentences import sentences
from bots.media.telling import NOUNS, SOMETHING, OpenedFile, told
from bots.models import AIConfiguration, MediaFile, Message
from tenants.context import release_connection

#: Seconds that one step takes at the most, and then some: the lease is held for so long before each.
FETCH_LEASE = fetching.LONGEST_FETCH + 15.0
DOCUMENT_LEASE = documents.LONGEST_QUEUE + documents.LONGEST_READING + 15.0
#: The kinds of messages that are words alone, and the problems that pass.
WRITTEN = frozenset({"text", "button"})
PASSING = frozenset({"unavailable", "not_heard"})
#: Files that are opened in one turn; a person who sends more is answered about these.
MOST_FILES = 10


def abilities_of(configuration: AIConfiguration) -> Abilities:
    return Abilities(
        images=vision.sees(provider=configuration.provider, model=configuration.model_name, told=configuration.vision),
        voice=transcription.is_connected(configuration),
        documents=configuration.provider != "builtin",
    )


def has_files(message: Message) -> bool:
    """Whether the message is more than its words; what it is may be known only once it is opened."""
    return bool(message.media) or message.kind not in WRITTEN


@dataclass(slots=True)
class Reading:
    """What was found in the files of a turn's messages, by the message's id."""

    abilities: Abilities
    #: The tenant's own words for what cannot be opened.
    own_texts: Mapping[str, str] = field(default_factory=dict)
    files: dict[UUID, list[OpenedFile]] = field(default_factory=dict)
    #: Bytes of all the images.
    shown: int = 0

    @property
    def sentence(self) -> str:
        """What the contact is told of files that were not opened; empty where all were."""
        files = [file for files in self.files.values() for file in files]
        return sentences(files, abilities=self.abilities, own=self.own_texts)

    def has_anything(self, messages: Sequence[Message]) -> bool:
        """Whether there is anything to be answered: words, or a file that was opened."""
        opened = any(not file.problem for message in messages for file in self.files.get(message.pk, ()))
        return opened or any(message.content.strip() for message in messages)

    @property
    def may_work_later(self) -> bool:
        """Whether a file failed by a fault that passes."""
        return any(file.problem in PASSING for files in self.files.values() for file in files)

    def images(self, message: Message) -> list[Image]:
        """The message's images, to be shown to the model. Whatever is not there any more is left out."""
        found = []
        for file in self.files.get(message.pk, ()):
            if file.family == "image" and not file.problem:
                with suppress(FileNotFoundError), keeping.open_file(MediaFile(id=UUID(file.id))) as content:
                    found.append(Image(id=file.id, content_type=file.content_type, content=content.read()))
        return found


def read(
    messages: Sequence[Message], *, configuration: AIConfiguration, before_step: Callable[[float], None]
) -> Reading:
    """Open the files of messages that are about to be answered, and note in each message what the model is told of it.

    `before_step` is called with the seconds that the next step may take; what it raises ends the matter. What was
    fetched, written down or read by an attempt before this one is not fetched or paid for again.
    """
    reading = Reading(abilities=abilities_of(configuration), own_texts=configuration.texts)
    places = iter(range(MOST_FILES))
    for message in messages:
        noun = NOUNS.get(message.kind, SOMETHING)
        if message.media:
            opened = [
                OpenedFile(noun=noun, problem="unavailable")
                if next(places, None) is None
                else _opened(
                    message, index, noun=noun, reading=reading, configuration=configuration, before_step=before_step
                )
                for index in range(len(message.media))
            ]
        elif message.kind not in WRITTEN and not message.content.strip():
            opened = [OpenedFile(noun=noun, problem="not_taken")]
        else:
            continue
        reading.files[message.pk] = opened
        message.told = told(message.content, files=opened)
        Message.objects.filter(pk=message.pk).update(told=message.told)
    return reading


def _opened(
    message: Message,
    index: int,
    *,
    noun: str,
    reading: Reading,
    configuration: AIConfiguration,
    before_step: Callable[[float], None],
) -> OpenedFile:
    name = str(message.metadata.get("file_name", ""))
    family = family_of(message.media[index]["content_type"], name=name)
    if family is None or not reading.abilities.open(family):
        return OpenedFile(noun=noun, problem="not_taken")
    before_step(FETCH_LEASE)
    row = fetching.fetch(message=message, index=index)
    problem: str = row.error
    if row.state == MediaFile.State.KEPT and row.error not in LASTING:
        try:
            problem = _read(row, family=family, reading=reading, configuration=configuration, before_step=before_step)
        except FileNotFoundError:
            # Somebody emptied the folder: it is fetched anew when it is asked for again.
            row.state, row.error = MediaFile.State.FAILED, "unavailable"
            row.save()
            problem = row.error
    elif row.state == MediaFile.State.EXPIRED and not row.text:
        problem = "gone"
    return OpenedFile(
        noun=noun,
        family=family,
        id=str(row.id),
        content_type=row.content_type,
        name=row.name,
        text=row.text,
        problem=cast(Problem, problem),
    )


def _read(
    row: MediaFile,
    *,
    family: Family,
    reading: Reading,
    configuration: AIConfiguration,
    before_step: Callable[[float], None],
) -> str:
    """Read a file that is kept; the problem with it, empty where there is none."""
    match family:
        case "image":
            return _image_problem(row, reading=reading, provider=configuration.provider)
        case "voice":
            transcription.transcribe(
                row, configuration=configuration, before_call=lambda: before_step(transcription.call_lease())
            )
        case _:
            before_step(DOCUMENT_LEASE)
            release_connection()
            with keeping.open_file(row) as content:
                document = documents.read(content, family=family)
            row.text, row.error = document.text, document.problem
            row.state = MediaFile.State.READ if document.text else row.state
            row.save()
    return row.error


def _image_problem(row: MediaFile, *, reading: Reading, provider: str) -> str:
    """Why the model cannot be shown the image; empty where it can. It is a matter of the model, not of the file."""
    if row.bytes > min(vision.max_image_bytes(provider), vision.MAX_CALL_BYTES - reading.shown):
        return "too_large"
    with keeping.open_file(row) as content:
        head = content.read(1024)
    if row.content_type not in vision.IMAGE_TYPES or moves(head):
        return "not_taken"
    reading.shown += row.bytes
    return ""
