import { z } from "@hono/zod-openapi";
import { type Ctx, visibilityOf } from "../../kit/context";
import { operation } from "../../kit/operation";
import { visibleSql } from "../conversations/filter";
import { mediaNotFound, rangeUnsatisfiable } from "./problems";
import { serveFile, type ServedFile } from "./serve";

export const get = operation({
  id: "getMedia",
  tag: "Media",
  summary: "Download or proxy a media file",
  description:
    "The file of a message in a conversation that the caller may see, or one that the caller has uploaded. Streams, and takes `Range`, `If-Range` and `If-None-Match`.",
  method: "get",
  path: "/api/media/{id}",
  permission: "conversations.view",
  params: z.object({ id: z.uuid() }),
  response: z.string().openapi({ format: "binary" }),
  contentType: "application/octet-stream",
  partial: true,
  problems: [mediaNotFound, rangeUnsatisfiable],
  handle: async ({ ctx, params, request }) => serveFile(ctx.env.MEDIA, await findFile(ctx, params.id), request, "private, max-age=3600"),
});

/** Throws `media_not_found`, also for a file that the caller may not see. */
async function findFile(ctx: Ctx, id: string): Promise<ServedFile> {
  const sees = visibilityOf(ctx.actor);
  const params: (string | number)[] = [id, Number(sees.all), sees.agentId ?? ""];
  const [row] = await ctx.db.query<{ r2_key: string; file_name: string | null }>(
    `SELECT m.r2_key, m.file_name FROM media m JOIN conversations c ON c.id = m.conversation_id AND c.org_id = m.org_id
     WHERE m.org_id = ?1 AND m.id = ?2 AND ${visibleSql(sees, (value) => `?${params.push(value) + 1}`)}
     UNION ALL SELECT r2_key, file_name FROM uploads WHERE org_id = ?1 AND id = ?2 AND state = 'stored' AND (is_public OR ?3 OR uploaded_by = ?4)`,
    ...params,
  );
  if (!row) throw mediaNotFound();
  return { r2Key: row.r2_key, fileName: row.file_name };
}
