// The other side of the glass: who you are, the businesses, Twilio's faults, the webhooks.

import { post, remove } from "./api.js";
import { $, avatar, clock, el, phone } from "./dom.js";

const FAULTS = [
  ["send-429", "Refuse sends: 429", "Too many requests, try again after 2 s", { on: "messages.create", mode: "status", status: 429, retry_after: 2 }],
  ["send-500", "Refuse sends: 500", "The message is not taken", { on: "messages.create", mode: "status", status: 500 }],
  ["send-hang", "Take sends, never answer", "The message reaches the phone, the caller never knows", { on: "messages.create", mode: "accept_and_hang" }],
  ["send-slow", "Slow sends", "Each answer takes 5 s", { on: "messages.create", mode: "delay", seconds: 5 }],
  ["callbacks", "Lose status callbacks", "Nobody hears of sent, delivered or read", { on: "callbacks", mode: "drop" }],
  ["typing", "Break the typing indicator", "Its endpoint answers 500", { on: "typing", mode: "status", status: 500 }],
  ["media", "Hide media", "Files answer 404", { on: "media", mode: "status", status: 404 }],
];

$("faults").append(
  ...FAULTS.map(([name, label, hint, fault]) => {
    const toggle = (event) => (event.target.checked ? post("/sandbox/faults", { ...fault, name }) : remove(`/sandbox/faults?name=${name}`));
    const input = el("input", { type: "checkbox", role: "switch", "data-fault": name, "aria-label": label, onchange: toggle });
    return el("label", {}, el("span", {}, label, el("small", {}, hint)), input);
  }),
);

export function drawFaults(faults) {
  const named = new Set(faults.map((fault) => fault.name));
  for (const input of $("faults").querySelectorAll("input")) input.checked = named.has(input.dataset.fault);
  const others = faults.filter((fault) => !FAULTS.some(([name]) => name === fault.name));
  $("more-faults").hidden = others.length === 0;
  $("more-faults").textContent = `Also in force: ${others.map((fault) => `${fault.on} ${fault.mode}`).join(", ")}.`;
}

export function drawPeople({ users, user }, onChoose) {
  const rows = users.map((person) => {
    const input = el("input", { type: "radio", name: "person", value: person.address, "aria-label": person.name, onchange: () => onChoose(person.address) });
    input.checked = person.address === user;
    return el("label", {}, input, avatar(person.name, person.address), el("div", {}, el("b", {}, person.name), el("small", { title: person.address }, phone(person.phone) || "Username only")));
  });
  $("people").replaceChildren(el("legend", {}, "You are"), ...rows);
  $("persona").replaceChildren(...users.map((person) => el("option", { value: person.address, selected: person.address === user }, person.name)));
  $("persona").onchange = (event) => onChoose(event.target.value);
}

export function drawBusinesses(numbers) {
  const rows = numbers.map(({ name, number, webhook_url: url }) => el("li", {}, el("p", {}, name, el("span", {}, phone(number))), el("small", { title: url }, url)));
  $("businesses").replaceChildren(...rows);
}

export function drawWebhooks(webhooks) {
  $("no-webhooks").hidden = webhooks.length > 0;
  const open = new Set([...$("webhooks").querySelectorAll("details[open]")].map((details) => details.dataset.id));
  $("webhooks").replaceChildren(...webhooks.slice(-6).reverse().map((webhook) => el("li", {}, row(webhook, open.has(webhook.id)))));
}

function row(webhook, open) {
  const good = webhook.status >= 200 && webhook.status < 300;
  const what = webhook.kind === "status" ? `Status: ${webhook.fields.MessageStatus}` : "Message";
  const again = webhook.attempt > 1 ? `, try ${webhook.attempt}` : "";
  const facts = Object.entries({ Answer: webhook.error || webhook.body || "(empty)", ...webhook.fields });
  return el(
    "details",
    { "data-id": webhook.id, open },
    el(
      "summary",
      {},
      el("time", {}, clock(webhook.at)),
      el("span", {}, `${what}${again} · ${webhook.business}`),
      el("b", { class: `badge${good ? "" : " bad"}` }, webhook.status || webhook.error),
      el("span", { class: "ms" }, `${webhook.ms} ms`),
    ),
    el("dl", {}, ...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value || "(empty)")])),
  );
}

let opener = null;
const toggle = (show) => {
  $("panel").classList.toggle("open", show);
  document.querySelector("main").inert = show;
  (show ? $("close-panel") : opener)?.focus();
};
for (const button of document.querySelectorAll("[data-open-panel]")) {
  button.addEventListener("click", () => {
    opener = button;
    toggle(true);
  });
}
$("close-panel").addEventListener("click", () => toggle(false));
$("panel").addEventListener("keydown", (event) => {
  if (event.key === "Escape" && $("panel").classList.contains("open")) toggle(false);
});
matchMedia("(width >= 1024px)").addEventListener("change", () => toggle(false));

const root = document.documentElement;
for (const input of document.querySelectorAll("[name=theme]")) {
  input.checked = input.value === (root.dataset.theme ?? "system");
  input.addEventListener("change", () => {
    if (input.value === "system") delete root.dataset.theme;
    else root.dataset.theme = input.value;
    try {
      localStorage.setItem("theme", input.value);
    } catch {
      // No storage: the choice lives as long as the page.
    }
  });
}

// The first click asks, the second does.
$("clear").addEventListener("click", async ({ currentTarget: button }) => {
  const sure = button.classList.toggle("sure");
  button.textContent = sure ? "Really clear? Click again" : "Clear all conversations";
  if (sure) setTimeout(() => button.classList.contains("sure") && button.classList.remove("sure") & (button.textContent = "Clear all conversations"), 4000);
  else await post("/sandbox/reset", {});
});
