import pytest, time, threading
from tests.processes.businesses import BOOKS, FERRIES
pytestmark = pytest.mark.process
def test_hang(platform):
    u = [platform.somebody() for _ in range(40)]
    platform.ask(BOOKS, "hello there", user=u[0])
    p = platform.redis._process()
    p.suspend()
    out = []
    def one(x, i):
        r = platform.phone.send(user=x, number=BOOKS.number, body=f"hang {i}")
        out.append([(a["status"], a["ms"]) for a in r["answers"]])
    t0 = time.time()
    ts = [threading.Thread(target=one, args=(x, i)) for i, x in enumerate(u)]
    for t in ts: t.start()
    for t in ts: t.join()
    print(sorted(out, key=str), time.time() - t0)
    import httpx2
    print("readyz", httpx2.get(platform.url + "/readyz", timeout=30).text)
    for i in range(8):
        t0 = time.time(); one(u[1], i); print(out[-1]); time.sleep(1)
    p.resume()
    t0 = time.time()
    platform.wait_until_idle(BOOKS)
    print("back after", time.time() - t0, [len(platform.replies(BOOKS, user=x)) for x in u])
    for n, w in platform.last_words(): print(n, w)
