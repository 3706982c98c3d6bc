// A file for a reply: chosen, pasted or dropped onto the thread, shown above the field, and taken away again.
document.addEventListener("change", (event) => event.target.matches("[data-file]") && showFile(event.target));
document.addEventListener("click", (event) => {
  const written = event.target.closest("[data-unfile]") && form();
  if (!written) return;
  written.elements.file.value = "";
  showFile(written.elements.file);
});
document.addEventListener("paste", (event) => {
  if (event.target.matches?.("[data-text]") && attach(event.clipboardData.files)) event.preventDefault();
});
for (const type of ["dragover", "dragleave", "drop"]) document.addEventListener(type, (event) => dragged(event, type));

function form() {
  return document.querySelector("[data-reply-form]");
}

function attach(files) {
  const written = form();
  if (!written || !files?.length || written.elements.kind.value === "note") return false;
  const one = new DataTransfer();
  one.items.add(files[0]);
  written.elements.file.files = one.files;
  showFile(written.elements.file);
  return true;
}

function showFile(input) {
  const strip = input.form.querySelector("[data-file-strip]");
  const file = input.files[0];
  strip.hidden = !file;
  if (!file) return;
  strip.querySelector("[data-file-name]").textContent = file.name;
  strip.querySelector("[data-file-size]").textContent = file.size < 1_000_000 ? `${Math.ceil(file.size / 1000)} kB` : `${(file.size / 1_000_000).toFixed(1)} MB`;
  input.form.elements.text.focus();
}

function dragged(event, type) {
  const written = form();
  if (!written || !event.target.closest?.("[data-thread]") || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  written.classList.toggle("composer-over", type === "dragover");
  if (type === "drop") attach(event.dataTransfer.files);
}
