import { defineProblem } from "../../kit/problem";

export const accountNotFound = defineProblem({
  code: "integration_account_not_found",
  status: 404,
  title: "Integration account not found",
});
export const accountExists = defineProblem({
  code: "integration_account_exists",
  status: 409,
  title: "The account is already connected",
});
export const channelUnsupported = defineProblem({
  code: "channel_unsupported",
  status: 422,
  title: "The channel is not supported yet",
});
export const accountConfigInvalid = defineProblem({
  code: "integration_config_invalid",
  status: 422,
  title: "The account configuration is invalid",
});
export const channelRefused = defineProblem({
  code: "channel_refused",
  status: 422,
  title: "The channel rejected the account",
});
export const channelUnavailable = defineProblem({
  code: "channel_unavailable",
  status: 503,
  title: "The channel is temporarily unavailable",
});
export const whatsappAccountNotFound = defineProblem({
  code: "whatsapp_account_not_found",
  status: 404,
  title: "WhatsApp account not found",
});
