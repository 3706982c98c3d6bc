// Passkeys: what the browser does between a form and its server. The form says `data-passkey="create"` or "get"; what
// the server asks for stands in the page as JSON (`data-options`, an id) or is fetched (`data-options-url`). The answer
// goes back in the form's field `credential`. webauthn-json.js, which comes with allauth, must be loaded before.

const { create, get, supported } = window.webauthnJSON;

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.hidden = !supported();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer(form);
  });
}

async function answer(form) {
  const error = form.querySelector("[data-passkey-error]");
  const button = form.querySelector("[type=submit]");
  error.hidden = true;
  button.disabled = true;
  try {
    const credential = await ceremony(form);
    form.elements.credential.value = JSON.stringify(credential);
    form.submit();
  } catch (exception) {
    error.textContent = sentence(exception);
    error.hidden = false;
    button.disabled = false;
    button.focus();
  }
}

async function ceremony(form) {
  const options = await optionsOf(form);
  if (form.dataset.passkey === "get") return get(options);
  const alone = form.elements.passwordless?.checked ?? false;
  Object.assign(options.publicKey.authenticatorSelection, {
    residentKey: alone ? "required" : "discouraged",
    requireResidentKey: alone,
    userVerification: alone ? "required" : "preferred",
  });
  return create(options);
}

async function optionsOf(form) {
  if (form.dataset.options) {
    const asked = JSON.parse(document.getElementById(form.dataset.options).textContent);
    return asked.creation_options ?? asked.request_options;
  }
  const response = await fetch(form.dataset.optionsUrl, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`The server answered ${response.status}`);
  return (await response.json()).request_options;
}

function sentence(exception) {
  if (exception.name === "InvalidStateError") return "This device holds a passkey for your account already.";
  if (exception.name === "NotAllowedError") return "The passkey was not used: it was cancelled, or it took too long.";
  return "That did not work. Try again, or use another way.";
}
