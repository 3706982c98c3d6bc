// Fields that show what was put into them: a range its value, a drop area its files, a secret its input.
document.addEventListener("input", (event) => {
  const range = event.target.closest("[data-range]");
  if (range) range.querySelector("output").value = event.target.value;
});

document.addEventListener("change", (event) => {
  const area = event.target.closest("[data-drop]");
  if (!area) return;
  const names = [...event.target.files].map((file) => `${file.name} (${size(file.size)})`);
  area.querySelector(".drop-files").textContent = names.join(", ");
});

for (const [type, isOver] of [["dragenter", true], ["dragleave", false], ["drop", false]]) {
  document.addEventListener(type, (event) => {
    event.target.closest?.("[data-drop]")?.classList.toggle("drop-over", isOver);
  });
}

// "Replace" leads into the input; folded again, what was typed is forgotten and the old secret stays.
document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.("[data-secret]")) return;
  const input = event.target.querySelector("input");
  if (event.target.open) input.focus();
  else input.value = "";
}, true);

function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

// What was typed before htmx was there is saved as if it were typed now.
document.addEventListener("htmx:load", (event) => {
  if (event.target !== document.body) return;
  for (const form of document.querySelectorAll("form[hx-trigger^='input']")) {
    const changed = [...form.elements].find((field) => isChanged(field));
    changed?.dispatchEvent(new Event("input", { bubbles: true }));
  }
});

function isChanged(field) {
  if (field.type === "hidden") return false;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected) && field.selectedIndex > 0;
  return "defaultValue" in field && field.value !== field.defaultValue;
}
