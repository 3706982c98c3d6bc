// The composer around its sending: reply or note, formatting, suggestions, keys, the time that is left.
const SOON = 2 * 3600; // seconds
const TICK = 20_000; // ms
let wantsFocus = false;

document.addEventListener("htmx:afterSettle", begin);
document.addEventListener("composer-came", ({ detail }) => renew(detail));
document.addEventListener("composer-done", (event) => {
  const fold = event.target.closest?.("[data-fold]");
  if (fold) {
    fold.open = false;
    fold.querySelector("form").reset();
  }
  wantsFocus = event.detail?.what === "focus";
});
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-variable]")) preview(event.target.form);
});
document.addEventListener("change", (event) => {
  if (event.target.name === "kind" && event.target.form === form()) showKind(form());
});
document.addEventListener("click", clicked);
document.addEventListener("keydown", unfold, { capture: true });
document.addEventListener("keydown", pressed);
document.addEventListener("shortcut", single);
setInterval(countDown, TICK);
begin();

function form() {
  return document.querySelector("[data-reply-form]");
}

function begin() {
  const pane = document.querySelector("[data-composer]");
  if (!pane || pane.dataset.begun) return;
  pane.dataset.begun = "yes";
  document.dispatchEvent(new Event("composer-begun"));
  const written = form();
  if (!written) return;
  showKind(written);
  if (wantsFocus) focusAtEnd(written.elements.text);
  wantsFocus = false;
  countDown();
}

// Who speaks has changed: another composer. Else only what stands around the field, which is never touched.
function renew(fresh) {
  const old = document.getElementById("composer");
  if (!old) return;
  if (old.dataset.kind !== fresh.dataset.kind) {
    const writesNote = old.querySelector("[data-note-fold][open]");
    old.replaceWith(fresh);
    window.htmx.process(fresh);
    begin();
    if (writesNote) writeNote();
    return;
  }
  old.dataset.version = fresh.dataset.version;
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const there = old.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!there || there.innerHTML === part.innerHTML) continue;
    there.replaceWith(part);
    window.htmx.process(part);
  }
  countDown();
}

function writeNote() {
  const written = form();
  const fold = document.querySelector("[data-note-fold]");
  if (written) {
    choose(written, "note");
    focusAtEnd(written.elements.text);
  } else if (fold) {
    fold.open = true;
    focusAtEnd(fold.querySelector("textarea"));
  }
}

// As by a click: static/js/composer-drafts.js puts into the field what was begun of that kind.
function choose(written, kind) {
  const tab = [...written.elements.kind].find((one) => one.value === kind);
  if (tab.checked) return;
  tab.checked = true;
  tab.dispatchEvent(new Event("change", { bubbles: true }));
}

function showKind(written) {
  const isNote = written.elements.kind.value === "note";
  written.elements.text.placeholder = isNote ? "Your team sees it. It is never sent." : "Write a reply. Type / for saved ones.";
  written.querySelector("[data-send-words]").textContent = isNote ? "Save note" : "Send";
}

function clicked(event) {
  const target = event.target;
  const written = form();
  for (const fold of document.querySelectorAll("[data-fold][open]")) if (!fold.contains(target)) fold.open = false;
  const summary = target.closest("[data-fold] > summary");
  if (summary) requestAnimationFrame(() => summary.parentElement.open && summary.parentElement.querySelector("textarea").focus());
  if (!written) return;
  if (target.closest("[data-mark]")) mark(written.elements.text, target.closest("[data-mark]").dataset.mark);
  if (target.closest("[data-unquote]")) quote(written);
  const quoted = target.closest("[data-quote]");
  if (quoted) quote(written, quoted);
  if (target.closest("[data-use]")) {
    event.preventDefault();
    use(written, target.closest("[data-suggestion]"));
  }
}

function use(written, suggestion) {
  const text = suggestion.querySelector("[data-suggestion-text]").content.textContent;
  const field = written.elements.text;
  choose(written, "reply");
  written.elements.suggestion.value = suggestion.dataset.suggestion;
  field.value = field.value.trim() ? `${field.value.trimEnd()}\n\n${text}` : text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  focusAtEnd(field);
}

function quote(written, button) {
  const strip = written.querySelector("[data-quote-strip]");
  choose(written, "reply");
  written.elements.quoted.value = button?.dataset.quote ?? "";
  strip.hidden = !button;
  if (button) {
    const message = button.closest("[data-item]");
    strip.querySelector("[data-quote-who]").textContent = button.dataset.quoteWho;
    strip.querySelector("[data-quote-text]").textContent = message.querySelector(".bubble-words")?.textContent.trim() || "A file";
  }
  written.elements.text.dispatchEvent(new Event("input", { bubbles: true }));
  written.elements.text.focus();
}

// Around the selection, or where the cursor is, in a way that can be undone.
function mark(field, sign) {
  const { selectionStart: start, selectionEnd: end, value } = field;
  field.focus();
  const inside = value.slice(start, end);
  if (!document.execCommand("insertText", false, `${sign}${inside}${sign}`)) {
    field.setRangeText(`${sign}${inside}${sign}`, start, end, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  if (inside) field.setSelectionRange(start, end + 2 * sign.length);
  else field.setSelectionRange(start + sign.length, start + sign.length);
}

function preview(filled) {
  const shown = filled.querySelector("[data-template-preview]");
  if (!shown) return;
  const values = Object.fromEntries([...filled.querySelectorAll("[data-variable]")].map((one) => [one.dataset.variable, one.value]));
  shown.textContent = shown.dataset.templateBody.replace(/{{\s*([\w.-]+)\s*}}/g, (whole, name) => values[name] || whole);
}

// Before anything else that Esc closes.
function unfold(event) {
  const open = document.querySelector("[data-fold][open]");
  if (event.key !== "Escape" || !open) return;
  open.open = false;
  open.querySelector("summary").focus();
  event.preventDefault();
  event.stopPropagation();
}

function pressed(event) {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.target.matches("[data-text]")) inField(event);
}

function inField(event) {
  const sign = { b: "*", i: "_" }[event.key.toLowerCase()];
  if ((event.ctrlKey || event.metaKey) && sign) mark(event.target, sign);
  else if (event.key === "Escape") event.target.blur();
  else if (event.key === "Enter" && !event.shiftKey && !matchMedia("(pointer: coarse)").matches) event.target.form.requestSubmit();
  else return;
  event.preventDefault();
}

// Which key it was, dashboard/shortcuts.py says.
function single(event) {
  const takes = document.querySelector("[data-take-over] button");
  if (event.detail === "take-over" && takes) takes.click();
  else if (event.detail === "write-note" && (form() || document.querySelector("[data-note-fold]"))) writeNote();
  else if (event.detail === "write-reply" && form()) {
    choose(form(), "reply");
    focusAtEnd(form().elements.text);
  } else return;
  event.preventDefault();
}

function countDown() {
  const shown = document.querySelector("[data-closes]");
  if (!shown) return;
  const left = (new Date(shown.dataset.closes) - Date.now()) / 1000;
  const words = left >= 3600 ? `${Math.floor(left / 3600)} h left` : `${Math.max(0, Math.floor(left / 60))} min left`;
  shown.querySelector("[data-closes-words]").textContent = words;
  shown.classList.toggle("composer-window-soon", left < SOON);
  if (left <= 0) document.body.dispatchEvent(new Event("thread-changed", { bubbles: true }));
}

function focusAtEnd(field) {
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
}
