// A thread's place: at its end when it opens, at the same message when older ones are loaded, and a way back down.
// What is new in it comes by static/js/thread-merge.js.
const EDGE = 500; // px from the top or bottom at which the next page is asked for
const NEAR = 80; // px from the bottom within which one is at the end

document.addEventListener("htmx:afterSettle", begin);
document.addEventListener("click", (event) => {
  follow(event);
  toOriginal(event);
  enlarge(event);
  backDown(event);
});
begin();

function begin() {
  const list = document.getElementById("thread-scroll");
  if (!list || list.dataset.begun) return;
  list.dataset.begun = "yes";
  const wanted = list.dataset.wanted && document.getElementById(list.dataset.wanted);
  const goal = wanted || list.querySelector("[data-unread]");
  if (goal) goal.scrollIntoView({ block: "center" });
  else if (!list.querySelector("a[data-newer]")) list.scrollTop = list.scrollHeight;
  wanted?.focus({ preventScroll: true });
  // Only then: the first place is no reason to load more.
  requestAnimationFrame(() => list.addEventListener("scroll", () => scrolled(list), { passive: true }));
  list.addEventListener("thread-grew", () => scrolled(list));
  scrolled(list);
  // Another composer leaves more or less room: who was at the end stays there.
  new ResizeObserver(() => {
    if (list.hasAttribute("data-at-end")) list.scrollTop = list.scrollHeight;
  }).observe(list);
}

function scrolled(list) {
  const below = list.scrollHeight - list.scrollTop - list.clientHeight;
  const older = list.querySelector("a[data-older]");
  const newer = list.querySelector("a[data-newer]");
  if (older && list.scrollTop < EDGE) load(list, older, older.dataset.older);
  if (newer && below < EDGE) load(list, newer, newer.dataset.newer);
  const isAtTheEnd = below < NEAR && !newer;
  list.toggleAttribute("data-at-end", isAtTheEnd);
  const pill = document.querySelector("[data-newest]");
  if (!pill) return;
  pill.hidden = isAtTheEnd || (below < list.clientHeight && !newer && !pill.classList.contains("thread-pill-new"));
  if (isAtTheEnd) {
    pill.classList.remove("thread-pill-new");
    pill.querySelector("[data-newest-words]").textContent = "Newest messages";
  }
}

// A page takes the place of the link to it, with a link to the next one.
async function load(list, link, url) {
  if (link.hasAttribute("aria-busy")) return;
  link.setAttribute("aria-busy", "true");
  list.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(url, { headers: { "HX-Request": "true" } });
    if (!response.ok || response.redirected || !link.isConnected) return;
    const page = document.createElement("template");
    page.innerHTML = await response.text();
    const edge = page.content.querySelector(link.matches("[data-older]") ? "[data-older]" : "[data-newer]");
    document.dispatchEvent(new CustomEvent("thread-page", { detail: { list, link, edge, content: page.content } }));
  } catch {
    // The link is still there, to be followed or scrolled to again.
  } finally {
    link.removeAttribute("aria-busy");
    list.removeAttribute("aria-busy");
  }
}

// A link that fills a dialog opens it.
function follow(event) {
  const link = event.target.closest("a[data-opens]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) document.getElementById(link.dataset.opens)?.showModal();
}

function toOriginal(event) {
  const link = event.target.closest("a[data-to]");
  const goal = link && document.getElementById(link.dataset.to);
  if (!goal || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  for (const one of document.querySelectorAll(".message-wanted")) one.classList.remove("message-wanted");
  goal.classList.add("message-wanted");
  goal.scrollIntoView({ block: "center" });
  goal.focus({ preventScroll: true });
}

function enlarge(event) {
  const link = event.target.closest("a[data-enlarge]");
  const dialog = document.querySelector("[data-lightbox]");
  if (!link || !dialog || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const image = dialog.querySelector("[data-lightbox-image]");
  image.src = link.href;
  image.alt = link.querySelector("img").alt;
  dialog.querySelector("[data-lightbox-file]").href = link.href;
  dialog.showModal();
}

function backDown(event) {
  const pill = event.target.closest("[data-newest]");
  const list = document.getElementById("thread-scroll");
  if (!pill || !list || list.querySelector("a[data-newer]")) return;
  event.preventDefault();
  list.scrollTop = list.scrollHeight;
  list.focus({ preventScroll: true });
}
