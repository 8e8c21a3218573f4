/** Ids in Meta's formats. */

function randomHex(bytes: number): string {
  return [...crypto.getRandomValues(new Uint8Array(bytes))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
}

/** A wamid: base64 of the customer's address and a random part. 0x11 marks outbound messages, 0x12 inbound ones. */
export function newMessageId(address: string, direction: "inbound" | "outbound"): string {
  const random = randomHex(direction === "inbound" ? 10 : 9);
  const marker = direction === "inbound" ? "\x12" : "\x11";
  const ascii = address.replace(/[^\x20-\x7e]/g, "").slice(0, 120);
  return (
    "wamid." +
    btoa(
      `\x1c\x18${String.fromCharCode(ascii.length)}${ascii}\x15\x02\0${marker}\x18${String.fromCharCode(random.length)}${random}\0`,
    )
  );
}

/** Node ids of the Graph API are decimal strings of 15 or 16 digits. */
export function newNodeId(): string {
  const digits = [...crypto.getRandomValues(new Uint8Array(14))].map((byte) => String(byte % 10)).join("");
  return "10" + digits;
}

/** The business-scoped user id of a phone number. Deterministic, so that a rerun has the same customers. */
export function userIdOf(phone: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const character of phone)
    hash = BigInt.asUintN(64, (hash ^ BigInt(character.codePointAt(0) ?? 0)) * 0x100000001b3n);
  return "ID." + String(hash % 10_000_000_000_000n).padStart(13, "1");
}

export function digitsOf(phone: string): string {
  return phone.replace(/\D/g, "");
}
