// What was begun is never lost: it is kept on this machine for this member, a reply and a private note each by itself, so
// that the one never becomes the other. What could not be sent comes back here. When it goes, static/js/signing-out.js says.
const PREFIX = "draft:";
const entries = new Map(); // Where there is no storage, drafts last as long as the page.

document.addEventListener("input", ({ target }) => target.matches?.("[data-composer] textarea") && keep(target));
document.addEventListener("change", ({ target }) => target.name === "kind" && target.form?.matches("[data-reply-form]") && swap(target.form));
document.addEventListener("reset", ({ target }) => {
  for (const field of target.querySelectorAll("[data-composer] textarea")) write(nameOf(field), null);
});
document.addEventListener("composer-begun", fill);
document.addEventListener("composer-back", ({ detail }) => comeBack(detail));
addEventListener("storage", mirror);

function nameOf(field, kind = kindOf(field)) {
  const { member } = field.closest("[data-composer]").dataset;
  return nameFor({ member, conversation: field.closest("[data-thread]")?.dataset.thread ?? "", kind });
}

function nameFor({ member, conversation, kind }) {
  return `${PREFIX}${member}:${conversation}:${kind}`;
}

function kindOf(field) {
  return field.dataset.draft ?? field.form.elements.kind.value;
}

function keep(field) {
  const { quoted, suggestion } = field.form.elements;
  const strip = field.form.querySelector("[data-quote-strip]:not([hidden]) > p");
  const answers = quoted?.value && strip ? { quoted: quoted.value, quote: [...strip.children].map((one) => one.textContent) } : {};
  write(nameOf(field), field.value.trim() ? { text: field.value, suggestion: suggestion?.value, ...answers, at: Date.now() } : null);
}

// Into the empty fields of a composer that is new here. What was begun last decides between reply and note.
function fill() {
  const pane = document.querySelector("[data-composer]");
  for (const field of pane.querySelectorAll("textarea")) {
    if (field.value) continue;
    if (!field.dataset.draft) {
      const newest = ["reply", "note"].sort((one, other) => at(field, other) - at(field, one))[0];
      field.form.elements.kind.value = newest;
    }
    put(field, read(nameOf(field)));
  }
  const kept = pane.querySelector("[data-kept]");
  if (kept) kept.hidden = !read(nameFor({ member: pane.dataset.member, conversation: pane.closest("[data-thread]").dataset.thread, kind: "reply" }));
}

function at(field, kind) {
  return read(nameOf(field, kind))?.at ?? 0;
}

function swap(form) {
  put(form.elements.text, read(nameOf(form.elements.text)));
  keep(form.elements.text); // It is what one is at now.
}

function put(field, draft) {
  field.value = draft?.text ?? "";
  const strip = field.form.querySelector("[data-quote-strip]");
  if (!strip) return;
  field.form.elements.suggestion.value = draft?.suggestion ?? "";
  field.form.elements.quoted.value = draft?.quoted ?? "";
  strip.hidden = !draft?.quoted;
  for (const [place, part] of [...strip.querySelectorAll("p > *")].entries()) part.textContent = draft?.quote?.[place] ?? "";
}

// Before what was written since.
function comeBack({ member, conversation, kind, text }) {
  const name = nameFor({ member, conversation, kind });
  const whole = [text, read(name)?.text].filter(Boolean).join("\n\n");
  if (!whole) return;
  write(name, { text: whole, at: Date.now() });
  const field = document.querySelector("[data-text]");
  if (field && name === nameOf(field)) put(field, read(name));
  else if (field && !field.value && name.startsWith(nameOf(field, ""))) {
    const tab = [...field.form.elements.kind].find((one) => one.value === kind);
    tab.checked = true;
    tab.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

// The same conversation in another tab.
function mirror({ key, oldValue, newValue }) {
  entries.delete(key);
  const field = document.querySelector("[data-text]");
  if (field && key === nameOf(field) && field.value === (parsed(oldValue)?.text ?? "")) put(field, parsed(newValue));
}

function read(name) {
  if (entries.has(name)) return entries.get(name);
  try {
    return parsed(localStorage.getItem(name));
  } catch {
    return null;
  }
}

function write(name, draft) {
  entries.set(name, draft);
  try {
    if (draft) localStorage.setItem(name, JSON.stringify(draft));
    else localStorage.removeItem(name);
  } catch {
    // None here, or none left.
  }
}

function parsed(value) {
  try {
    return JSON.parse(value);
  } catch {
    return null;
  }
}
