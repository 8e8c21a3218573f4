import { effect } from "../../domain/effect";
import { happened } from "../../domain/event";
import { fieldOf, ROWS } from "../../kit/rows";
import { hoursOf, inWords } from "./store";

/** Deletes the working hours and holidays of a deleted division. */
export const hoursOfDivision = effect<{ division_id: string }>({
  name: "working_hours",
  fromEntity: ({ type, entityId }) => (type === "division.deleted" ? [{ division_id: entityId }] : undefined),
  leadsTo: ({ type, entityId }) =>
    type === "division.deleted"
      ? async (db) => {
          const week = await hoursOf(db, entityId);
          return week.length === 0
            ? []
            : [happened("division.hours_changed", entityId, { hours: [inWords(week), []] })];
        }
      : undefined,
  statements: (db, rows) =>
    ["working_hours", "holidays"].map((table) =>
      db.sql(
        `DELETE FROM ${table} WHERE org_id = ?1 AND division_id IN (SELECT ${fieldOf("division_id")} FROM ${ROWS})`,
        JSON.stringify(rows),
      ),
    ),
});
