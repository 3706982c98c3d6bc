// `/` in a reply opens the saved ones: typing narrows them down, arrows choose, Enter or Tab takes, Esc leaves.
const ASKED = /(?:^|\s)\/([^\s/]*)$/;
let saved = null;
let chosen = 0;

document.addEventListener("input", (event) => event.target.matches("[data-text]") && look(event.target));
document.addEventListener("keydown", pressed, true);
document.addEventListener("click", (event) => {
  const opens = event.target.closest("[data-canned-open]");
  const field = document.querySelector("[data-text]");
  if (opens && field && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    field.focus();
    insert(field, ASKED.test(before(field)) ? "" : /(^|\s)$/.test(before(field)) ? "/" : " /");
    look(field);
  } else if (!event.target.closest("[data-canned]")) close();
});
document.addEventListener("pointerdown", (event) => {
  const option = event.target.closest("[data-canned] [role=option]");
  if (!option) return;
  event.preventDefault(); // The field keeps the focus.
  take(Number(option.dataset.index));
});

const list = () => document.querySelector("[data-canned]");
const before = (field) => field.value.slice(0, field.selectionStart);

async function look(field) {
  const asked = ASKED.exec(before(field));
  if (!asked || field.form.elements.kind.value === "note") return close();
  try {
    saved ??= await (await fetch(field.closest("[data-composer]").dataset.replies)).json();
  } catch {
    return close();
  }
  if (!ASKED.test(before(field))) return close();
  const word = ASKED.exec(before(field))[1].toLowerCase();
  const begins = ({ shortcut }) => shortcut.toLowerCase().startsWith(word);
  const holds = (one) => !begins(one) && `${one.shortcut} ${one.text}`.toLowerCase().includes(word);
  show(field, [...saved.filter(begins), ...saved.filter(holds)]);
}

function show(field, found) {
  const box = list();
  box.replaceChildren(...found.slice(0, 8).map((one, index) => option(one, index)));
  box.hidden = !found.length;
  if (found.length) choose(0);
  else close();
}

function option(one, index) {
  const item = document.createElement("li");
  item.id = `canned-${index}`;
  item.role = "option";
  item.dataset.index = index;
  item.dataset.text = one.text;
  const name = document.createElement("code");
  name.textContent = `/${one.shortcut}`;
  const words = document.createElement("span");
  words.textContent = one.text;
  item.append(name, words);
  return item;
}

function choose(index) {
  const options = [...list().children];
  chosen = (index + options.length) % options.length;
  for (const [at, one] of options.entries()) one.setAttribute("aria-selected", String(at === chosen));
  options[chosen].scrollIntoView({ block: "nearest" });
  document.querySelector("[data-text]").setAttribute("aria-activedescendant", options[chosen].id);
}

function pressed(event) {
  if (!event.target.matches?.("[data-text]") || !list() || list().hidden || event.isComposing) return;
  if (event.key === "ArrowDown") choose(chosen + 1);
  else if (event.key === "ArrowUp") choose(chosen - 1);
  else if (event.key === "Enter" || event.key === "Tab") take(chosen);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

// In place of the slash and what was typed behind it.
function take(index) {
  const field = document.querySelector("[data-text]");
  const text = list().children[index].dataset.text;
  const typed = ASKED.exec(before(field))?.[1].length ?? 0;
  field.setSelectionRange(field.selectionStart - typed - 1, field.selectionStart);
  insert(field, text);
  close();
}

function insert(field, text) {
  if (!text || document.execCommand("insertText", false, text)) return;
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function close() {
  const box = list();
  if (!box || box.hidden) return;
  box.hidden = true;
  document.querySelector("[data-text]")?.removeAttribute("aria-activedescendant");
}
