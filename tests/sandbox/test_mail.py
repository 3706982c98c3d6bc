"""The demo's mail: handed in as to any mail server, read on a page that nothing in a mail can take over."""

from __future__ import annotations

import smtplib
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from sandbox.mail.store import Mailbox
from sandbox.procfile import PROJECT
from tests.ports import free_port

#: Seconds.
STARTING = 20.0


@dataclass
class Running:
    """The mailbox as a process."""

    url: str
    smtp_port: int
    folder: Path

    def page(self, path: str = "/") -> str:
        with urllib.request.urlopen(self.url + path) as response:
            return response.read().decode()

    def send(self, message: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=10) as server:
            server.send_message(message)


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("mail")
    port, smtp_port = free_port(), free_port()
    ports = ["--port", str(port), "--smtp-port", str(smtp_port)]
    process = subprocess.Popen([sys.executable, "-m", "sandbox.mail", *ports, "--folder", str(folder)], cwd=PROJECT)
    running = Running(f"http://127.0.0.1:{port}", smtp_port, folder)
    deadline = time.monotonic() + STARTING
    try:
        while True:
            try:
                running.page()
                break
            except urllib.error.URLError:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield running
    finally:
        process.terminate()
        process.wait(10)


def letter(*, subject: str, text: str, html: str = "") -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "Switchboard <no-reply@localhost>", "ann@people.test"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def newest(mailbox: Running) -> int:
    return Mailbox(mailbox.folder).newest_first()[0].number


def test_a_mail_that_was_handed_in_is_on_the_page_with_links_to_follow(mailbox: Running) -> None:
    link = "https://acme.localhost/invitations/abc_-1/?a=1&b=2"
    mailbox.send(letter(subject="Join Ümlaut & Söhne", text=f"Come in:\n{link}\n"))
    assert "Join Ümlaut &amp; Söhne" in mailbox.page()
    page = mailbox.page(f"/mails/{newest(mailbox)}")
    assert f'<a href="{link.replace("&", "&amp;")}">' in page
    assert "ann@people.test" in page


def test_lines_that_begin_with_a_dot_and_long_lines_arrive_as_they_were(mailbox: Running) -> None:
    text = ".\n..two\n.hidden\n" + "x" * 900 + "\nend\n"
    mailbox.send(letter(subject="Dots", text=text))
    kept = Mailbox(mailbox.folder).get(newest(mailbox))
    assert kept is not None
    assert kept.text == text


def test_markup_in_a_mail_is_text_on_the_page_and_runs_nowhere(mailbox: Running) -> None:
    mailbox.send(letter(subject="<img src=x>", text="<script>alert(1)</script>", html="<script>alert(1)</script>"))
    number = newest(mailbox)
    for page in (mailbox.page(), mailbox.page(f"/mails/{number}")):
        assert "<img src=x>" not in page
        assert "<script>" not in page
    assert 'sandbox=""' in mailbox.page(f"/mails/{number}")
    with urllib.request.urlopen(f"{mailbox.url}/mails/{number}/html") as response:
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_a_mail_that_is_not_there_is_a_404(mailbox: Running) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        mailbox.page("/mails/999999")


def test_what_is_no_smtp_gets_an_answer_and_the_server_goes_on(mailbox: Running) -> None:
    with smtplib.SMTP("127.0.0.1", mailbox.smtp_port, timeout=10) as server:
        assert server.docmd("GET / HTTP/1.1")[0] == 502
        assert server.docmd("DATA")[0] == 503
        assert server.noop()[0] == 250
    mailbox.send(letter(subject="Still here", text="yes"))
    assert "Still here" in mailbox.page()
