// Parts of a page that ask again and again (hx-trigger="every …") ask nothing while nobody sees the page, and at once when
// somebody does again. static/js/inbox-live.js asks by itself.
const withheld = new Map();

document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, requestConfig } = event.detail;
  if (!document.hidden || !elt.getAttribute("hx-trigger")?.includes("every ")) return;
  withheld.set(elt, requestConfig);
  event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const [elt, { verb, path }] of withheld) if (elt.isConnected) htmx.ajax(verb, path, { source: elt });
  withheld.clear();
});
