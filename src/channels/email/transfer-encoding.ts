/** Content-Transfer-Encoding (RFC 2045), read piece by piece. */

/** Base64 is decoded in pieces of this size. */
const PIECE_CHARS = 64 * 1024;

/** The content of the lines of a part, without the line break before the boundary. */
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
  let [digits, size] = [[] as string[], 0];
  for await (const line of lines) {
    const clean = line.toString("latin1").replaceAll(/[^A-Za-z0-9+/]/g, "");
    digits.push(clean);
    if ((size += clean.length) < PIECE_CHARS) continue;
    const whole = digits.join("");
    const length = whole.length - (whole.length % 4);
    yield Buffer.from(whole.slice(0, length), "base64");
    [digits, size] = [[whole.slice(length)], whole.length - length];
  }
  if (size > 0) yield Buffer.from(digits.join(""), "base64");
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
