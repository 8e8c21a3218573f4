import type { Ctx } from "../../domain/context";
import { doEach, type DueRow, sweep } from "../../kit/sweep";
import { commandConversation } from "./command";

const CONCURRENCY = 10;

interface Row extends DueRow {
  division_id: string;
}

/** Removes the unresolved conversations of deleted divisions from these divisions. */
export const leaveDeletedDivisions = sweep<Ctx, Row>({
  name: "divisions",
  long: true,
  due: `SELECT c.id, c.org_id, o.country, d.id AS division_id FROM deleted_divisions d
    CROSS JOIN conversations c INDEXED BY idx_conversations_live_division ON c.org_id = d.org_id AND c.division_id = d.id AND c.status <> 'resolved'
    JOIN orgs o ON o.org_id = d.org_id`,
  work: (ctx, _ids, rows) =>
    doEach(
      rows,
      CONCURRENCY,
      (row) => commandConversation(ctx, row.id, { kind: "leave_division", divisionId: row.division_id }),
      { event: "division_not_left", ids: (row) => ({ conversation_id: row.id }) },
    ),
});
