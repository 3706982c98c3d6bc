// Asks every two seconds whether anything changed, and tells those parts of the page that did: one request for all.
// While nobody sees the page it asks seldom, after a while not at all, and at once when somebody does again.
const LOOKS = 2000; // ms
const HIDDEN = 20000; // ms
const FORGOTTEN = 600_000; // ms
const LONGEST = 30000; // ms
const inbox = document.getElementById("inbox");
const offline = document.getElementById("inbox-offline");
let seen = inbox.dataset.seen;
let writing = "";
let failures = 0;
let hiddenSince = document.hidden ? performance.now() : 0;
let timer;

// The list is as old as it was; the conversation beside it is new.
document.addEventListener("htmx:afterSwap", (event) => {
  const state = document.getElementById("opened-state");
  if (event.target.id !== "opened" || !state) return;
  seen = [seen.split(".")[0], ...state.dataset.seen.split(".").slice(1)].join(".");
  writing = "";
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id === "inbox-results") seen = ["", ...seen.split(".").slice(1)].join(".");
});
document.addEventListener("visibilitychange", () => {
  hiddenSince = performance.now();
  soon(document.hidden ? HIDDEN : 0);
});
addEventListener("online", () => soon(0));
soon(LOOKS);

function soon(wait) {
  clearTimeout(timer);
  timer = setTimeout(look, wait);
}

async function look() {
  if (document.hidden && performance.now() - hiddenSince > FORGOTTEN) return;
  const open = openNow();
  const query = new URLSearchParams(document.getElementById("inbox-results").dataset.query);
  query.set("seen", seen);
  if (open) query.set("open", open);
  if (writing) query.set("writing", writing);
  if (!document.hidden) query.set("looking", "1");
  const asked = seen;
  try {
    const answer = await fetch(`${inbox.dataset.live}?${query}`, { headers: { "HX-Request": "true" } });
    if (answer.redirected || answer.status === 403) return location.reload(); // Signed out, or no member any more.
    if (!answer.ok) throw new Error(String(answer.status));
    if (answer.status === 200 && open === openNow() && asked === seen) tell(answer.headers.get("HX-Trigger"), await answer.json());
    failures = 0;
  } catch {
    failures += 1;
  }
  offline.hidden = failures < 2;
  soon(Math.min(LONGEST, (document.hidden ? HIDDEN : LOOKS) * 2 ** Math.min(failures, 4)));
}

function tell(events, answer) {
  ({ seen, writing } = answer);
  for (const [name, detail] of Object.entries(JSON.parse(events))) {
    document.body.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  }
}

function openNow() {
  return document.getElementById("opened-state")?.dataset.conversation ?? "";
}
