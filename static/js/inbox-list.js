// Puts the list as it is now among the rows that are there: what did not change stays, with focus and place.
const inbox = document.getElementById("inbox");
const scroll = document.getElementById("inbox-scroll");
const pill = document.getElementById("inbox-pill");
let arrived = 0;
let isAsking = false;
let isStale = false;

document.body.addEventListener("list-changed", refresh);
document.addEventListener("rows-came", ({ detail }) => keepingPlace(() => renew(detail)));
pill.addEventListener("click", () => {
  scroll.scrollTo({ top: 0 });
  hidePill();
});
scroll.addEventListener("scroll", () => { if (scroll.scrollTop < 8) hidePill(); }, { passive: true });

async function refresh() {
  if (isAsking) { isStale = true; return; }
  isAsking = true;
  const query = document.getElementById("inbox-results").dataset.query;
  try {
    const answer = await fetch(`${inbox.dataset.list}?${query}&fresh=1`, { headers: { "HX-Request": "true", "HX-Current-URL": location.href } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // Another list was chosen meanwhile.
    if (document.getElementById("inbox-results").dataset.query === query) put(page);
  } finally {
    isAsking = false;
    if (isStale) { isStale = false; refresh(); }
  }
}

function put(page) {
  for (const count of page.querySelectorAll("#inbox-tabs [data-count]")) {
    const tab = document.getElementById(count.parentElement.id)?.querySelector("[data-count]");
    if (tab) { tab.textContent = count.textContent; tab.className = count.className; }
  }
  const list = document.getElementById("conversation-list");
  const fresh = page.getElementById("conversation-list");
  if (!list || !fresh) {
    document.getElementById("inbox-results").replaceWith(document.adoptNode(page.getElementById("inbox-results")));
    htmx.process(document.getElementById("inbox-results"));
    return;
  }
  keepingPlace(() => merge(list, fresh));
}

function merge(list, fresh) {
  const rows = [...fresh.querySelectorAll(":scope > .inbox-item")];
  const known = new Map([...list.querySelectorAll(":scope > .inbox-item")].map((row) => [row.id, row]));
  const more = fresh.querySelector(":scope > .inbox-more");
  const isAfter = comparison(rows);
  const last = rows.at(-1);
  const isNew = (row) => !known.has(row.id);
  const formerFirst = known.values().next().value;
  for (const [id, row] of known) {
    const isListed = rows.some((one) => one.id === id);
    if (!isListed && (!more || !isAfter(row, last))) row.remove();
  }
  let place = null;
  for (const row of rows) {
    const here = known.get(row.id);
    const put = here ? updated(here, row) : document.adoptNode(row);
    if (isNew(row)) put.classList.add("inbox-item-new");
    const next = place ? place.nextElementSibling : list.firstElementChild;
    if (next !== put) moved(list, put, next);
    if (!here) htmx.process(put);
    place = put;
  }
  const rest = list.querySelector(":scope > .inbox-more");
  if (!more) rest?.remove();
  else if (!rest) { list.append(document.adoptNode(more)); htmx.process(list.lastElementChild); }
  if (scroll.scrollTop > 40 && formerFirst) count(rows, formerFirst.id, isNew);
}

// Rows that are somewhere in the list, as they are now; those of `chosen` that are not among them have left it.
function renew({ chosen, rows }) {
  const list = document.getElementById("conversation-list");
  if (!list) return;
  const isAfter = comparison(rows);
  for (const id of chosen.map((one) => `c-${one}`)) {
    const here = document.getElementById(id);
    const fresh = rows.find((row) => row.id === id);
    if (here && fresh) updated(here, fresh);
    else if (here) leave(here);
    else if (fresh) comeBack(list, document.adoptNode(fresh), isAfter);
  }
}

function leave(row) {
  if (row.contains(document.activeElement)) (row.nextElementSibling ?? row.previousElementSibling)?.querySelector("a")?.focus({ preventScroll: true });
  row.remove();
}

function comeBack(list, row, isAfter) {
  const next = [...list.children].find((one) => one.matches(".inbox-item") && isAfter(one, row));
  if (!next && list.querySelector(":scope > .inbox-more")) return;
  list.insertBefore(row, next ?? null);
  htmx.process(row);
}

// The longest waiting are first in one list, the newest in all others.
function comparison(rows) {
  const isAscending = document.getElementById("inbox-results").dataset.view === "waiting";
  return (row, last) => !last || (isAscending ? Number(row.dataset.order) > Number(last.dataset.order) : Number(row.dataset.order) < Number(last.dataset.order));
}

function updated(here, row) {
  const link = here.querySelector(".inbox-row");
  const isCurrent = link.getAttribute("aria-current");
  Object.assign(here.dataset, row.dataset);
  const fresh = row.querySelector(".inbox-row");
  if (link.innerHTML !== fresh.innerHTML) link.innerHTML = fresh.innerHTML;
  link.className = fresh.className;
  if (isCurrent) link.setAttribute("aria-current", "true");
  return here;
}

// An element that is moved loses the focus.
function moved(list, row, next) {
  const focused = row.contains(document.activeElement) ? document.activeElement : null;
  list.insertBefore(row, next);
  focused?.focus({ preventScroll: true });
}

function keepingPlace(change) {
  const top = scroll.getBoundingClientRect().top;
  const anchor = scroll.scrollTop > 0 ? [...scroll.querySelectorAll(".inbox-item")].find((row) => row.getBoundingClientRect().bottom > top) : null;
  const before = anchor?.getBoundingClientRect().top;
  change();
  if (anchor?.isConnected) scroll.scrollTop += anchor.getBoundingClientRect().top - before;
}

function count(rows, formerFirst, isNew) {
  const above = rows.findIndex((row) => row.id === formerFirst);
  arrived += above > 0 ? above : rows.filter(isNew).length;
  if (!arrived) return;
  pill.querySelector("span").textContent = `${arrived} new`;
  pill.hidden = false;
}

function hidePill() {
  arrived = 0;
  pill.hidden = true;
}
