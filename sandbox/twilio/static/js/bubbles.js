// One message as a bubble.

import { clock, el, icon } from "./dom.js";

const KINDS = { image: "Photo", audio: "Voice note", video: "Video", document: "Document", sticker: "Sticker", contacts: "Contact card", location: "Location" };

/** Without WhatsApp's marks. */
const plain = (text) => text.replace(/(?<!\w)([*_~`])(?=\S)(.+?)\1(?!\w)/g, "$2");

/** A message in a few words, for lists and quotes. */
export const summary = (message) => plain(message.body) || message.details?.Label || KINDS[message.kind] || (message.template ? "Template" : "Message");

/** `who`: the sender's name as this phone shows it. `onReply(message)`, `onQuote(sid)`: what taps do. */
export function bubble(message, { who, quotedWho, first, onReply, onQuote }) {
  const failed = message.direction === "in" && message.status === "failed";
  const element = el(
    "article",
    {
      class: `message${first ? " first" : ""}${failed ? " undelivered" : ""}`,
      "data-direction": message.direction,
      "data-sid": message.sid,
      "data-status": message.status,
      "aria-label": `${who}, ${clock(message.at)}`,
    },
    el("div", { class: "bubble" }, quote(message, quotedWho, onQuote), attachments(message), text(message), meta(message), trouble(message, failed)),
    el("button", { class: "icon-button reply", type: "button", "aria-label": `Reply to: ${summary(message).slice(0, 60)}`, onclick: () => onReply(message) }, icon("reply")),
  );
  element.addEventListener("click", () => element.classList.toggle("open"));
  return element;
}

function quote(message, who, onQuote) {
  if (!message.quote) return null;
  const { sid, body } = message.quote;
  return el("button", { class: "quoted", type: "button", onclick: () => onQuote(sid) }, el("b", {}, who), el("span", {}, KINDS[body] ?? plain(body)));
}

function attachments(message) {
  const shown = message.media.map((file) => attachment(file, message.kind));
  for (const url of message.media_urls) {
    shown.push(el("a", { class: "card", href: url, target: "_blank", rel: "noopener noreferrer" }, icon("photo"), el("span", {}, el("b", {}, "Attachment"), el("small", {}, url))));
  }
  if (message.kind === "location") {
    const { Label, Address, Latitude, Longitude } = message.details;
    shown.push(el("div", { class: "card" }, icon("pin"), el("span", {}, el("b", {}, Label || "Location"), el("small", {}, Address || `${Latitude}, ${Longitude}`))));
  }
  if (message.kind === "button") shown.push(el("p", { class: "visually-hidden" }, "Quick reply"));
  if (message.template && !message.body) shown.push(el("div", { class: "card" }, icon("document"), el("span", {}, el("b", {}, "Template"), el("small", {}, message.template))));
  return shown;
}

function attachment(file, kind) {
  const type = file.content_type.split("/")[0];
  if (type === "image") {
    const alt = kind === "sticker" ? "Sticker" : `Photo: ${file.name}`;
    return el("a", { class: `picture ${kind}`, href: file.url, target: "_blank", rel: "noopener" }, el("img", { src: file.url, alt, width: 260 }));
  }
  if (type === "audio") return el("audio", { src: file.url, controls: true, preload: "metadata", "aria-label": "Voice note" });
  if (type === "video") return el("video", { src: file.url, controls: true, preload: "metadata", "aria-label": file.name });
  return el(
    "a",
    { class: "card", href: file.url, target: "_blank", rel: "noopener" },
    icon(kind === "contacts" ? "contact" : "document"),
    el("span", {}, el("b", {}, file.name), el("small", {}, `${file.content_type.split("/")[1].toUpperCase()} · ${size(file.size)}`)),
  );
}

const size = (bytes) => (bytes < 1024 ? `${bytes} B` : bytes < 1048576 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`);

function text(message) {
  if (!message.body) return null;
  const big = /^(\p{Extended_Pictographic}\uFE0F?){1,3}$/u.test(message.body);
  const element = el("div", { class: big ? "text big" : "text" });
  element.innerHTML = message.html; // made by sandbox/twilio/formatting.py, which escapes all that people typed
  return element;
}

function meta(message) {
  const time = el("time", { datetime: new Date(message.at * 1000).toISOString() }, clock(message.at));
  if (message.direction === "in") return el("footer", { class: "meta" }, el("span", { class: "state" }, `${message.status} · `), time);
  const [name, label, read] = tick(message);
  return el("footer", { class: "meta" }, time, el("span", { role: "img", "aria-label": label, title: label, class: read ? "read" : "" }, icon(name)));
}

/** The fate of what this phone sent: icon, words, whether it is read. */
function tick(message) {
  if (message.read) return ["two", "Read", true];
  if (!message.settled) return ["clock", "Waiting for the webhook's answer", false];
  return message.answer?.ok ? ["two", "Delivered", false] : ["one", "Sent", false];
}

function trouble(message, failed) {
  if (failed) return el("p", { class: "trouble", title: message.error }, message.error.startsWith("63016") ? "Never arrived: outside the 24-hour window (63016)" : `Never arrived. ${message.error}`);
  const { answer } = message;
  if (!answer || answer.ok) return null;
  return el("p", { class: "trouble" }, answer.status ? `Webhook answered ${answer.status}` : `Webhook ${answer.error}`);
}
