// Menus are the browser's popovers. Here: arrow keys, and a place for browsers that cannot anchor them.
const canAnchor = CSS.supports("position-area: block-end");

document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!menu.matches?.(".menu") || event.newState !== "open") return;
  if (!canAnchor) place(menu, document.querySelector(`[popovertarget="${menu.id}"]:hover`) ?? opener(menu));
}, true);

document.addEventListener("keydown", (event) => {
  const menu = document.querySelector(".menu:popover-open");
  if (!menu || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
  if (event.target.matches("input")) return; // Arrows choose among radio buttons.
  const items = [...menu.querySelectorAll(".menu-item")];
  const at = items.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[event.key];
  items.at(next % items.length)?.focus();
  event.preventDefault();
});

// A menu whose button was pressed for a dialog has done its work.
document.addEventListener("click", (event) => {
  event.target.closest(".menu-item[commandfor]")?.closest(".menu").hidePopover();
});

function opener(menu) {
  return document.querySelector(`[popovertarget="${menu.id}"]`);
}

function place(menu, button) {
  const box = button.getBoundingClientRect();
  const below = box.bottom + menu.offsetHeight < innerHeight;
  menu.style.inset = "auto";
  menu.style.top = `${below ? box.bottom : box.top - menu.offsetHeight - 8}px`;
  menu.style.left = `${Math.max(0, Math.min(box.left, innerWidth - menu.offsetWidth - 16))}px`;
}
