/**
 * Checks URLs from users, which we or a channel call: only the public internet is allowed. Pure, so DNS is not checked:
 * a caller that resolves a name must check each result with `isPublicAddress`, at each call.
 */

/** Suffixes of names that are internal or never resolve. */
const INTERNAL_NAMES =
  /(^|\.)(localhost|local|localdomain|internal|intranet|private|corp|lan|home|home\.arpa|onion|invalid)$/;
/** Ports above 1023 that browsers block too, because other services listen there. */
const SERVICE_PORTS = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);
const MAX_LENGTH = 2048;

/**
 * The reason why a URL may not be called, for its owner; undefined if it may. `protocols` with a colon, as in
 * `URL.protocol`.
 */
export function publicUrlFault(text: unknown, protocols: readonly string[] = ["https:"]): string | undefined {
  if (typeof text !== "string" || text.length > MAX_LENGTH || !URL.canParse(text))
    return `Has to be an address of at most ${MAX_LENGTH} characters`;
  // Parsing has normalised the host: 0x7f.1, 2130706433 and full-width digits are 127.0.0.1.
  const { protocol, username, password, port, hostname } = new URL(text);
  if (!protocols.includes(protocol)) return `Has to begin with ${protocols.map((each) => `${each}//`).join(" or ")}`;
  if (username !== "" || password !== "") return "Has to be without a user and a password";
  const number = port === "" ? undefined : Number(port);
  if (number !== undefined && ((number < 1024 && number !== 80 && number !== 443) || SERVICE_PORTS.has(number)))
    return `Port ${number} is not one of the web`;
  const host = hostname.replace(/\.$/, "");
  const isAddress = host.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(host);
  const isPublic = isAddress ? isPublicAddress(host) : host.includes(".") && !INTERNAL_NAMES.test(host);
  return isPublic ? undefined : "Has to be on the public internet";
}

/** [network, bits] of addresses that are not public: IANA's special-purpose registries, and multicast. */
const NOT_PUBLIC_IPV4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];
/** The same within 2000::/3, which contains all public addresses. */
const NOT_PUBLIC_IPV6: readonly (readonly [string, number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  // 6to4 contains an IPv4 address and is obsolete.
  ["2002::", 16],
  ["3fff::", 20],
];

/** Whether an IPv4 or IPv6 address, with or without brackets, is public. False for a text that is no address. */
export function isPublicAddress(address: string): boolean {
  const bytes = bytesOf(address.replace(/^\[|\]$/g, ""));
  if (bytes === undefined) return false;
  if (bytes.length === 4) return !NOT_PUBLIC_IPV4.some(([network, bits]) => isWithin(bytes, bytesOf(network)!, bits));
  const inner = ipv4InNat64(bytes);
  if (inner) return isPublicAddress(inner.join("."));
  return (
    isWithin(bytes, bytesOf("2000::")!, 3) &&
    !NOT_PUBLIC_IPV6.some(([network, bits]) => isWithin(bytes, bytesOf(network)!, bits))
  );
}

/** The IPv4 address in a NAT64 address. Mapped and compatible addresses are outside 2000::/3 and thus refused. */
function ipv4InNat64(bytes: readonly number[]): readonly number[] | undefined {
  return isWithin(bytes, bytesOf("64:ff9b::")!, 96) ? bytes.slice(12) : undefined;
}

function isWithin(bytes: readonly number[], network: readonly number[], bits: number): boolean {
  return network.every((byte, i) => {
    const kept = Math.min(Math.max(bits - i * 8, 0), 8);
    const mask = (0xff << (8 - kept)) & 0xff;
    return (byte & mask) === (bytes[i]! & mask);
  });
}

/** The 4 or 16 bytes of an address; undefined if it is none. */
function bytesOf(address: string): number[] | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) {
    const bytes = address.split(".").map(Number);
    return bytes.every((byte) => byte <= 255) ? bytes : undefined;
  }
  // A dotted suffix stands for two groups.
  const tail = /:(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})$/.exec(address)?.[1];
  const [a, b, c, d] = (tail && bytesOf(tail)) || [];
  if (tail && a === undefined) return undefined;
  const plain = tail
    ? address.slice(0, -tail.length) + ((a! << 8) | b!).toString(16) + ":" + ((c! << 8) | d!).toString(16)
    : address;
  const halves = plain.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], rest = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - rest.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => "0"), ...rest];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]);
}
