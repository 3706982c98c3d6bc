// Rows that are selected, and what is done with them at once. A row that moves keeps its tick, one that leaves the list
// loses it, and another list begins with none.
const pane = document.getElementById("inbox-list");
const bar = document.getElementById("inbox-selection");
const begins = pane.querySelector("[data-selecting]");
const all = bar.querySelector("[data-select-all]");
const most = Number(bar.dataset.most);
const selected = new Set();
let query = results().dataset.query;
let anchor = ""; // The row at which a range begins.
let isChoosing = false; // "Select" was pressed: whoever follows a row selects it.
let last = Promise.resolve(); // What was asked before is done first.

pane.dataset.selects = "";
begins.hidden = false;
new MutationObserver(show).observe(document.getElementById("inbox-scroll"), { childList: true, subtree: true });

pane.addEventListener("click", (event) => {
  const row = isChoosing && event.target.closest(".inbox-row");
  if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  pick(row.parentElement);
}, { capture: true });
pane.addEventListener("click", (event) => {
  const target = event.target;
  if (target.matches("[data-select]")) {
    const row = target.closest(".inbox-item");
    pick(row, { isRange: event.shiftKey });
    if (event.detail) row.querySelector("[data-row]").focus({ preventScroll: true }); // From there the keys lead on.
  } else if (target === all) pickAll();
  else if (target.closest("[data-select-none]")) none();
  else if (target.closest("[data-selecting]")) isChoosing ? none() : choose();
  else if (target.closest("[data-post]")) act(target.closest("[data-post]"));
});
document.getElementById("toasts").addEventListener("submit", (event) => {
  if (!event.target.action.includes("/selected/")) return;
  event.preventDefault();
  event.target.closest("[data-toast]").remove();
  post(event.target.action, new FormData());
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || bar.hidden) return;
  if (document.querySelector("dialog[open], [popover]:popover-open")) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
  none();
  event.preventDefault();
});
document.addEventListener("shortcut", (event) => {
  const row = document.activeElement.closest(".inbox-item") ?? pane.querySelector(".inbox-item:has(> [aria-current])");
  const button = bar.querySelector(`[data-does="${CSS.escape(event.detail)}"]`);
  if (row && event.detail === "select") pick(row);
  else if (row && event.detail === "select-range") pick(row, { isRange: true });
  else if (button && (selected.size || (row && event.detail !== "mark-unread"))) press(button, row);
  else return;
  event.preventDefault();
});
show();

function results() {
  return document.getElementById("inbox-results");
}

function items() {
  return [...pane.querySelectorAll(".inbox-item")];
}

// As the row becomes, so do all between it and the one before it that was picked.
function pick(row, { isRange = false } = {}) {
  const rows = items();
  const ends = [rows.indexOf(row), rows.findIndex((one) => one.id === anchor)];
  const isFar = isRange && ends[1] >= 0;
  const on = isFar ? selected.has(anchor) : !selected.has(row.id);
  for (const one of isFar ? rows.slice(Math.min(...ends), Math.max(...ends) + 1) : [row]) put(one, on);
  anchor = row.id;
  show();
}

function put(row, on) {
  if (!on) selected.delete(row.id);
  else if (selected.size < most) selected.add(row.id);
}

function pickAll() {
  for (const row of items()) put(row, all.checked);
  isChoosing ||= !all.checked; // The bar stays under the mouse.
  show();
}

function choose() {
  isChoosing = true;
  show();
}

function none() {
  selected.clear();
  anchor = "";
  isChoosing = false;
  show();
}

function show() {
  if (query !== results().dataset.query) selected.clear();
  query = results().dataset.query;
  const rows = items();
  const here = new Set(rows.map((row) => row.id));
  for (const id of selected) if (!here.has(id)) selected.delete(id);
  const isOn = isChoosing || selected.size > 0;
  for (const row of rows) {
    const box = row.querySelector("[data-select]");
    box.checked = selected.has(row.id);
    box.tabIndex = isOn ? 0 : -1; // Not one more step for each row, for whoever only walks through them.
  }
  pane.dataset.selects = isOn ? "on" : "";
  bar.hidden = !isOn;
  begins.setAttribute("aria-pressed", String(isChoosing));
  all.checked = selected.size > 0 && selected.size === Math.min(rows.length, most);
  all.indeterminate = selected.size > 0 && !all.checked;
  bar.querySelector("[data-count]").textContent = selected.size === most ? `${most}, the most` : `${selected.size} selected`;
  document.getElementById("inbox-selected").textContent = isOn ? `${selected.size} selected` : "";
  showActions(rows.filter((row) => selected.has(row.id)));
}

function showActions(rows) {
  for (const button of bar.querySelectorAll("[data-does]")) {
    button.disabled = !rows.length || (button.dataset.does === "dismiss" && !rows.some((row) => row.dataset.failed));
  }
  for (const button of bar.querySelectorAll("[name=label]")) {
    const having = rows.filter((row) => row.dataset.labels.split(" ").includes(button.value)).length;
    button.setAttribute("aria-pressed", having === 0 ? "false" : having === rows.length ? "true" : "mixed");
  }
}

// A key does to the row with the focus what it does to those that are selected.
function press(button, row) {
  const isAlone = !selected.size;
  if (isAlone) pick(row);
  if (isAlone && button.disabled) return none();
  button.click();
  const menu = document.getElementById(button.getAttribute("popovertarget"));
  menu?.querySelector(".menu-item")?.focus();
}

function act(button) {
  const body = new FormData();
  body.set(button.name, button.value);
  if (button.name === "label") body.set("on", button.getAttribute("aria-pressed") === "true" ? "0" : "1");
  for (const id of selected) body.append("conversations", id.slice(2));
  button.closest("[popover]")?.hidePopover();
  // What is open would be marked as read again.
  if (button.dataset.does === "mark-unread" && selected.has(`c-${openNow()}`)) document.querySelector("#opened-head [data-step-to=list]").click();
  post(button.dataset.post, body);
}

function post(url, body) {
  last = last.then(() => send(url, body));
}

async function send(url, body) {
  body.set("csrfmiddlewaretoken", bar.querySelector("[name=csrfmiddlewaretoken]").value);
  try {
    const answer = await fetch(`${url}?${results().dataset.query}`, { method: "POST", body, headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    take(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    document.getElementById("toasts").append(bar.querySelector("[data-selection-lost]").content.cloneNode(true));
  }
}

function take(page) {
  const list = page.querySelector("[data-chosen]");
  const chosen = list.dataset.chosen.split(" ").filter(Boolean);
  document.dispatchEvent(new CustomEvent("rows-came", { detail: { chosen, rows: [...list.querySelectorAll(".inbox-item")] } }));
  document.getElementById("toasts").append(...page.querySelectorAll("[data-toast]"));
  const changed = chosen.includes(openNow()) ? ["person-changed", "thread-changed"] : [];
  for (const name of ["list-changed", ...changed]) document.body.dispatchEvent(new Event(name, { bubbles: true }));
  show();
}

function openNow() {
  return document.getElementById("opened-state")?.dataset.conversation ?? "";
}
