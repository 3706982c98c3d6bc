// Talking with the stand-in. Every failure is an Error with a sentence to show.

async function call(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("The sandbox does not answer.");
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error ?? `The sandbox answered ${response.status}.`);
  return body;
}

const json = (method, body) => ({ method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const get = (path, query = {}) => call(`${path}?${new URLSearchParams(query)}`);
export const post = (path, body) => call(path, json("POST", body));
export const remove = (path) => call(path, { method: "DELETE" });
export const upload = (file) =>
  call(`/phone/media?${new URLSearchParams({ name: file.name })}`, {
    method: "PUT",
    headers: { "Content-Type": file.type || "application/octet-stream" },
    body: file,
  });
