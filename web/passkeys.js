// Passkeys: asks the device of whoever signs in, or adds one to their account.
//
// The page has one of these, hidden until a passkey can be used on it:
//   [data-passkeys="sign-in"]  with data-next: a button to sign in with one; and the browser's own list
//                              below the address, for an input with autocomplete="… webauthn"
//   [data-passkeys="add"]      with an input named "name", and one named "password" where there is one; the
//                              error of each is [data-passkeys-wrong=NAME]
// each with data-origin, the address that passkeys are for, a [data-passkeys-button], and
// [data-passkeys-error] (hidden) with [data-passkeys-text] for what went wrong.

import { bytes, plain } from "./passkeys/binary.js";
import { words } from "./passkeys/words.js";

/** A refusal by the server, in its words. */
class Refusal extends Error {}

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  throw Object.assign(new Refusal(answer?.message ?? words("unreachable")), answer);
}

/** Asks for a passkey and signs in with it. `listed` waits until somebody chooses one in the browser's own list. */
async function signIn(box, signal, listed) {
  const { options, ticket } = await post("/passkeys/ask", {});
  const mediation = listed ? "conditional" : "optional";
  const found = await navigator.credentials.get({ publicKey: bytes(options), mediation, signal });
  if (!found) return;
  const { to } = await post("/passkeys/sign-in", { ticket, answer: plain(found), next: box.dataset.next });
  location.assign(to);
}

/** Adds a passkey under the name that was typed. */
async function add(box) {
  const typed = (name) => box.querySelector(`[name=${name}]`)?.value;
  const name = typed("name");
  const { options, ticket } = await post("/passkeys/ask-new", { name, password: typed("password") });
  const made = await navigator.credentials.create({ publicKey: bytes(options) });
  if (!made) return;
  await post("/passkeys/add", { ticket, name, answer: plain(made) });
  location.reload();
}

function wire(box) {
  const adds = box.dataset.passkeys === "add";
  const button = box.querySelector("[data-passkeys-button]");
  const inputs = box.querySelectorAll("input[name]");
  /** The request that waits in the background; a browser takes one at a time. */
  let waiting = null;

  const say = (error) => {
    const text = error instanceof Refusal ? error.message : words(error?.name, adds);
    const wrong = [...inputs].find((input) => input.name === error?.field);
    const place = box.querySelector(wrong ? `[data-passkeys-wrong=${wrong.name}]` : "[data-passkeys-error]");
    place.querySelector("[data-passkeys-text]").textContent = text;
    place.hidden = false;
    wrong?.setAttribute("aria-invalid", "true");
    wrong?.focus();
    if (error?.kind === "SignIn") location.assign(`/sign-in?next=${location.pathname}`);
  };

  const hush = () => {
    for (const place of box.querySelectorAll("[data-passkeys-error], [data-passkeys-wrong]")) place.hidden = true;
    for (const input of inputs) input.removeAttribute("aria-invalid");
  };

  const list = async () => {
    waiting = new AbortController();
    const { signal } = waiting;
    try {
      await signIn(box, signal, true);
    } catch (error) {
      // Nobody asked for anything, so what failed by itself is not told; what was chosen and refused is.
      if (error instanceof Refusal && !signal.aborted) say(error);
    }
  };

  const press = async (event) => {
    event?.preventDefault();
    if (button.hasAttribute("aria-busy")) return;
    hush();
    button.setAttribute("aria-busy", "true");
    waiting?.abort();
    try {
      await (adds ? add(box) : signIn(box));
    } catch (error) {
      say(error);
    }
    button.removeAttribute("aria-busy");
  };

  button.addEventListener("click", press);
  for (const input of inputs) input.addEventListener("keydown", (event) => event.key === "Enter" && press(event));
  box.hidden = false;
  if (adds) return;
  const lists = PublicKeyCredential.isConditionalMediationAvailable?.();
  lists?.then((can) => can && list());
}

if (window.PublicKeyCredential && navigator.credentials) {
  for (const box of document.querySelectorAll("[data-passkeys]")) {
    if (box.dataset.origin === location.origin) wire(box);
  }
}
