import { defineProblem } from "../../kit/problem";

export const webhookNotFound = defineProblem({ code: "webhook_not_found", status: 404, title: "Webhook not found" });
export const webhookDeliveryNotFound = defineProblem({
  code: "webhook_delivery_not_found",
  status: 404,
  title: "The webhook has no such delivery",
});
export const webhookUrlRefused = defineProblem({
  code: "webhook_url_refused",
  status: 422,
  title: "Events cannot be sent to this address",
});
export const webhookSecretInvalid = defineProblem({
  code: "webhook_secret_invalid",
  status: 422,
  title: "The secret must be whsec_ and the base64 of 24 to 64 bytes",
});
export const webhookDivisionUnknown = defineProblem({
  code: "webhook_division_unknown",
  status: 422,
  title: "A division of the filter does not exist",
});
export const webhookLimitReached = defineProblem({
  code: "webhook_limit_reached",
  status: 403,
  title: "The organization has as many webhooks as it may have",
});
export const webhookInactive = defineProblem({
  code: "webhook_inactive",
  status: 409,
  title: "The webhook is switched off",
});
