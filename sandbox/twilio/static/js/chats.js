// The list of chats: every business of the sandbox, the last one written with on top.

import { summary } from "./bubbles.js";
import { $, avatar, clock, day, el } from "./dom.js";

export function draw({ user, numbers, chats }) {
  const mine = new Map(chats.filter((chat) => chat.user === user).map((chat) => [chat.number, chat]));
  const rows = numbers.map((number) => ({ ...number, ...mine.get(number.number) }));
  rows.sort((a, b) => (b.last?.at ?? 0) - (a.last?.at ?? 0));
  $("chats").replaceChildren(...rows.map((row) => el("li", {}, link(row, user))));
}

/** Nobody answers on a number whose provider was told no address. */
const first = (row) => (row.webhook_url ? "Tap to write the first message" : "Not connected to a dashboard yet");

function link(row, user) {
  const { last, unread = 0 } = row;
  const typing = row.typing_until > Date.now();
  const words = typing ? "typing…" : last ? `${last.direction === "out" ? "You: " : ""}${summary(last)}` : first(row);
  return el(
    "a",
    { href: `/?${new URLSearchParams({ user, number: row.number })}`, "data-number": row.number, class: unread ? "has-unread" : "" },
    avatar(row.name, row.number),
    el("strong", {}, row.name),
    last ? el("time", {}, day(last.at) === "Today" ? clock(last.at) : day(last.at).split(",")[0]) : el("span"),
    el("span", { class: `last${typing ? " typing" : ""}` }, words.replace(/\s+/g, " ")),
    unread ? el("span", { class: "unread", role: "img", "aria-label": `${unread} unread` }, String(unread)) : el("span"),
  );
}
