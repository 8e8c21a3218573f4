import { effect } from "../../domain/effect";
import { type EntityEvent, happened } from "../../domain/event";
import { uuidV7 } from "../../kit/id";
import { activityStatement, entityActivity } from "../activity-logs/effect";
import { hoursOf, inWords } from "./store";

/** Deletes the working hours of a deleted division. */
export const hoursOfDivision = effect<EntityEvent>({
  name: "working_hours",
  fromEntity: (event) => (event.type === "division.deleted" ? [event] : undefined),
  statements: async (db, [deleted]) => {
    const { entityId: divisionId, at, actor } = deleted!;
    const week = await hoursOf(db, divisionId);
    if (week.length === 0) return [];
    const event = happened("division.hours_changed", divisionId, { hours: [inWords(week), []] });
    return [
      db.sql("DELETE FROM working_hours WHERE org_id = ?1 AND division_id = ?2", divisionId),
      activityStatement(db, [entityActivity({ ...event, id: uuidV7(at), at, actor })!]),
    ];
  },
});
