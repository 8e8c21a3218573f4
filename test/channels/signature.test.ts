import { describe, expect, it } from "vitest";
import { verifySignature } from "../../src/channels/meta/signature";

const SECRET = "an-app-secret";
const BODY = new TextEncoder().encode('{"object":"whatsapp_business_account","entry":[],"text":"gr\\u00fcezi"}');

async function sign(secret: string, body: Uint8Array): Promise<string> {
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", key, body));
  return `sha256=${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

describe("verifySignature", () => {
  it("accepts what the secret signed, as bytes and as a buffer", async () => {
    const header = await sign(SECRET, BODY);
    expect(await verifySignature(BODY, header, [SECRET])).toBe(true);
    expect(await verifySignature(BODY.slice().buffer, header, [SECRET])).toBe(true);
    expect(await verifySignature(BODY, header.toUpperCase().replace("SHA256", "sha256"), [SECRET])).toBe(true);
  });

  it("accepts any of several secrets, and an empty body", async () => {
    expect(await verifySignature(BODY, await sign("new", BODY), ["old", "new"])).toBe(true);
    expect(await verifySignature(new Uint8Array(), await sign(SECRET, new Uint8Array()), [SECRET])).toBe(true);
  });

  it("refuses a changed body, another secret and no secret", async () => {
    const header = await sign(SECRET, BODY);
    for (const position of [0, 17, BODY.length - 1]) {
      const changed = BODY.slice();
      changed[position] = (changed[position] ?? 0) ^ 1;
      expect(await verifySignature(changed, header, [SECRET])).toBe(false);
    }
    expect(await verifySignature(BODY, header, ["another"])).toBe(false);
    expect(await verifySignature(BODY, header, [])).toBe(false);
  });

  it("never takes an empty secret for one", async () => {
    expect(await verifySignature(BODY, `sha256=${"0".repeat(64)}`, [""])).toBe(false);
  });

  it("refuses a header that is missing, cut, not hex, of another algorithm or repeated", async () => {
    const header = await sign(SECRET, BODY);
    const digest = header.slice("sha256=".length);
    const wrong = [
      null,
      "",
      "sha256=",
      digest,
      header.slice(0, -1),
      header.slice(0, -2),
      `${header}00`,
      `sha1=${digest}`,
      `SHA256=${digest}`,
    ];
    wrong.push(
      `sha256=${"z".repeat(64)}`,
      `${header} `,
      ` ${header}`,
      `${header}\n`,
      `${header}, ${header}`,
      `sha256=0x${digest.slice(2)}`,
    );
    for (const each of wrong) expect(await verifySignature(BODY, each, [SECRET]), String(each)).toBe(false);
  });

  it("stays right when more secrets are used than are remembered", async () => {
    for (let number = 0; number < 70; number += 1) {
      const secret = `secret-${number}`;
      expect(await verifySignature(BODY, await sign(secret, BODY), [secret])).toBe(true);
    }
    expect(await verifySignature(BODY, await sign("secret-0", BODY), ["secret-0"])).toBe(true);
  });
});
