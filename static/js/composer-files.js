// Files for a reply: chosen, pasted or dropped onto the thread, shown above the field, and taken away again.
const MOST = 10;

// Without JavaScript a reply has one file: static/js/composer-sending.js makes a message of each.
document.addEventListener("composer-begun", () => {
  if (form()) form().elements.file.multiple = true;
});
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
  const all = new DataTransfer();
  for (const file of [...written.elements.file.files, ...files].slice(0, MOST)) all.items.add(file);
  written.elements.file.files = all.files;
  showFile(written.elements.file);
  return true;
}

function showFile(input) {
  const strip = input.form.querySelector("[data-file-strip]");
  const files = [...input.files];
  strip.hidden = !files.length;
  if (!files.length) return;
  const size = files.reduce((sum, file) => sum + file.size, 0);
  strip.querySelector("[data-file-name]").textContent = files.map((file) => file.name).join(", ");
  strip.querySelector("[data-file-size]").textContent = size < 1_000_000 ? `${Math.ceil(size / 1000)} kB` : `${(size / 1_000_000).toFixed(1)} MB`;
  input.form.elements.text.focus();
}

function dragged(event, type) {
  const written = form();
  if (!written || !event.target.closest?.("[data-thread]") || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  written.classList.toggle("composer-over", type === "dragover");
  if (type === "drop") attach(event.dataTransfer.files);
}
