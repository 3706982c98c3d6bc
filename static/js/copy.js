// data-copy: the text goes to the clipboard, and the button says that it did.
const SAYS_SO = 2000; // ms

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const label = button.querySelector("[data-copy-label]");
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    label.textContent = "Copied";
  } catch {
    label.textContent = "Select and copy it"; // No permission, or no https.
  }
  setTimeout(() => {
    label.textContent = "Copy";
  }, SAYS_SO);
});
