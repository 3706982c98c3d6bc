// Where one types: drafts, quotes, attachments, and an order that quick typing does not break.

import { post, upload } from "./api.js";
import { $, el, icon } from "./dom.js";
import { add, addFailure } from "./thread.js";

const box = $("message");
const menu = $("attach-menu");
const attach = $("attach");
let chat = null;
let quoted = null;
let queue = Promise.resolve(); // one send after the other, so that a burst arrives as it was typed

const draftKey = () => `draft:${chat.user}:${chat.number}`;

export function openFor(next) {
  chat = next;
  quote(null);
  toggleMenu(false);
  box.value = stored(draftKey());
  grow();
  if (matchMedia("(pointer: fine)").matches) box.focus();
}

export function quote(message, who = "", words = "") {
  quoted = message;
  $("quote-bar").hidden = !message;
  $("quote-who").textContent = who;
  $("quote-text").textContent = words;
  if (message) box.focus();
}

function send(content, words) {
  const body = { from: chat.user, to: chat.number, ...content };
  if (quoted) body.reply_to = quoted.sid;
  quote(null);
  const attempt = async () => {
    try {
      add(await post("/phone/send", body));
    } catch (error) {
      addFailure(words, error.message, () => (queue = queue.then(attempt)));
    }
  };
  queue = queue.then(attempt);
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const body = box.value.trim();
  if (!body) return box.focus();
  box.value = "";
  remember();
  grow();
  send({ body }, body);
  return box.focus();
});
box.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && quoted) quote(null);
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("composer").requestSubmit();
});
box.addEventListener("input", () => {
  remember();
  grow();
});
$("quote-cancel").addEventListener("click", () => {
  quote(null);
  box.focus();
});

function grow() {
  box.rows = Math.min(6, box.value.split("\n").length);
}

function remember() {
  try {
    if (box.value) localStorage.setItem(draftKey(), box.value);
    else localStorage.removeItem(draftKey());
  } catch {
    // No storage: the draft lives as long as the page.
  }
}

function stored(key) {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

const caption = () => {
  const body = box.value.trim();
  box.value = "";
  remember();
  grow();
  return body;
};
const TAKES_NO_WORDS = /^(audio\/|text\/(x-)?vcard)/; // On WhatsApp: they stay in the field.
const ITEMS = [
  ["photo", "Photo", () => send({ media: ["photo"], body: caption() }, "Photo")],
  ["voice", "Voice note", () => send({ media: ["voice"] }, "Voice note")],
  ["document", "Document", () => send({ media: ["document"], body: caption() }, "Document")],
  ["sticker", "Sticker", () => send({ media: ["sticker"] }, "Sticker")],
  ["contact", "Contact", () => send({ media: ["contact"] }, "Contact card")],
  ["pin", "Location…", () => $("location-dialog").showModal()],
  ["tap", "Quick reply…", () => $("button-dialog").showModal()],
  ["file", "Choose a file…", () => $("file").click()],
];
menu.append(
  ...ITEMS.map(([picture, label, act]) => {
    const choose = () => {
      toggleMenu(false);
      box.focus();
      act();
    };
    return el("button", { type: "button", onclick: choose }, icon(picture), label);
  }),
);

function toggleMenu(show) {
  menu.hidden = !show;
  attach.setAttribute("aria-expanded", String(show));
  if (show) menu.querySelector("button").focus();
}

attach.addEventListener("click", () => toggleMenu(menu.hidden));
menu.addEventListener("keydown", (event) => {
  const buttons = [...menu.querySelectorAll("button")];
  const step = { ArrowDown: 2, ArrowUp: -2, ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (event.key === "Escape") {
    toggleMenu(false);
    attach.focus();
  } else if (step) {
    event.preventDefault();
    buttons[buttons.indexOf(document.activeElement) + step]?.focus();
  }
});
document.addEventListener("click", (event) => {
  if (!menu.hidden && !menu.contains(event.target) && !attach.contains(event.target)) toggleMenu(false);
});

$("file").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  const body = TAKES_NO_WORDS.test(file.type) ? "" : caption();
  const attempt = async () => {
    try {
      send({ ...(await upload(file)), body }, file.name);
    } catch (error) {
      addFailure(file.name, error.message, attempt);
    }
  };
  await attempt();
});

for (const dialog of document.querySelectorAll("dialog")) {
  dialog.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
}
onSubmit("location-dialog", (details) => send({ kind: "location", details }, "Location"));
onSubmit("button-dialog", (details) => send({ kind: "button", body: details.ButtonText, details }, details.ButtonText));

function onSubmit(id, act) {
  $(id).querySelector("form").addEventListener("submit", (event) => act(Object.fromEntries(new FormData(event.target))));
}
