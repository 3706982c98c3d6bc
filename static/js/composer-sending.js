// Replies go one after the other, in the order in which they were written. The field is free at once; what could not be
// sent comes back into it.
const SAYS_TYPING_EVERY = 3000; // ms
const queue = [];
let isSending = false;
let saidAt = -Infinity;

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-reply-form]");
  if (!form) return;
  event.preventDefault();
  const isEmpty = !form.elements.text.value.trim() && !form.elements.file.files.length;
  if (isEmpty) form.elements.text.focus();
  else take(form);
});
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-text]")) sayTyping(event.target);
});
addEventListener("beforeunload", (event) => {
  if (queue.length) event.preventDefault();
});

function take(form) {
  const data = new FormData(form);
  const one = { action: form.action, data, key: data.get("key"), text: data.get("text"), isNote: data.get("kind") === "note" };
  queue.push(one);
  const file = form.elements.file.files[0];
  if (!one.isNote) tell("composer-sent", { key: one.key, text: [file?.name, one.text].filter(Boolean).join("\n") });
  clear(form);
  work();
}

function clear(form) {
  form.elements.text.value = "";
  form.elements.text.dispatchEvent(new Event("input", { bubbles: true }));
  form.elements.key.value = crypto.randomUUID?.() ?? "";
  form.elements.suggestion.value = form.elements.quoted.value = form.elements.file.value = "";
  for (const strip of form.querySelectorAll("[data-quote-strip], [data-file-strip]")) strip.hidden = true;
  form.elements.text.focus();
}

async function work() {
  if (isSending) return;
  isSending = true;
  while (queue.length) {
    if (await send(queue[0])) queue.shift();
    else giveBack(queue.splice(0));
  }
  isSending = false;
}

// Whether it was taken. The server says why it was not, in a toast.
async function send(one) {
  try {
    const response = await fetch(one.action, { method: "POST", body: one.data, headers: { "HX-Request": "true" } });
    if (response.status === 204) {
      for (const name of ["thread-changed", "list-changed", "person-changed"]) document.body.dispatchEvent(new Event(name, { bubbles: true }));
      return true;
    }
    const said = new DOMParser().parseFromString(await response.text(), "text/html").querySelectorAll("[data-toast]");
    show(response.ok && said.length ? said : lost());
  } catch {
    show(lost());
  }
  return false;
}

function lost() {
  return document.querySelector("template[data-lost]")?.content.cloneNode(true).children ?? [];
}

function show(toasts) {
  document.getElementById("toasts").append(...toasts);
}

// Into the field, if it is still that conversation's; else to its draft.
function giveBack(unsent) {
  for (const { key } of unsent) tell("composer-failed", { key });
  const text = unsent.map((one) => one.text).filter(Boolean).join("\n\n");
  const form = document.querySelector("[data-reply-form]");
  if (form?.action === unsent[0].action) {
    const field = form.elements.text;
    field.value = [text, field.value].filter(Boolean).join("\n\n");
    form.elements.key.value = unsent[0].key; // Should it have been taken after all, it is not sent twice.
    const file = unsent[0].data.get("file");
    if (file?.name) {
      const files = new DataTransfer();
      files.items.add(file);
      form.elements.file.files = files.files;
      form.elements.file.dispatchEvent(new Event("change", { bubbles: true }));
    }
    field.dispatchEvent(new Event("input", { bubbles: true }));
  } else {
    try {
      sessionStorage.setItem(`draft:${new URL(unsent[0].action).pathname}`, text);
    } catch {
      // No storage here.
    }
  }
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
