import { effect } from "../../domain/effect";
import { isHeard } from "../../domain/event";
import { inboxOf } from "../../objects";

/** Sends events of entities to the live inbox, for the sockets that may hear them. */
export const heardEntities = effect({
  name: "heard_entities",
  deliver: ({ id, type, at, entityId, data }) =>
    isHeard(type)
      ? async (ctx) => {
          const frame = { seq: 1, type, at: new Date(at).toISOString(), entity_id: entityId, data };
          await inboxOf(ctx).publish({ id, frames: [frame], isRepeated: true });
        }
      : undefined,
});
