// The messages of the open chat: kept in order, kept at the bottom, with days between them.

import { get } from "./api.js";
import { bubble, summary } from "./bubbles.js";
import { $, day, el } from "./dom.js";

const log = $("messages");
const jump = $("jump");
let open = null; // {user, number, business, onReply}
let messages = new Map();
let typingTimer = 0;

const atBottom = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;
const toBottom = () => {
  log.scrollTop = log.scrollHeight;
  jump.hidden = true;
};

export async function show(chat) {
  open = chat;
  messages = new Map();
  log.replaceChildren();
  const { messages: found, typing_for: typing } = await get("/phone/chat", { user: chat.user, number: chat.number });
  if (open !== chat) return;
  messages = new Map([...found.map((message) => [message.sid, message]), ...messages]);
  draw();
  showTyping(typing);
  toBottom();
}

export const close = () => (open = null);

/** A message came or changed. */
export function upsert(message) {
  if (!open || message.user !== open.user || message.number !== open.number) return;
  const known = messages.get(message.sid);
  const follow = atBottom() || message.direction === "out";
  messages.set(message.sid, message);
  if (known) log.querySelector(`[data-sid="${CSS.escape(message.sid)}"]`)?.replaceWith(drawn(message, before(message)));
  else append(message);
  if (message.direction === "in" && !known) showTyping(0);
  if (!known && !follow) jump.hidden = false;
  else if (follow) toBottom();
}

/** What this phone sent, as the server took it; the stream may have told of it, and of more, before. */
export function add(message) {
  if (!messages.has(message.sid)) upsert(message);
}

/** Something could not be sent: said where it would have stood, with another try. */
export function addFailure(words, sentence, again) {
  const retry = el("button", { type: "button" }, "Try again");
  const element = el(
    "article",
    { class: "message first undelivered", "data-direction": "out", "aria-label": "Not sent" },
    el("div", { class: "bubble" }, el("div", { class: "text" }, words), el("p", { class: "trouble" }, `Not sent. ${sentence} `, retry)),
  );
  retry.addEventListener("click", () => {
    element.remove();
    again();
  });
  log.append(element);
  toBottom();
}

export function showTyping(seconds) {
  clearTimeout(typingTimer);
  log.querySelector(".typing-dots")?.remove();
  if (seconds <= 0 || !open) return;
  const follow = atBottom();
  const dots = el("div", { class: "bubble" }, el("i"), el("i"), el("i"));
  log.append(el("div", { class: "message first typing-dots", "data-direction": "in", role: "img", "aria-label": `${open.business} is typing` }, dots));
  typingTimer = setTimeout(() => showTyping(0), seconds * 1000);
  if (follow) toBottom();
}

function draw() {
  log.replaceChildren();
  if (messages.size === 0) log.append(el("p", { class: "nothing" }, el("strong", {}, `Say hello to ${open.business}`), "Your message becomes a signed webhook; what the bot answers appears here."));
  let previous = null;
  for (const message of messages.values()) {
    separate(message, previous);
    log.append(drawn(message, previous));
    previous = message;
  }
}

function append(message) {
  log.querySelector(".nothing")?.remove();
  const previous = before(message);
  const dots = log.querySelector(".typing-dots");
  separate(message, previous);
  const element = drawn(message, previous);
  element.classList.add("fresh");
  log.append(element);
  if (dots) log.append(dots);
}

function separate(message, previous) {
  if (!previous || day(previous.at) !== day(message.at)) log.append(el("p", { class: "day" }, day(message.at)));
}

function before(message) {
  let previous = null;
  for (const each of messages.values()) {
    if (each.sid === message.sid) break;
    previous = each;
  }
  return previous;
}

function drawn(message, previous) {
  const quoted = messages.get(message.quote?.sid);
  return bubble(message, {
    who: nameOf(message),
    quotedWho: quoted ? nameOf(quoted) : open.business,
    first: !previous || previous.direction !== message.direction || day(previous.at) !== day(message.at),
    onReply: (chosen) => open.onReply(chosen, nameOf(chosen), summary(chosen)),
    onQuote: (sid) => log.querySelector(`[data-sid="${CSS.escape(sid)}"]`)?.scrollIntoView({ block: "center", behavior: "smooth" }),
  });
}

const nameOf = (message) => (message.direction === "out" ? "You" : open.business);

jump.addEventListener("click", () => {
  toBottom();
  log.focus();
});
log.addEventListener("scroll", () => {
  if (atBottom()) jump.hidden = true;
});
log.addEventListener("load", () => open && atBottomAfterImage(), true);
const atBottomAfterImage = () => log.scrollHeight - log.scrollTop - log.clientHeight < 400 && toBottom();
new ResizeObserver(() => jump.hidden && toBottom()).observe(log);
