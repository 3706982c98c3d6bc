// A template that is half filled in is kept like any other draft (static/js/composer-drafts.js): which one was chosen, and
// what stands in the fields of each.
document.addEventListener("input", ({ target }) => target.matches?.("[data-thread] [data-variable]") && filled(target));
document.addEventListener("change", ({ target }) => {
  if (target.matches?.("[data-thread] [data-template-choice] select")) change(target, (draft) => ({ ...draft, chosen: target.value }));
});
document.addEventListener("htmx:afterSettle", ({ target }) => target.matches?.("[data-thread] [data-templates]") && begin(target));
document.addEventListener("composer-done", ({ target, detail }) => detail?.what === "template" && target.matches?.("[data-thread] form") && sent(target));

function filled(field) {
  const chosen = field.form.elements.template.value;
  change(field, (draft) => {
    const values = { ...draft.values, [chosen]: { ...draft.values?.[chosen], [field.dataset.variable]: field.value } };
    // Who has chosen another one meanwhile, and writes where the last one still stands, has chosen all the same.
    return { chosen: draft.chosen ?? chosen, values };
  });
}

function change(element, how) {
  const name = nameOf(element);
  const draft = how(read(name) ?? {});
  const holds = Object.values(draft.values ?? {}).some((fields) => Object.values(fields).some((value) => value.trim()));
  write(name, holds ? { ...draft, at: Date.now() } : null);
}

// The server has shown a template with empty fields: first the one that was chosen, then what was written.
function begin(pane) {
  const draft = read(nameOf(pane));
  const form = pane.querySelector("[data-template-form]");
  if (!draft || !form) return;
  const choice = pane.querySelector("[data-template-choice] select");
  const isThere = [...choice.options].some((one) => one.value === draft.chosen);
  if (isThere && choice.value !== draft.chosen) {
    choice.value = draft.chosen;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
    return;
  }
  for (const field of form.querySelectorAll("[data-variable]")) {
    const value = draft.values?.[choice.value]?.[field.dataset.variable];
    if (!value || field.value) continue;
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

// The next one begins with a key of its own: under the same one it would be taken for this one, sent twice.
function sent(form) {
  write(nameOf(form), null);
  form.closest("[data-templates]").querySelector("[data-template-choice]").requestSubmit();
}

function nameOf(element) {
  const { member } = element.closest("[data-composer]").dataset;
  return `draft:${member}:${element.closest("[data-thread]").dataset.thread}:template`;
}

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

function write(name, draft) {
  try {
    if (draft) localStorage.setItem(name, JSON.stringify(draft));
    else localStorage.removeItem(name);
  } catch {
    // None here, or none left.
  }
}
