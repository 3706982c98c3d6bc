// What was begun and not sent stays in this browser, for whoever wrote it and for a week. It goes when they sign out, which
// asks them first, and when somebody else is signed in here. static/js/composer-drafts.js and composer-template.js write it.
// (A header of the answer, Clear-Site-Data, could not ask, and would take the theme that was chosen here as well.)
const PREFIX = "draft:"; // then whose
const LASTS = 7 * 24 * 3600_000; // ms
const LEAVING = "signing-out"; // From the click until the page behind it.
const member = document.querySelector("[data-sign-out][data-member]")?.dataset.member;

arrive();
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-sign-out]")) return;
  const dialog = document.getElementById("sign-out");
  const count = begun().length;
  if (!count || !dialog) return leave();
  event.preventDefault();
  ask(dialog, { form: event.target, count });
});

function ask(dialog, { form, count }) {
  dialog.querySelector("[data-begun]").textContent = count === 1 ? "one message or note" : `${count} messages or notes`;
  dialog.returnValue = "";
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "leave") return;
    leave();
    form.submit();
  }, { once: true });
  dialog.showModal();
}

// On its way out a page may still keep what it could not send: the page behind it forgets that too.
function leave() {
  forget(begun());
  try {
    sessionStorage.setItem(LEAVING, "yes");
  } catch {
    // No storage here: nothing was kept.
  }
}

function arrive() {
  forget(begun().filter(({ owner, at }) => !(Date.now() - at < LASTS) || (member && owner !== member)));
  try {
    if (!member && sessionStorage.getItem(LEAVING)) forget(begun());
    sessionStorage.removeItem(LEAVING);
  } catch {
    // As above.
  }
}

function begun() {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
    return names.map((name) => ({ name, owner: name.split(":")[1], at: at(localStorage.getItem(name)) }));
  } catch {
    return [];
  }
}

function at(value) {
  try {
    return JSON.parse(value).at;
  } catch {
    return undefined;
  }
}

function forget(drafts) {
  for (const { name } of drafts) localStorage.removeItem(name);
}
