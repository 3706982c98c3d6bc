// Words divided by commas, shown as chips. The form still sends the one field that the server rendered.
for (const field of document.querySelectorAll("[data-tags]")) enhance(field, field.querySelector("input"));

function enhance(field, kept) {
  const box = element("div", "tags");
  const list = element("ul", "tags-list");
  const typed = element("input", "tags-input");
  typed.type = "text";
  typed.id = kept.id;
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (kept.hasAttribute(name)) typed.setAttribute(name, kept.getAttribute(name));
  }
  kept.removeAttribute("id");
  kept.type = "hidden";
  let words = split(kept.value);

  const show = () => {
    kept.value = words.join(", ");
    list.replaceChildren(...words.map((word, index) => chip(word, () => remove(index))));
  };
  const add = () => {
    words = [...new Set([...words, ...split(typed.value)])];
    typed.value = "";
    show();
  };
  const remove = (index) => {
    words = words.filter((_, other) => other !== index);
    show();
    typed.focus();
  };

  typed.addEventListener("keydown", (event) => {
    if (event.key === "," || (event.key === "Enter" && typed.value.trim())) {
      event.preventDefault();
      add();
    } else if (event.key === "Backspace" && !typed.value && words.length) {
      remove(words.length - 1);
    }
  });
  typed.addEventListener("blur", () => typed.value.trim() && add());
  box.addEventListener("click", (event) => event.target === box && typed.focus());
  box.append(list, typed);
  kept.after(box);
  show();
}

function chip(word, remove) {
  const item = element("li", "tag");
  const button = element("button", "tag-remove");
  button.type = "button";
  button.ariaLabel = `Remove ${word}`;
  button.textContent = "×";
  // With the focus gone, what was typed would become a chip, and the list be drawn anew below the pointer.
  button.addEventListener("pointerdown", (event) => event.preventDefault());
  button.addEventListener("click", remove);
  item.append(word, button);
  return item;
}

function split(text) {
  return text.split(",").map((word) => word.trim()).filter(Boolean);
}

function element(name, className) {
  const made = document.createElement(name);
  made.className = className;
  return made;
}
