import { defineProblem } from "../../kit/problem";

export const signatureWrong = defineProblem({
  code: "webhook_signature_wrong",
  status: 401,
  title: "The signature is missing or incorrect",
});
export const verifyTokenWrong = defineProblem({
  code: "webhook_verify_token_wrong",
  status: 403,
  title: "The verify token is incorrect",
});
export const webhookBacklogFull = defineProblem({
  code: "webhook_backlog_full",
  status: 429,
  title: "Too much of the account waits to be applied; deliver it again later",
});
export const mailUnavailable = defineProblem({
  code: "webhook_mail_unavailable",
  status: 502,
  title: "The announced mail could not be fetched from its provider; deliver it again later",
});
export const mailDelayed = defineProblem({
  code: "webhook_mail_delayed",
  status: 503,
  title: "The mail cannot be taken now; deliver it again later",
});
