// Files for a reply: chosen, pasted or dropped onto the thread, shown above the field, and taken away again. They are kept
// for their conversation as long as this page is open: going to another one loses none, and leaving the page asks first.
const MOST = 10;
const kept = new Map(); // conversation -> files

document.addEventListener("composer-begun", begin);
document.addEventListener("composer-back", ({ detail }) => detail.file && comeBack(detail));
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-file]")) return;
  keep(event.target);
  if (event.target.files.length) event.target.form.elements.text.focus();
});
document.addEventListener("click", (event) => {
  const written = event.target.closest("[data-unfile]") && form();
  if (written) put(written.elements.file, []);
});
document.addEventListener("paste", (event) => {
  if (event.target.matches?.("[data-text]") && attach(event.clipboardData.files)) event.preventDefault();
});
for (const type of ["dragover", "dragleave", "drop"]) document.addEventListener(type, (event) => dragged(event, type));
addEventListener("beforeunload", (event) => {
  if (kept.size) event.preventDefault();
});

function form() {
  return document.querySelector("[data-reply-form]");
}

// A composer that is new here. Without JavaScript a reply has one file: static/js/composer-sending.js makes a message of each.
function begin() {
  const pane = document.querySelector("[data-composer]");
  const files = kept.get(conversationOf(pane));
  const said = pane.querySelector("[data-kept]");
  if (said && files) said.hidden = false;
  if (!form()) return;
  form().elements.file.multiple = true;
  if (files) put(form().elements.file, files);
}

function conversationOf(element) {
  return element.closest("[data-thread]").dataset.thread;
}

function attach(files) {
  const written = form();
  if (!written || !files?.length || written.elements.kind.value === "note") return false;
  put(written.elements.file, [...written.elements.file.files, ...files].slice(0, MOST));
  written.elements.text.focus();
  return true;
}

// What could not be sent, before what was chosen since.
function comeBack({ conversation, file }) {
  const files = [file, ...(kept.get(conversation) ?? [])];
  if (form() && conversationOf(form()) === conversation) put(form().elements.file, files);
  else kept.set(conversation, files);
}

function put(input, files) {
  const all = new DataTransfer();
  for (const file of files) all.items.add(file);
  input.files = all.files;
  keep(input);
}

function keep(input) {
  const files = [...input.files];
  if (files.length) kept.set(conversationOf(input), files);
  else kept.delete(conversationOf(input));
  show(input, files);
}

function show(input, files) {
  const strip = input.form.querySelector("[data-file-strip]");
  strip.hidden = !files.length;
  if (!files.length) return;
  const size = files.reduce((sum, file) => sum + file.size, 0);
  strip.querySelector("[data-file-name]").textContent = files.map((file) => file.name).join(", ");
  strip.querySelector("[data-file-size]").textContent = size < 1_000_000 ? `${Math.ceil(size / 1000)} kB` : `${(size / 1_000_000).toFixed(1)} MB`;
}

function dragged(event, type) {
  const written = form();
  if (!written || !event.target.closest?.("[data-thread]") || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  written.classList.toggle("composer-over", type === "dragover");
  if (type === "drop") attach(event.dataTransfer.files);
}
