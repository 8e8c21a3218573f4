import { z } from "@hono/zod-openapi";
import { type Ctx, visibilityOf } from "../../kit/context";
import { operation } from "../../kit/operation";
import { visibleSql } from "../conversations/filter";
import { mediaNotFound, rangeUnsatisfiable } from "./problems";
import { isShowable } from "./sniff";

export const get = operation({
  id: "getMedia",
  tag: "Media",
  summary: "Download or proxy a media file",
  description: "The file of a message in a conversation that the caller may see. Streams, and takes a `Range`.",
  method: "get",
  path: "/api/media/{id}",
  permission: "conversations.view",
  params: z.object({ id: z.uuid() }),
  response: z.string().openapi({ format: "binary" }),
  contentType: "application/octet-stream",
  partial: true,
  problems: [mediaNotFound, rangeUnsatisfiable],
  handle: ({ ctx, params, request }) => downloadMedia(ctx, params.id, request.headers.get("range")),
});

interface MediaRow {
  r2_key: string;
  mime_type: string;
  file_name: string | null;
  file_size: number | null;
}

export async function downloadMedia(ctx: Ctx, id: string, range: string | null): Promise<Response> {
  const params: (string | number)[] = [id];
  const [row] = await ctx.db.query<MediaRow>(
    `SELECT m.r2_key, m.mime_type, m.file_name, m.file_size FROM media m JOIN conversations c ON c.id = m.conversation_id AND c.org_id = m.org_id
     WHERE m.org_id = ?1 AND m.id = ?2 AND ${visibleSql(visibilityOf(ctx.actor), (value) => `?${params.push(value) + 1}`)}`,
    ...params,
  );
  if (!row) throw mediaNotFound();
  const asked = rangeOf(range, row.file_size ?? undefined);
  const object = await ctx.env.MEDIA.get(row.r2_key, asked ? { range: asked } : {});
  if (!object) throw mediaNotFound();
  const headers = new Headers({
    "content-type": row.mime_type,
    "content-disposition": `${isShowable(row.mime_type) ? "inline" : "attachment"}; filename*=UTF-8''${encodeURIComponent((row.file_name ?? id).toWellFormed())}`,
    // Never guessed, never run, never kept by a shared cache.
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox; default-src 'none'",
    "cache-control": "private, max-age=3600",
    "accept-ranges": "bytes",
    etag: object.httpEtag,
  });
  if (!asked) return new Response(object.body, { headers: withLength(headers, object.size) });
  headers.set("content-range", `bytes ${asked.offset}-${asked.offset + asked.length - 1}/${object.size}`);
  return new Response(object.body, { status: 206, headers: withLength(headers, asked.length) });
}

function withLength(headers: Headers, bytes: number): Headers {
  headers.set("content-length", String(bytes));
  return headers;
}

/** RFC 9110, one range of bytes. What is no such thing is no range; one outside the file is refused. */
function rangeOf(header: string | null, size: number | undefined): { offset: number; length: number } | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "");
  if (!match || size === undefined || (match[1] === "" && match[2] === "")) return undefined;
  const last = match[1] === "" || match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
  const first = match[1] === "" ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  if (first > last || first >= size) throw rangeUnsatisfiable(`the file has ${size} bytes`);
  return { offset: first, length: last - first + 1 };
}
