// Before anything is drawn: the theme that was chosen here. No choice: the system's. Not a module, so that it runs at once.
(() => {
  const KEY = "theme";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  const kept = () => {
    try {
      return localStorage.getItem(KEY) ?? "system";
    } catch {
      return "system"; // Storage is forbidden here: the choice lasts as long as the page.
    }
  };

  const apply = (choice) => {
    if (choice === "system") delete root.dataset.theme;
    else root.dataset.theme = choice;
  };

  const choose = (choice) => {
    apply(choice);
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      /* As above. */
    }
    show(choice);
  };

  const show = (choice) => {
    for (const input of document.querySelectorAll("[data-theme-switch] input")) input.checked = input.value === choice;
  };

  apply(kept());
  document.addEventListener("DOMContentLoaded", () => show(kept()));
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-theme-switch] input")) choose(event.target.value);
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const isDark = (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
    choose(isDark ? "light" : "dark");
  });
  // Another tab switched.
  addEventListener("storage", (event) => {
    if (event.key !== KEY) return;
    apply(kept());
    show(kept());
  });
})();
