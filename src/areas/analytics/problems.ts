import { defineProblem } from "../../kit/problem";

export const whatsappInsightsDisabled = defineProblem({
  code: "whatsapp_insights_disabled",
  status: 422,
  title: "Template analytics are not enabled for this WhatsApp Business Account",
});
