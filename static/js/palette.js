// Ctrl/Cmd-K. The list is in the page; typing hides what does not match, arrows choose, Enter goes there.
const palette = document.getElementById("palette");

if (palette) {
  const input = palette.querySelector(".palette-input");
  const none = palette.querySelector(".palette-none");
  const all = [...palette.querySelectorAll(".palette-item")];
  let chosen = 0;

  const shown = () => all.filter((item) => !item.hidden);

  const choose = (index) => {
    const items = shown();
    chosen = items.length ? (index + items.length) % items.length : 0;
    for (const item of all) item.setAttribute("aria-selected", String(item === items[chosen]));
    items[chosen]?.scrollIntoView({ block: "nearest" });
    if (items[chosen]) input.setAttribute("aria-activedescendant", items[chosen].id);
    else input.removeAttribute("aria-activedescendant");
  };

  const filter = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const item of all) item.hidden = !words.every((word) => item.dataset.words.includes(word));
    none.hidden = shown().length > 0;
    choose(0);
  };

  const follow = (item) => {
    palette.close();
    item.click();
  };

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (palette.open) palette.close();
    else if (!document.querySelector("dialog[open]")) palette.showModal();
  });

  new MutationObserver(() => {
    if (!palette.open) return;
    input.value = "";
    filter();
    input.focus();
  }).observe(palette, { attributeFilter: ["open"] });

  input.addEventListener("input", filter);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Enter" && shown()[chosen]) follow(shown()[chosen]);
    else return;
    event.preventDefault();
  });
  for (const item of all) item.addEventListener("pointermove", () => choose(shown().indexOf(item)));
  palette.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-toggle]")) palette.close();
  });
}
