// An error page leads back to where one came from. Without JavaScript, or with nowhere to go back to, the link is enough.
for (const button of document.querySelectorAll("[data-go-back]")) {
  button.hidden = history.length < 2;
  button.addEventListener("click", () => history.back());
}
