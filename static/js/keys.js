// Single keys: `g x` goes to a page of the navigation; what the others do, the list that `?` opens says. What keys.js does
// not do itself, the page is told as a "shortcut": who does it prevents its default.
const SECOND_KEY_WITHIN = 1500; // ms
const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable], dialog[open]";
const OWN = { keys: () => open("keyboard"), search, "next-row": () => step(1), "previous-row": () => step(-1) };
let afterG = -Infinity;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest(TYPING)) return;
  const isSecond = event.timeStamp - afterG < SECOND_KEY_WITHIN;
  afterG = -Infinity;
  if (isSecond && go(event.key)) event.preventDefault();
  else if (event.key === "g") afterG = event.timeStamp;
  else if (press(event.key)) event.preventDefault();
});

function press(key) {
  const name = document.querySelector(`#keyboard [data-shortcut="${CSS.escape(key)}"]`)?.dataset.name;
  if (!name || document.querySelector("[popover]:popover-open")) return false;
  if (name in OWN) return OWN[name]();
  return !document.dispatchEvent(new CustomEvent("shortcut", { detail: name, cancelable: true }));
}

function go(key) {
  const link = document.querySelector(`a[data-key="${CSS.escape(key)}"]`);
  link?.click();
  return Boolean(link);
}

function open(id) {
  const dialog = document.getElementById(id);
  dialog?.showModal();
  return Boolean(dialog);
}

function search() {
  const input = document.querySelector("[data-search]");
  input?.focus();
  input?.select();
  return Boolean(input);
}

// Rows are links or buttons marked data-row; Enter follows the one with the focus. One begins at the row that is open.
function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return false;
  const focused = document.activeElement.closest("[data-row]") ?? document.activeElement.closest("li")?.querySelector("[data-row]");
  const at = rows.indexOf(focused ?? document.querySelector("[data-row][aria-current]"));
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1);
  rows[next].focus();
  return true;
}
