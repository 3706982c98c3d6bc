// Making elements without ever parsing text as HTML.

export const $ = (id) => document.getElementById(id);

/** el("p", {class: "x", onclick: f, hidden: true}, "text", node): null and false children are left out. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

const PATHS = {
  back: "M15 5l-7 7 7 7",
  clock: "M12 7v5l3 2M12 3a9 9 0 100 18 9 9 0 000-18z",
  close: "M6 6l12 12M18 6L6 18",
  contact: "M12 12a4 4 0 100-8 4 4 0 000 8zM4 21c0-4 3.5-6.5 8-6.5s8 2.5 8 6.5",
  document: "M6 3h8l5 5v13H6zM14 3v5h5",
  file: "M12 16V4M7 9l5-5 5 5M4 16v4h16v-4",
  one: "M6 12l4 4 8-9",
  photo: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.2h.01",
  pin: "M12 21s7-6.2 7-11.5A7 7 0 005 9.5C5 14.8 12 21 12 21zM12 12a2.5 2.5 0 100-5 2.5 2.5 0 000 5z",
  plus: "M12 5v14M5 12h14",
  reply: "M9 7l-5 5 5 5M4 12h9c4 0 7 2 7 6",
  send: "M4 12l16-8-5 16-3-7z",
  sliders: "M5 7h9M18 7h1M5 17h1M10 17h9M16 5v4M8 15v4",
  sticker: "M5 5h14v9l-5 5H5zM14 19v-5h5M9 10h.01M14 10h.01",
  tap: "M4 9h16v7H4zM9 12.5h6",
  two: "M2 12l4 4 8-9M11 15l1 1 8-9",
  voice: "M12 4a2.5 2.5 0 00-2.5 2.5v5a2.5 2.5 0 005 0v-5A2.5 2.5 0 0012 4zM6 11a6 6 0 0012 0M12 17v3",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** Initials on a colour of the name's own. */
export function avatar(name, key = name) {
  const initials = name.replace(/[^\p{L}\p{N} ]/gu, "").split(/\s+/).slice(0, 2).map((word) => [...word][0] ?? "").join("");
  const hue = [...key].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 997, 7) % 6;
  return el("span", { class: `avatar hue-${hue}`, "aria-hidden": "true" }, initials.toUpperCase() || "#");
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long" });
const NEAR = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** +1 415 523 8886; other countries group their own way, and stay as they are. */
export const phone = (number) => number.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, "+1 $1 $2 $3");

export const clock = (seconds) => CLOCK.format(seconds * 1000);

/** "Today", "Yesterday" or "Tuesday, 3 March". */
export function day(seconds) {
  const days = Math.round((new Date(seconds * 1000).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 86400000);
  const words = days > -2 && days < 1 ? NEAR.format(days, "day") : DAY.format(seconds * 1000);
  return words[0].toUpperCase() + words.slice(1);
}
