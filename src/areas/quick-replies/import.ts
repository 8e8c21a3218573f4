import { z } from "@hono/zod-openapi";
import { readBytes } from "../../kit/body";
import { commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { storedOnce } from "../../kit/idempotency";
import { sha256Hex } from "../../kit/id";
import { formParts } from "../../kit/multipart";
import { operation } from "../../domain/operation";
import { bodyTooLarge, malformed, unsupportedMediaType } from "../../kit/problem";
import { type ImportRecord, readImport } from "./import-read";
import { categoryKeyOf, CreateQuickReply } from "./model";
import { quickReplyFileUnreadable } from "./problems";
import { type ImportLine, writeLines } from "./import-write";

const MAX_BYTES = 10 * 1024 * 1024;
const MAX_LINES = 10_000;
/** Errors reported for one record. */
const MAX_ERRORS = 20;

const ImportReport = z
  .object({
    total: z.int(),
    created: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    failed: z.int(),
    lines: z
      .array(
        z.object({
          line: z.int().openapi({ description: "Line on which the record begins; the header is line 1" }),
          outcome: z.enum(["created", "updated", "unchanged", "failed"]),
          id: z
            .uuid()
            .nullable()
            .openapi({ description: "Id of the quick reply that was created or updated; otherwise null" }),
          errors: z
            .array(z.object({ field: z.string(), message: z.string() }))
            .optional()
            .openapi({ description: "The fields that were refused, if the record failed" }),
        }),
      )
      .openapi({ description: "One entry per record, in the order of the file" }),
  })
  .openapi("QuickReplyImportReport");
type ImportReport = z.infer<typeof ImportReport>;

export default operation({
  id: "importQuickReplies",
  summary: "Import quick replies from CSV",
  description: `Send the file as the body (\`text/csv\`) or as the part \`file\` of a form. It must be UTF-8, or UTF-16 with a byte order mark, and have at most 10 MB and ${MAX_LINES} records; split a larger export. The first line with content, apart from an optional \`sep=;\` before it, names the columns title, content and optionally shortcut and category, in any order, separated by comma, semicolon or tab. Rows without content are skipped. Each record is imported separately: invalid records are reported, the others are imported. A record with an existing shortcut updates that quick reply; a record without a shortcut is created unless an identical one exists. Columns missing from the file stay unchanged. Importing the same file again is therefore safe.`,
  rawBody: [
    {
      contentType: "text/csv",
      schema: z
        .string()
        .openapi({ example: "title,content,shortcut,category\r\nHello,Hello {{contact.name}}!,/hello,Greetings\r\n" }),
    },
    {
      contentType: "multipart/form-data",
      schema: z.object({ file: z.string().openapi({ format: "binary", description: "The CSV file" }) }),
    },
  ],
  response: ImportReport,
  idempotent: "own",
  problems: [quickReplyFileUnreadable, bodyTooLarge, unsupportedMediaType],
  handle: async ({ ctx, request }) => importOnce(ctx, await readFile(request)),
});

async function readFile(request: Request): Promise<string> {
  const type = request.headers.get("content-type") ?? "";
  if (/^text\/csv\s*(;|$)/i.test(type)) return decodeFile(await readBytes(request, MAX_BYTES));
  if (!/^multipart\/form-data\s*;/i.test(type))
    throw unsupportedMediaType("the body must be text/csv or multipart/form-data");
  for await (const { name, body } of formParts(request, MAX_BYTES)) {
    if (name !== "file") continue;
    const parts: Uint8Array[] = [];
    for await (const part of body) parts.push(part);
    return decodeFile(Buffer.concat(parts));
  }
  throw malformed("the form has no part `file`");
}

/**
 * Decodes UTF-8, or UTF-16 with a byte order mark, which spreadsheets call "Unicode text". Throws `malformed_request`.
 */
function decodeFile(bytes: Uint8Array): string {
  const utf16 =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? "utf-16le"
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? "utf-16be"
        : undefined;
  try {
    return new TextDecoder(utf16 ?? "utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw malformed('the file is not UTF-8: save it as "CSV UTF-8"');
  }
}

async function importOnce(ctx: Ctx, text: string): Promise<ImportReport | Response> {
  if (!ctx.idempotency) return importQuickReplies(ctx, text);
  // The file's hash is known only now, after reading, so the key is checked here.
  ctx.idempotency.bodyHash = sha256Hex(text);
  return storedOnce(ctx, async () => {
    const answer = await importQuickReplies(ctx, text);
    // The answer is stored after the records, which are several transactions: an interrupted import may be repeated,
    // since records that are already written count as unchanged.
    await commit(ctx, { write: [], answer });
    return Response.json(answer, { headers: { "cache-control": "no-store" } });
  });
}

export async function importQuickReplies(ctx: Ctx, text: string): Promise<ImportReport> {
  const report: ImportReport["lines"] = [];
  const good: ImportLine[] = [];
  const seen = new Map<string, number>();
  const { columns, records } = readImport(text);
  for (const record of records) {
    if (report.length === MAX_LINES)
      throw quickReplyFileUnreadable(`more than ${MAX_LINES} records; nothing was imported`);
    const line: ImportReport["lines"][number] = { line: record.line, outcome: "failed", id: null };
    report.push(line);
    const parsed = record.fault === undefined ? CreateQuickReply.safeParse(record.values) : undefined;
    if (!parsed?.success) {
      line.errors = parsed ? errorsOf(record, parsed.error) : [{ field: "", message: record.fault! }];
      continue;
    }
    // The first of two records for one reply is imported; the second is reported as a duplicate.
    const same = parsed.data.shortcut ?? JSON.stringify({ ...parsed.data, category: categoryKeyOf(parsed.data) });
    const before = seen.get(same);
    if (before !== undefined) {
      line.errors = [
        { field: parsed.data.shortcut === null ? "" : "shortcut", message: `the same as on line ${before}` },
      ];
      continue;
    }
    seen.set(same, record.line);
    good.push({ ...parsed.data, id: ctx.newId(), settle: (outcome, id) => Object.assign(line, { outcome, id }) });
  }
  await writeLines(ctx, good, columns);
  const count = (outcome: string): number => report.filter((line) => line.outcome === outcome).length;
  return {
    total: report.length,
    created: count("created"),
    updated: count("updated"),
    unchanged: count("unchanged"),
    failed: count("failed"),
    lines: report,
  };
}

const errorsOf = ({ values }: ImportRecord, error: z.ZodError): { field: string; message: string }[] =>
  error.issues.slice(0, MAX_ERRORS).map(({ path, message }) => ({
    field: path.join("."),
    message: String(path[0]) in values ? message : "is missing",
  }));
