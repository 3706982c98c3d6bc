// What is new in a thread is put where it belongs and what changed is swapped, by id: nothing else is touched, so that
// scroll, focus, selection and a voice that plays stay as they are.
const TAIL = 40; // items at the end about whose changes the server is asked
let isAsking = false;
let asksAgain = false;

for (const name of ["thread-changed", "writing-changed"]) document.body.addEventListener(name, ask);
document.addEventListener("thread-page", ({ detail: { list, link, edge, content } }) => {
  keepingPlace(list, () => {
    if (edge) link.replaceWith(edge);
    else link.remove();
    place(list, content);
  });
  list.dispatchEvent(new Event("thread-grew"));
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.elt.matches("[data-wants-file]") && detail.xhr.status === 200) arrived(detail.elt, detail.xhr.responseText);
});
document.addEventListener("composer-sent", ({ detail }) => ghost(detail));
document.addEventListener("composer-failed", ({ detail }) => document.getElementById(`m-${detail.key}`)?.remove());

// One question at a time; what changes meanwhile is asked for afterwards.
async function ask() {
  const pane = document.querySelector("[data-thread]");
  if (!pane) return;
  asksAgain = isAsking;
  if (isAsking) return;
  isAsking = true;
  try {
    const response = await fetch(question(pane), { headers: { "HX-Request": "true" } });
    if (response.status === 205) begin(pane);
    else if (response.ok && !response.redirected && pane.isConnected) take(pane, await response.text());
  } catch {
    // The next change asks again.
  } finally {
    isAsking = false;
    if (asksAgain) ask();
  }
}

// At the end of the conversation, whatever page of it was shown; the composer stays as it is.
function begin(pane) {
  return window.htmx.ajax("GET", pane.dataset.whole, { target: "#thread-scroll", select: "#thread-scroll", swap: "outerHTML" });
}

function question(pane) {
  const url = new URL(pane.dataset.live, location.href);
  url.searchParams.set("composer", pane.querySelector("[data-composer]")?.dataset.version ?? "");
  const items = [...pane.querySelectorAll("[data-item]")];
  const from = items.slice(-TAIL).find((item) => item.dataset.cursor);
  if (pane.querySelector("a[data-newer]")) url.searchParams.set("still", "yes");
  else if (from) {
    const known = items.filter((item) => item.dataset.sort >= from.dataset.sort);
    url.searchParams.set("from", from.dataset.cursor);
    url.searchParams.set("have", known.map((item) => `${item.dataset.short}:${item.dataset.version}`).join(","));
  }
  return url;
}

function take(pane, text) {
  const came = document.createElement("template");
  came.innerHTML = text;
  const list = pane.querySelector("#thread-scroll");
  const wasAtTheEnd = list.hasAttribute("data-at-end");
  const newest = last(list);
  keepingPlace(list, () => {
    for (const short of came.content.querySelector("[data-gone]").dataset.gone.split(",").filter(Boolean)) {
      list.querySelector(`[data-short="${CSS.escape(short)}"]`)?.remove();
    }
    place(list, came.content);
    if (last(list)) list.querySelector(".thread-empty")?.remove();
  });
  const activity = pane.querySelector("#thread-activity");
  const fresh = came.content.querySelector("#thread-activity");
  if (activity.innerHTML !== fresh.innerHTML) activity.innerHTML = fresh.innerHTML;
  const composer = came.content.querySelector("[data-composer]");
  if (composer) document.dispatchEvent(new CustomEvent("composer-came", { detail: composer }));
  if (wasAtTheEnd) list.scrollTop = list.scrollHeight;
  else if (last(list) !== newest && last(list)?.dataset.cursor) announce(pane);
  list.dispatchEvent(new Event("thread-grew"));
}

// A file is there, or will not come: its message is swapped, wherever in the thread it is.
function arrived(form, text) {
  const list = form.closest("#thread-scroll");
  const item = document.createElement("template");
  item.innerHTML = text;
  const wasAtTheEnd = list?.hasAttribute("data-at-end");
  if (list) keepingPlace(list, () => place(list, item.content));
  if (wasAtTheEnd) list.scrollTop = list.scrollHeight;
}

function last(list) {
  return [...list.querySelectorAll(":scope > [data-item]")].at(-1);
}

function announce(pane) {
  const pill = pane.querySelector("[data-newest]");
  pill.hidden = false;
  pill.classList.add("thread-pill-new");
  pill.querySelector("[data-newest-words]").textContent = "New messages";
}

function place(list, content) {
  for (const item of [...content.querySelectorAll("[data-item]")]) {
    const old = document.getElementById(item.id);
    if (old?.dataset.sort === item.dataset.sort) swap(old, item);
    else {
      old?.remove();
      const next = [...list.querySelectorAll(":scope > [data-sort]")].find((one) => one.dataset.sort > item.dataset.sort);
      if (next) next.before(item);
      else if (list.querySelector(":scope > a[data-newer]")) list.querySelector(":scope > a[data-newer]").before(item);
      else list.append(item);
      window.htmx.process(item);
    }
  }
}

function swap(old, item) {
  if ([...old.querySelectorAll("audio, video")].some((one) => !one.paused)) return;
  const selection = getSelection();
  if (!selection.isCollapsed && selection.containsNode(old, true)) {
    old.querySelector("[data-foot]")?.replaceWith(item.querySelector("[data-foot]"));
    return; // Its version stays the old one: it is swapped once nothing in it is selected.
  }
  const focused = focusable(old).indexOf(document.activeElement);
  const isFocused = old === document.activeElement;
  old.replaceWith(item);
  window.htmx.process(item);
  if (isFocused) item.focus({ preventScroll: true });
  else if (focused >= 0) focusable(item)[focused]?.focus({ preventScroll: true });
}

function focusable(element) {
  return [...element.querySelectorAll("a[href], button, audio, video, summary, input:not([type=hidden])")];
}

// The first message in sight stays where it is on the screen.
function keepingPlace(list, change) {
  const top = list.getBoundingClientRect().top;
  const anchor = [...list.querySelectorAll("[data-item]")].find((item) => item.getBoundingClientRect().bottom > top);
  const before = anchor?.getBoundingClientRect().top;
  const id = anchor?.id;
  change();
  const after = anchor?.isConnected ? anchor : document.getElementById(id);
  if (after) list.scrollTop += after.getBoundingClientRect().top - before;
}

// What was sent stands there at once; the message itself takes its place, for it has the same id.
function ghost({ key, text }) {
  const pane = document.querySelector("[data-thread]");
  const list = pane?.querySelector("#thread-scroll");
  if (!list) return;
  if (list.querySelector("a[data-newer]")) return begin(pane);
  const made = pane.querySelector("template[data-ghost]").content.cloneNode(true).firstElementChild;
  made.id = `m-${key}`;
  made.querySelector("[data-ghost-text]").textContent = text;
  list.querySelector("[data-unread]")?.remove();
  list.append(made);
  list.scrollTop = list.scrollHeight;
}
