// What went wrong on the device, in sentences. Browsers give names, and the same one for a cancelled question, one
// that took too long and one that cannot be answered, so that pages learn nothing of the device.

const SAID = {
  InvalidStateError: "This device has a passkey for your account already.",
  NotSupportedError: "This device cannot keep passkeys for this portal. Try another one.",
  ConstraintError: "This device cannot ask who you are, by a code, a finger or your face. Try another one.",
  SecurityError: "This browser does not allow passkeys at this address. Open the portal by its own address.",
  NetworkError: "The server does not answer. Please check your connection and try again.",
  TypeError: "The server does not answer. Please check your connection and try again.",
  unreachable: "The server does not answer as it should. Please try again in a moment.",
};

/** The sentence for an error's name; `adding` when a passkey was to be made. */
export function words(name, adding) {
  if (SAID[name]) return SAID[name];
  return adding
    ? "No passkey was added: it was cancelled, or took too long. Nothing has changed."
    : "No passkey was used: it was cancelled, took too long, or there is none for this portal on this device.";
}
