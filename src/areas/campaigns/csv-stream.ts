import { csvLine, neutralized } from "../../kit/csv";

/** Without a byte order mark Excel reads the file in a legacy encoding. */
const BOM = "\uFEFF";

/** Streams a CSV file. `next` returns the next lines; undefined: there are no more. Formulas are made texts. */
export function csvFile(
  name: string,
  header: readonly string[],
  next: () => Promise<string[][] | undefined>,
): Response {
  const encoder = new TextEncoder();
  let head = BOM + csvLine(header);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const lines = await next();
      const text = head + (lines ?? []).map((line) => csvLine(line.map(neutralized))).join("");
      head = "";
      if (text !== "" || lines) controller.enqueue(encoder.encode(text));
      if (!lines) controller.close();
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "text/csv; charset=utf-8; header=present",
      "content-disposition": `attachment; filename="${name}"`,
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    },
  });
}
