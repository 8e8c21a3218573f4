import { type Ctx, visibilityOf } from "../../domain/context";
import { visibleSql } from "../conversations/filter";

/** A file that is stored in R2, by its row in `media` or `uploads`. */
export interface KeptFile {
  r2Key: string;
  mimeType: string;
  fileName: string | null;
  fileSize: number | null;
}

/**
 * A file that the caller may open and send: of a message in a visible conversation, or an upload that is public or the
 * caller's own. A caller who sees every conversation sees every upload. Undefined if there is none.
 */
export async function findFile(ctx: Ctx, id: string): Promise<KeptFile | undefined> {
  const sees = visibilityOf(ctx.actor);
  const params: (string | number)[] = [id, Number(sees.all), sees.agentId ?? ""];
  const [row] = await ctx.db.query<{
    r2_key: string;
    mime_type: string;
    file_name: string | null;
    file_size: number | null;
  }>(
    `SELECT m.r2_key, m.mime_type, m.file_name, m.file_size FROM media m JOIN conversations c ON c.id = m.conversation_id AND c.org_id = m.org_id
     WHERE m.org_id = ?1 AND m.id = ?2 AND ${visibleSql(sees, (value) => `?${params.push(value) + 1}`)}
     UNION ALL SELECT r2_key, mime_type, file_name, file_size FROM uploads
     WHERE org_id = ?1 AND id = ?2 AND state = 'stored' AND (is_public OR ?3 OR uploaded_by = ?4)`,
    ...params,
  );
  return row && { r2Key: row.r2_key, mimeType: row.mime_type, fileName: row.file_name, fileSize: row.file_size };
}
