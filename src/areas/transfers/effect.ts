import { effect } from "../../domain/effect";
import { uuidV5 } from "../../kit/id";
import { insertRows } from "../../kit/rows";

/** A row of a conversation's transfer history. */
interface Transfer {
  id: string;
  conversation_id: string;
  transferred_by: string | null;
  from_agent_id: string | null;
  to_agent_id: string | null;
  from_division_id: string | null;
  to_division_id: string | null;
  note: string | null;
  created_at: number;
}

const COLUMNS = [
  "id",
  "conversation_id",
  "transferred_by",
  "from_agent_id",
  "to_agent_id",
  "from_division_id",
  "to_division_id",
  "note",
  "created_at",
] as const satisfies (keyof Transfer)[];
const INSERT_TRANSFERS = insertRows("conversation_transfers", COLUMNS, { or: "OR IGNORE" });

export const transfers = effect<Transfer>({
  name: "transfers",
  fromConversation: ({ state, events }) =>
    events
      .filter(({ type }) => type === "conversation.transferred")
      .map(({ seq, actor, data, at }) => ({
        ...(data as Pick<Transfer, "from_agent_id" | "to_agent_id" | "from_division_id" | "to_division_id" | "note">),
        id: uuidV5(state.id, `transfer:${seq}`),
        conversation_id: state.id,
        transferred_by: actor.id,
        created_at: at,
      })),
  statements: (db, rows) => [db.sql(INSERT_TRANSFERS, JSON.stringify(rows))],
});
