import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { operation } from "../../domain/operation";
import { allGone, commit } from "../../kit/commit";
import { WaTemplatePath } from "./model";
import { waTemplateNotFound } from "./problems";
import { loadTemplate } from "./store";

const Removed = z.object({ message: z.string(), template_id: z.uuid() });

export default operation({
  id: "deleteWaTemplate",
  summary: "Delete a WhatsApp template (local only)",
  description: "Meta keeps the template: the next sync brings it back. Until then it cannot be sent.",
  params: WaTemplatePath,
  response: Removed,
  problems: [waTemplateNotFound],
  handle: ({ ctx, params }) => removeWaTemplate(ctx, params.id),
});

export async function removeWaTemplate(ctx: Ctx, id: string): Promise<z.infer<typeof Removed>> {
  const { name, language, category, status } = await loadTemplate(ctx, id);
  await commit(ctx, {
    write: [ctx.db.sql("DELETE FROM wa_templates WHERE org_id = ?1 AND id = ?2", id)],
    events: [happened("wa_template.deleted", id, allGone({ name, language, category, status }))],
    mustChange: () => waTemplateNotFound(),
  });
  return { message: "template deleted here; the channel keeps it", template_id: id };
}
