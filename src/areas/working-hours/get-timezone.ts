import { operation } from "../../kit/operation";
import { Timezone } from "./model";
import { timezoneOf } from "./timezone";

export const getTimezone = operation({
  id: "getTimezone",
  tag: "Working Hours",
  summary: "Get tenant timezone",
  method: "get",
  path: "/api/settings/timezone",
  permission: "settings.view",
  response: Timezone,
  handle: async ({ ctx }) => ({ timezone: await timezoneOf(ctx.db) }),
});
