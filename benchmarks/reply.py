"""From a POST to the far end's receipt of the reply, through the Procfile's web and worker, nothing else to do."""

from __future__ import annotations

import time

import httpx2

from benchmarks import leftovers, messages
from benchmarks.figures import percentile
from benchmarks.ground import Ground, free_port
from benchmarks.messages import PATH, PUBLIC_URL
from benchmarks.table import Row

WARM_UP, MESSAGES = 20, 80
PAUSE = 0.02
#: Nobody else's: a reply is found by whom it goes to.
FIRST_CONTACT = 10_000_000


def measure(ground: Ground) -> list[Row]:
    port = free_port()
    leftovers.forget(ground)
    ground.far_end.begin()
    with ground.process("web", PORT=str(port)) as web, ground.process("worker") as worker:
        ground.until_listening(worker)
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            ground.until(lambda: is_ready(http), of=web)
            taken = [_milliseconds(ground, http=http, number=number) for number in range(WARM_UP + MESSAGES)][WARM_UP:]
        own = _far_end_alone(ground)
    return [
        Row(
            what="POST to the far end's receipt of the reply, p50",
            value=percentile(taken, 50),
            unit=" ms",
            must=60,
            aim=25,
            how=f"p95 {percentile(taken, 95):.0f} ms; of it the far end's AI {own:.1f} ms",
        )
    ]


def is_ready(http: httpx2.Client) -> bool:
    """Whether a web process serves requests, with its database."""
    try:
        return http.get("/readyz").status_code == httpx2.codes.OK
    except httpx2.HTTPError:
        return False


def _milliseconds(ground: Ground, *, http: httpx2.Client, number: int) -> float:
    """Somebody who never wrote before writes once. Raises `RuntimeError` when what they get cannot be their answer."""
    time.sleep(PAUSE)
    contact = FIRST_CONTACT + number
    to = f"whatsapp:+{messages.phone_of(contact)}"
    post = messages.message(ground.tenants[number % 3], contact=contact)
    headers = {
        "Host": PUBLIC_URL.partition("//")[2],
        "X-Forwarded-Proto": "https",
        "X-Twilio-Signature": post.signature,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    started = time.monotonic()
    http.post(PATH, content=post.body, headers=headers).raise_for_status()
    ground.far_end.wait(sent=1, to=to)
    sent = ground.far_end.log(to=to)["sent"]
    if len(sent) != 1 or sent[0] <= started:
        raise RuntimeError(f"{len(sent)} replies to one message, the first {sent[0] - started:.4f} s after it")
    return float(sent[0] - started) * 1000


def _far_end_alone(ground: Ground) -> float:
    """Milliseconds of one exchange with the far end, the client's part included."""
    samples = []
    for _ in range(50):
        started = time.perf_counter()
        ground.far_end.http.post("/v1/chat/completions", json={})
        samples.append((time.perf_counter() - started) * 1000)
    return percentile(samples, 50)
