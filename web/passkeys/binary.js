// Binary values travel in base64url: the browser's own conversion is too new to rely on.

const toBytes = (text) => {
  const base64 = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
};

const toText = (buffer) => {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte));
  return btoa(letters.join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

const listed = (credentials) => credentials?.map((one) => ({ ...one, id: toBytes(one.id) }));

/** The server's options as the browser takes them. */
export function bytes(options) {
  const { challenge, user, allowCredentials, excludeCredentials } = options;
  return {
    ...options,
    challenge: toBytes(challenge),
    ...(user && { user: { ...user, id: toBytes(user.id) } }),
    ...(allowCredentials && { allowCredentials: listed(allowCredentials) }),
    ...(excludeCredentials && { excludeCredentials: listed(excludeCredentials) }),
  };
}

/** A credential as the server takes it. */
export function plain(credential) {
  const { id, rawId, type, response } = credential;
  const answer = {};
  const names = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  for (const name of names) {
    if (response[name]) answer[name] = toText(response[name]);
  }
  return { id, rawId: toText(rawId), type, response: answer, clientExtensionResults: {} };
}
