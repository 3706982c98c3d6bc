// Toasts leave by themselves, but not while somebody points at them or is on them with the keyboard.
const STAYS = 6000; // ms
const WITH_UNDO = 10000; // ms
const list = document.getElementById("toasts");

if (list) {
  for (const toast of list.children) start(toast);
  new MutationObserver((changes) => {
    for (const change of changes) for (const added of change.addedNodes) if (added.matches?.("[data-toast]")) start(added);
  }).observe(list, { childList: true });

  list.addEventListener("click", (event) => {
    if (event.target.closest("[data-toast-close]")) leave(event.target.closest("[data-toast]"));
  });
}

function start(toast) {
  if (!toast.matches("[data-toast]") || "stays" in toast.dataset) return;
  const wait = () => setTimeout(() => leave(toast), toast.querySelector("form") ? WITH_UNDO : STAYS);
  let timer = wait();
  const hold = () => clearTimeout(timer);
  const release = () => {
    clearTimeout(timer);
    timer = wait();
  };
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("pointerleave", release);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("focusout", release);
}

function leave(toast) {
  toast.classList.add("toast-leaving");
  setTimeout(() => toast.remove(), 200);
}
