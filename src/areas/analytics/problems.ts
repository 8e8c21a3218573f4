import { defineProblem } from "../../kit/problem";

export const whatsappAccountNotFound = defineProblem({
  code: "whatsapp_account_not_found",
  status: 404,
  title: "WhatsApp account not found",
});
export const whatsappInsightsDisabled = defineProblem({
  code: "whatsapp_insights_disabled",
  status: 422,
  title: "Template analytics are not enabled for this WhatsApp Business Account",
});
