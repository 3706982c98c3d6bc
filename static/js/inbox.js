// The inbox's steps: list, thread, person. On a phone one is seen at a time; the address always says what is open.
const inbox = document.getElementById("inbox");
const opened = document.getElementById("opened");
const CLOSED = "inbox-person";
const isPhone = matchMedia("(width < 48rem)");
const isWide = matchMedia("(width >= 80rem)");

if (localStorage.getItem(CLOSED) === "closed") inbox.dataset.person = "closed";
mark();

document.addEventListener("click", (event) => {
  const step = event.target.closest("[data-step-to]");
  const toggle = event.target.closest("[data-person-toggle]");
  if (toggle && isWide.matches) return togglePerson();
  if (!step || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (step.dataset.stepTo === "list") leave();
  else go(inbox.dataset.step === step.dataset.stepTo ? "thread" : step.dataset.stepTo);
});

// With Ctrl, Cmd or Shift a link opens elsewhere, as everywhere: HTMX would open it here.
document.addEventListener("click", (event) => {
  const opensElsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
  if (opensElsewhere && event.target.closest("a[hx-get]")) event.stopImmediatePropagation();
}, { capture: true });

// A row was followed.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target !== opened) return;
  const state = document.getElementById("opened-state");
  document.title = state?.dataset.title ?? document.title;
  mark()?.classList.remove("inbox-row-unread");
  mark()?.querySelector(".inbox-row-unread-count")?.remove();
  go("thread");
});
document.addEventListener("htmx:afterSettle", () => mark());
// It is not there any more: neither is its row.
document.addEventListener("htmx:responseError", () => document.body.dispatchEvent(new Event("list-changed")));

// Back and forward between conversations of the same list take nothing away from it.
let listed = listOf(location);
addEventListener("popstate", (event) => {
  if (listOf(location) !== listed || !location.pathname.startsWith(inbox.dataset.home)) return;
  event.stopImmediatePropagation();
  if (location.pathname === inbox.dataset.home) clear();
  else htmx.ajax("GET", location.pathname + location.search, { target: "#opened", swap: "innerHTML" });
}, { capture: true });
for (const name of ["htmx:pushedIntoHistory", "htmx:replacedInHistory"]) {
  document.addEventListener(name, () => { listed = listOf(location); });
}

// The filters' form says which list it is about, and after another list was chosen, that one.
document.addEventListener("htmx:afterSwap", () => {
  const results = document.getElementById("inbox-results");
  document.getElementById("inbox-view").value = results.dataset.view;
});

document.addEventListener("keydown", (event) => {
  const search = document.getElementById("inbox-q");
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open], [popover]:popover-open")) return;
  if (event.key === "Escape") {
    if (document.activeElement === search) return clearSearch(search);
    if (event.target.closest("input, textarea, select")) return event.target.blur();
    if (inbox.dataset.step === "person") return go("thread");
    if (inbox.dataset.step === "thread" && isPhone.matches) return leave();
    if (search.value) return clearSearch(search);
  }
});

document.addEventListener("shortcut", (event) => {
  if (event.detail === "mark-unread" && !event.defaultPrevented && unread()) event.preventDefault();
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-unread]")) return;
  event.preventDefault();
  unread();
});

// A part of the right pane whose form is under way is that form's to renew: swapped meanwhile, its answer would have
// nowhere to go.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (event.target.closest("#person") && event.target.querySelector(".htmx-request")) event.detail.shouldSwap = false;
});

// A form that says when it begins anew: the server answers with that event.
document.addEventListener("note-kept", () => document.querySelector("[data-resets=note-kept]")?.reset());

function go(step) {
  inbox.dataset.step = step;
}

function leave() {
  const query = listOf(location);
  history.pushState({ htmx: true }, "", inbox.dataset.home + (query && `?${query}`));
  clear();
}

function clear() {
  const row = document.querySelector("[data-row][aria-current]");
  opened.replaceChildren(document.getElementById("nothing-open").content.cloneNode(true));
  go("list");
  mark();
  row?.focus({ preventScroll: true });
}

// The row of the conversation that is open; it alone is marked.
function mark() {
  const id = document.getElementById("opened-state")?.dataset.conversation;
  for (const row of document.querySelectorAll(".inbox-row[aria-current]")) row.removeAttribute("aria-current");
  const current = id && document.querySelector(`#c-${CSS.escape(id)} > .inbox-row`);
  if (current) current.setAttribute("aria-current", "true");
  return current || null;
}

function togglePerson() {
  const isClosed = inbox.dataset.person !== "closed";
  inbox.dataset.person = isClosed ? "closed" : "open";
  localStorage.setItem(CLOSED, inbox.dataset.person);
}

function clearSearch(search) {
  if (!search.value) return search.blur();
  search.value = "";
  search.dispatchEvent(new Event("search", { bubbles: true }));
}

function unread() {
  const row = document.activeElement.closest("[data-row]") ?? document.querySelector("[data-row][aria-current]");
  const id = row?.closest("[id^='c-']")?.id.slice(2) ?? document.getElementById("opened-state")?.dataset.conversation;
  if (!id) return false;
  if (id === document.getElementById("opened-state")?.dataset.conversation) leave();
  htmx.ajax("POST", `${inbox.dataset.home}${id}/unread/`, { swap: "none" });
  return true;
}

// The part of the address that chooses the list.
function listOf(address) {
  const query = new URLSearchParams(address.search);
  query.delete("message");
  query.delete("cursor");
  return query.toString();
}
