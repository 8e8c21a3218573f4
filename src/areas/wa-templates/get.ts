import { operation } from "../../domain/operation";
import { toWaTemplate, WaTemplate, WaTemplatePath } from "./model";
import { waTemplateNotFound } from "./problems";
import { loadTemplate } from "./store";

export default operation({
  id: "getWaTemplate",
  summary: "Get a WhatsApp template by ID",
  params: WaTemplatePath,
  response: WaTemplate,
  problems: [waTemplateNotFound],
  handle: async ({ ctx, params }) => toWaTemplate(await loadTemplate(ctx, params.id)),
});
