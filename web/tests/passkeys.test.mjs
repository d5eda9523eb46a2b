import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, plain } from "../passkeys/binary.js";
import { words } from "../passkeys/words.js";

test("options become binary and answers become text", () => {
  const options = bytes({
    challenge: "_-8",
    rpId: "labs.example.org",
    user: { id: "AQI", name: "ada" },
    excludeCredentials: [{ type: "public-key", id: "AA" }],
  });
  assert.deepEqual([...options.challenge], [255, 239]);
  assert.deepEqual([...options.user.id], [1, 2]);
  assert.equal(options.user.name, "ada");
  assert.deepEqual([...options.excludeCredentials[0].id], [0]);
  assert.equal(options.rpId, "labs.example.org");
  assert.ok(!("allowCredentials" in options));

  const buffer = (...values) => Uint8Array.from(values).buffer;
  const answer = plain({
    id: "_-8",
    rawId: buffer(255, 239),
    type: "public-key",
    response: { clientDataJSON: buffer(123, 125), signature: buffer(251, 255, 1), userHandle: null },
  });
  assert.deepEqual(answer, {
    id: "_-8",
    rawId: "_-8",
    type: "public-key",
    response: { clientDataJSON: "e30", signature: "-_8B" },
    clientExtensionResults: {},
  });
});

test("whatever a device says, there is a sentence", () => {
  for (const name of ["NotAllowedError", "InvalidStateError", "AbortError", undefined]) {
    for (const adding of [true, false]) assert.match(words(name, adding), /^[A-Z].*\.$/);
  }
  assert.match(words("NotAllowedError", true), /Nothing has changed/);
  assert.match(words("NotAllowedError", false), /none for this portal/);
});
