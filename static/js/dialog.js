// <button commandfor command="show-modal"> where the browser does not know it yet; a click beside a dialog closes it.
const knows = "commandForElement" in HTMLButtonElement.prototype;

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[commandfor]");
  if (button) {
    // A dialog opened from another one takes its place.
    button.closest("dialog[open]")?.close();
    if (knows) return;
    const dialog = document.getElementById(button.getAttribute("commandfor"));
    if (button.getAttribute("command") === "show-modal") dialog?.showModal();
    if (button.getAttribute("command") === "close") dialog?.close();
  } else if (event.target.matches("dialog[open]") && isOutside(event, event.target)) {
    event.target.close();
  }
});

function isOutside({ clientX: x, clientY: y }, element) {
  const box = element.getBoundingClientRect();
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
}
