// Single keys: `g x` goes to a page of the navigation, j and k walk through rows, / searches, ? lists all of this.
const SECOND_KEY_WITHIN = 1500; // ms
let afterG = -Infinity;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog[open]")) return;
  const isSecond = event.timeStamp - afterG < SECOND_KEY_WITHIN;
  afterG = -Infinity;
  if (isSecond && go(event.key)) event.preventDefault();
  else if (event.key === "g") afterG = event.timeStamp;
  else if (event.key === "?" && open("keyboard")) event.preventDefault();
  else if (event.key === "/" && search()) event.preventDefault();
  else if (event.key === "j" && step(1)) event.preventDefault();
  else if (event.key === "k" && step(-1)) event.preventDefault();
});

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

// Rows are links or buttons marked data-row; Enter follows the one with the focus.
function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return false;
  const at = rows.indexOf(document.activeElement.closest("[data-row]"));
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1);
  rows[next].focus();
  return true;
}
