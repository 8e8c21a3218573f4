/** Content-Transfer-Encoding (RFC 2045), read piece by piece. */

/** Base64 is decoded in pieces of this size, a multiple of three. */
const PIECE_BYTES = 48 * 1024;
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const NO_DIGIT = 64;
const VALUES = Uint8Array.from({ length: 256 }, (_, code) => {
  const at = DIGITS.indexOf(String.fromCharCode(code));
  return at === -1 ? NO_DIGIT : at;
});

/**
 * The content of the lines of a part, without the line break before the boundary. Several lines may come together, but
 * for quoted-printable. A piece is valid until the next is requested.
 */
export async function* decoded(
  lines: AsyncIterable<Buffer> | Iterable<Buffer>,
  encoding: string,
): AsyncGenerator<Uint8Array> {
  if (encoding === "quoted-printable") return yield* unquoted(lines);
  if (encoding !== "base64") {
    let end = "";
    for await (const line of lines) {
      const text = /\r?\n$/.exec(line.subarray(-2).toString("latin1"))?.[0] ?? "";
      yield Buffer.concat([Buffer.from(end, "latin1"), line.subarray(0, line.length - text.length)]);
      end = text;
    }
    return;
  }
  yield* digitsOf(lines);
}

/** By hand, into one buffer: strings of each line would be garbage of twice the file's size. */
async function* digitsOf(lines: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Uint8Array> {
  const piece = new Uint8Array(PIECE_BYTES);
  let [filled, bits, digits] = [0, 0, 0];
  for await (const line of lines)
    for (let i = 0; i < line.length; i++) {
      const value = VALUES[line[i]!]!;
      if (value === NO_DIGIT) continue;
      bits = (bits << 6) | value;
      if (++digits < 4) continue;
      piece[filled++] = bits >> 16;
      piece[filled++] = bits >> 8;
      piece[filled++] = bits;
      bits = 0;
      digits = 0;
      if (filled < PIECE_BYTES) continue;
      yield piece;
      filled = 0;
    }
  // Two or three digits are left of one or two bytes.
  if (digits >= 2) piece[filled++] = (bits << (6 * (4 - digits))) >> 16;
  if (digits === 3) piece[filled++] = (bits << 6) >> 8;
  if (filled > 0) yield piece.subarray(0, filled);
}

/** The same of quoted-printable. Escapes may be divided among pieces of a long line. */
async function* unquoted(lines: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Uint8Array> {
  let held = "";
  for await (const line of lines) {
    const text = (held + line.toString("latin1")).replace(/=\r?\n$/, "");
    held = /(?:=[\dA-Fa-f]?\r?|\r?\n)$/.exec(text)?.[0] ?? "";
    const whole = text.slice(0, text.length - held.length);
    yield Buffer.from(
      whole.replaceAll(/=([\dA-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
      "latin1",
    );
  }
}
