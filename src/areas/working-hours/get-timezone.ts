import { operation } from "../../domain/operation";
import { Timezone } from "./model";
import { timezoneOf } from "./timezone";

export default operation({
  id: "getTimezone",
  summary: "Get tenant timezone",
  response: Timezone,
  handle: async ({ ctx }) => ({ timezone: await timezoneOf(ctx.db) }),
});
