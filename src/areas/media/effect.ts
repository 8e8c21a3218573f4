import { effect } from "../../domain/effect";
import { fileKey } from "../../domain/message/state";
import { insertRows } from "../../kit/rows";

/** A message's file that is stored in R2. */
interface MediaRow {
  id: string;
  conversation_id: string;
  message_id: string;
  r2_key: string;
  mime_type: string;
  file_name: string | null;
  file_size: number | null;
  sha256: string | null;
  created_at: number;
}

const COLUMNS = [
  "id",
  "conversation_id",
  "message_id",
  "r2_key",
  "mime_type",
  "file_name",
  "file_size",
  "sha256",
  "created_at",
] as const satisfies (keyof MediaRow)[];
const INSERT_MEDIA = insertRows("media", COLUMNS, { or: "OR IGNORE" });

export const media = effect<MediaRow>({
  name: "media",
  fromConversation: ({ state, messages }) =>
    messages.flatMap(({ id, media: file, parts = [], createdAt }) => [
      ...(file?.state === "stored"
        ? [
            {
              id: file.id,
              conversation_id: state.id,
              message_id: id,
              r2_key: fileKey(state, file),
              mime_type: file.mimeType ?? "application/octet-stream",
              file_name: file.reference.fileName ?? null,
              file_size: file.fileSize,
              sha256: file.reference.sha256 ?? null,
              created_at: createdAt,
            },
          ]
        : []),
      // The HTML and the source are opened by their links alone.
      ...parts.flatMap((part) =>
        part.role === "html" || part.role === "source"
          ? []
          : [
              {
                id: part.id,
                conversation_id: state.id,
                message_id: id,
                r2_key: part.r2Key,
                mime_type: part.mimeType,
                file_name: part.fileName ?? null,
                file_size: part.sizeBytes,
                sha256: null,
                created_at: createdAt,
              },
            ],
      ),
    ]),
  statements: (db, rows) => [db.sql(INSERT_MEDIA, JSON.stringify(rows))],
});
