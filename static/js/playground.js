// The playground's chat: Enter sends, the newest stays in sight, and a link may open the dialog that it fills.
const NEAR = 80; // px
let isAtTheEnd = true;

document.addEventListener("keydown", (event) => {
  const field = event.target.closest("[data-enter-sends]");
  if (!field || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (field.value.trim()) field.form.requestSubmit();
});

// The answer to a question that was taken says "asked"; one that was refused stays in the field.
document.addEventListener("asked", () => {
  const form = document.querySelector("[data-composer]");
  form.reset();
  if (matchMedia("(pointer: fine)").matches) form.elements.text.focus();
  toTheEnd();
});

document.addEventListener("htmx:beforeSwap", () => {
  const thread = document.querySelector(".playground-thread");
  isAtTheEnd = !thread || thread.scrollHeight - thread.scrollTop - thread.clientHeight < NEAR;
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (isAtTheEnd && event.target.closest?.(".playground-thread")) toTheEnd();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-opens]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) document.getElementById(link.dataset.opens).showModal();
});

toTheEnd();

function toTheEnd() {
  const thread = document.querySelector(".playground-thread");
  thread?.scrollTo({ top: thread.scrollHeight });
}
