// The phone: what the address says is shown, what the stream says is kept.

import { get, post } from "./api.js";
import * as chats from "./chats.js";
import * as composer from "./composer.js";
import { $, avatar, icon, phone } from "./dom.js";
import * as panel from "./panel.js";
import * as thread from "./thread.js";

for (const element of document.querySelectorAll("[data-icon]")) element.append(icon(element.dataset.icon));

let state = { users: [], numbers: [], chats: [], webhooks: [], faults: [] };
let current = { user: "", number: "" };

const chatOf = (number, user) => state.chats.find((chat) => chat.number === number && chat.user === user);
const address = (user, number) => `/?${new URLSearchParams(number ? { user, number } : { user })}`;

async function load() {
  state = await get("/phone/state");
  state.chats.forEach(timeTyping);
  drawPanel();
  await route();
}

async function route() {
  const query = new URLSearchParams(location.search);
  const user = state.users.some((each) => each.address === query.get("user")) ? query.get("user") : (state.users[0]?.address ?? "");
  const business = state.numbers.find((each) => each.number === query.get("number"));
  current = { user, number: business?.number ?? "" };
  $("list-screen").hidden = Boolean(business);
  $("chat-screen").hidden = !business;
  panel.drawPeople({ users: state.users, user }, (chosen) => go(address(chosen, current.number)));
  drawChats();
  if (!business) return thread.close();
  $("back").href = address(user);
  $("chat-title").textContent = business.name;
  $("chat-avatar").replaceChildren(avatar(business.name, business.number));
  composer.openFor(current);
  drawSubtitle();
  await thread.show({ ...current, business: business.name, onReply: composer.quote });
  return look();
}

function go(url) {
  history.pushState(null, "", url);
  return route();
}

function drawPanel() {
  panel.drawBusinesses(state.numbers);
  panel.drawFaults(state.faults);
  panel.drawWebhooks(state.webhooks);
}

function drawChats() {
  chats.draw({ ...state, user: current.user });
  const unread = state.chats.reduce((sum, chat) => sum + (chat.user === current.user ? chat.unread : 0), 0);
  document.title = unread ? `(${unread}) Handset` : "Handset";
}

function drawSubtitle() {
  const typing = chatOf(current.number, current.user)?.typing_until > Date.now();
  $("chat-subtitle").textContent = typing ? "typing…" : phone(current.number);
  $("chat-subtitle").classList.toggle("typing", typing);
}

/** What is on the screen of a visible page counts as read. */
function look() {
  if (current.number && !document.hidden) post("/phone/seen", current).catch(() => {});
}

function timeTyping(chat) {
  chat.typing_until = Date.now() + chat.typing_for * 1000;
  if (chat.typing_for > 0) setTimeout(() => (drawChats(), drawSubtitle()), chat.typing_for * 1000 + 50);
}

function keepChat(chat) {
  timeTyping(chat);
  state.chats = [...state.chats.filter((each) => each.number !== chat.number || each.user !== chat.user), chat];
  drawChats();
  drawSubtitle();
}

const CHANGES = {
  message(message) {
    const chat = chatOf(message.number, message.user) ?? { number: message.number, user: message.user, unread: 0, typing_for: 0 };
    const fresh = !chat.last || message.at > chat.last.at;
    const here = message.number === current.number && message.user === current.user;
    const incoming = fresh && message.direction === "in";
    const typing = incoming ? 0 : Math.max(0, ((chat.typing_until ?? 0) - Date.now()) / 1000);
    keepChat({ ...chat, last: fresh || chat.last.sid === message.sid ? message : chat.last, unread: chat.unread + (incoming ? 1 : 0), typing_for: typing });
    thread.upsert(message);
    if (here && incoming) look();
  },
  typing(chat) {
    keepChat(chat);
    if (chat.number === current.number && chat.user === current.user) thread.showTyping(chat.typing_for);
  },
  seen: keepChat,
  webhook(webhook) {
    state.webhooks = [...state.webhooks.slice(-19), webhook];
    panel.drawWebhooks(state.webhooks);
  },
  faults: ({ faults }) => panel.drawFaults(faults),
  reset: () => load(),
};

function listen() {
  const stream = new EventSource("/phone/events");
  let broken = false;
  stream.addEventListener("open", () => {
    $("connection").hidden = true;
    if (broken) load();
    broken = false;
  });
  stream.addEventListener("error", () => {
    broken = true;
    $("connection").hidden = false;
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 1000);
  });
  for (const [name, act] of Object.entries(CHANGES)) stream.addEventListener(name, (event) => act(JSON.parse(event.data)));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("#chats a, #back");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(link.href);
});
addEventListener("popstate", route);
document.addEventListener("visibilitychange", look);

listen();
load().catch(() => ($("connection").hidden = false));
