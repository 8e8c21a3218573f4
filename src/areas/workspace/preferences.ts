import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";

/** How an open console calls the agent. `off`: not at all. `silent`: on the desktop only. */
const Sound = z.enum(["off", "silent", "soft", "clear"]);

/** An agent's choices for the console. A new field has a default, so that older rows stay right. */
const fields = {
  theme: z.enum(["system", "light", "dark"]).openapi({ description: "Default `system`" }),
  language: z.enum(["system", "en", "id"]).openapi({ description: "Default `system`: the browser's" }),
  density: z.enum(["comfortable", "compact"]).openapi({ description: "Default `comfortable`" }),
  shortcuts: z.boolean().openapi({ description: "Letters act outside fields; default true" }),
  enter_sends: z.boolean().openapi({ description: "Enter alone sends, not Ctrl+Enter only; default false" }),
  read_when: z.enum(["seen", "answered"]).openapi({
    description: "When an open conversation is marked as read; default `seen`",
  }),
  sound_mine: Sound.openapi({
    description:
      "A message in a conversation of the agent; default `clear`. `off`: an open console does not tell of it; `silent`: it does without a sound",
  }),
  sound_unassigned: Sound.openapi({ description: "A message that nobody has; default `soft`" }),
  sound_mention: Sound.openapi({ description: "A note names the agent; default `clear`" }),
  desktop_notifications: z.boolean().openapi({ description: "Default true, once the browser allows them" }),
} as const;

export const Preferences = z.object(fields).openapi("Preferences");
export type Preferences = z.infer<typeof Preferences>;
export const UpdatePreferences = z.strictObject(fields).partial().openapi("UpdatePreferences");

const DEFAULTS: Preferences = {
  theme: "system",
  language: "system",
  density: "comfortable",
  shortcuts: true,
  enter_sends: false,
  read_when: "seen",
  sound_mine: "clear",
  sound_unassigned: "soft",
  sound_mention: "clear",
  desktop_notifications: true,
};

export async function preferencesOf(ctx: Ctx): Promise<Preferences> {
  const [row] = await ctx.db.query<{ chosen: string }>(
    "SELECT chosen FROM agent_preferences WHERE org_id = ?1 AND agent_id = ?2",
    ctx.actor.id,
  );
  const chosen = row ? (JSON.parse(row.chosen) as Partial<Preferences>) : {};
  return { ...DEFAULTS, ...chosen };
}
