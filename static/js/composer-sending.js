// Replies go one after the other, in the order in which they were written. The field is free at once. What may not have
// arrived is sent again, under the same key, so that it arrives once; what was refused comes back into the field.
const SAYS_TYPING_EVERY = 3000; // ms
const PAUSES = [1000, 2000, 5000, 10_000, 30_000]; // ms between two tries
const MOST_ERRORS = 8; // answers of a server that is not itself, after which what was written comes back
const LONGEST = { words: 30_000, file: 300_000 }; // ms
const NOT_NOW = [408, 425, 429];
const queue = [];
let isSending = false;
let saidAt = -Infinity;

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-reply-form]");
  if (!form) return;
  event.preventDefault();
  const isEmpty = !form.elements.text.value.trim() && !filesOf(form).length;
  if (isEmpty) form.elements.text.focus();
  else take(form);
});
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-text]")) sayTyping(event.target);
});
addEventListener("beforeunload", (event) => {
  if (queue.length) event.preventDefault();
});
addEventListener("pagehide", () => queue.splice(0).forEach(comeBack));

// A note has none: those that were chosen are the reply's.
function filesOf(form) {
  return form.elements.kind.value === "note" ? [] : form.elements.file.files;
}

function take(form) {
  const [file, ...more] = filesOf(form);
  line(form, file);
  const { text, key, quoted, suggestion } = form.elements;
  for (const one of more) {
    // The words are the first one's caption.
    text.value = quoted.value = suggestion.value = "";
    key.value = newKey();
    line(form, one);
  }
  clear(form);
  work();
}

// One message in the queue, and at the end of the thread.
function line(form, file) {
  const data = new FormData(form);
  data.delete("file");
  if (file) data.set("file", file);
  if (!data.get("key")) data.set("key", newKey());
  const [text, kind, key] = ["text", "kind", "key"].map((name) => data.get(name));
  const { member } = form.closest("[data-composer]").dataset;
  queue.push({ action: form.action, data, key, text, kind, file, member, conversation: form.closest("[data-thread]").dataset.thread });
  if (kind !== "note") tell("composer-sent", { key, text: [file?.name, text].filter(Boolean).join("\n") });
}

function clear(form) {
  form.elements.text.value = "";
  form.elements.text.dispatchEvent(new Event("input", { bubbles: true }));
  form.elements.key.value = newKey();
  form.elements.text.focus();
  if (form.elements.kind.value === "note") return;
  form.elements.suggestion.value = form.elements.quoted.value = form.elements.file.value = "";
  form.querySelector("[data-quote-strip]").hidden = true;
  form.elements.file.dispatchEvent(new Event("change", { bubbles: true }));
}

// Also where the page came over plain HTTP, which has no crypto.randomUUID.
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

async function work() {
  if (isSending) return;
  isSending = true;
  let tries = 0;
  let errors = 0;
  while (queue.length) {
    const became = await send(queue[0]);
    if (became === "error") errors += 1;
    if (became === "taken") queue.shift();
    else if (became === "refused" || errors > MOST_ERRORS) giveBack(queue.splice(0));
    else {
      sayThatItWaits(true);
      await pause(PAUSES[Math.min(tries, PAUSES.length - 1)]);
      tries += 1;
      continue;
    }
    tries = errors = 0;
    sayThatItWaits(false);
  }
  isSending = false;
}

function sayThatItWaits(waits) {
  const said = document.querySelector("[data-waits]");
  if (said) said.hidden = !waits;
}

// Until then, or until there is a network again.
function pause(wait) {
  return new Promise((resolve) => {
    setTimeout(resolve, wait);
    addEventListener("online", resolve, { once: true });
  });
}

// What became of it: taken; refused, and the server says why in a toast; lost, or an error: nobody knows.
async function send(one) {
  const signal = AbortSignal.timeout(one.file ? LONGEST.file : LONGEST.words);
  try {
    const response = await fetch(one.action, { method: "POST", body: one.data, headers: { "HX-Request": "true" }, signal });
    if (response.status === 204) {
      for (const name of ["thread-changed", "list-changed", "person-changed"]) document.body.dispatchEvent(new Event(name, { bubbles: true }));
      return "taken";
    }
    if (response.status >= 500 || NOT_NOW.includes(response.status)) return "error";
    const said = new DOMParser().parseFromString(await response.text(), "text/html").querySelectorAll("[data-toast]");
    show(response.ok && said.length ? said : unexplained());
    return "refused";
  } catch {
    return "lost";
  }
}

function unexplained() {
  return document.querySelector("template[data-lost]")?.content.cloneNode(true).children ?? [];
}

function show(toasts) {
  document.getElementById("toasts").append(...toasts);
}

function giveBack(unsent) {
  if (!unsent.length) return;
  for (const { key } of unsent) tell("composer-failed", { key });
  for (const one of unsent.toReversed()) comeBack(one);
}

function comeBack({ member, conversation, kind, text, file }) {
  tell("composer-back", { member, conversation, kind, text, file });
}

function sayTyping(field) {
  const pane = field.closest("[data-composer]");
  const isNote = field.form.elements.kind.value === "note";
  const has = field.value.trim() !== "" && !isNote;
  if (has && performance.now() - saidAt < SAYS_TYPING_EVERY) return;
  if (!has && saidAt === -Infinity) return;
  saidAt = has ? performance.now() : -Infinity;
  const body = new FormData();
  body.set("csrfmiddlewaretoken", field.form.elements.csrfmiddlewaretoken.value);
  if (!has) body.set("stopped", "yes");
  fetch(pane.dataset.typing, { method: "POST", body }).catch(() => {});
}

function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}
