import { defineProblem } from "../../kit/problem";

export const accountNotFound = defineProblem({
  code: "integration_account_not_found",
  status: 404,
  title: "Integration account not found",
});
export const accountInactive = defineProblem({
  code: "account_inactive",
  status: 422,
  title: "The channel account is inactive",
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
export const pinRefused = defineProblem({
  code: "channel_pin_refused",
  status: 422,
  title: "The channel rejected the PIN with which the account was to be registered",
});
export const healthUnsupported = defineProblem({
  code: "account_health_unsupported",
  status: 422,
  title: "The channel reports nothing about its accounts",
});
export const channelNotConnected = defineProblem({
  code: "integration_not_found",
  status: 404,
  title: "The channel has no account",
});
export const loginUnconfigured = defineProblem({
  code: "login_unconfigured",
  status: 422,
  title: "The deployment has no app for this login",
});
export const loginStateInvalid = defineProblem({
  code: "login_state_invalid",
  status: 422,
  title: "The login was not begun in this session",
});
export const loginStateExpired = defineProblem({
  code: "login_state_expired",
  status: 422,
  title: "The login took too long; begin again",
});
export const loginStateUsed = defineProblem({
  code: "login_state_used",
  status: 409,
  title: "The state was used before; continue without the code, or begin again",
});
export const loginCodeMissing = defineProblem({
  code: "login_code_missing",
  status: 422,
  title: "There is no login to continue: it needs its code",
});
export const loginDenied = defineProblem({
  code: "login_denied",
  status: 422,
  title: "The person did not allow the login",
});
export const numberNeeded = defineProblem({
  code: "signup_number_needed",
  status: 422,
  title: "The login opens several numbers; name one in phone_number_id and repeat the call without the code",
});
export const numberMissing = defineProblem({
  code: "signup_number_missing",
  status: 422,
  title: "The business account has no number yet; add one and repeat the call without the code",
});
export const pageNotConnected = defineProblem({
  code: "page_not_found",
  status: 404,
  title: "The page is not connected",
});
export const menuUnsupported = defineProblem({
  code: "menu_unsupported",
  status: 422,
  title: "The account's channel has no menu",
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
