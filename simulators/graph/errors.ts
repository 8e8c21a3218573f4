/**
 * The error answers of the Graph API and the `errors[]` of failed statuses.
 * Meta: Cloud API, error codes. Apps should decide by `code` and `details`; titles are for people.
 */

interface KnownError {
  httpStatus: number;
  title: string;
  details: string;
}

const knownErrors: Record<number, KnownError> = {
  1: { httpStatus: 500, title: "An unknown error occurred", details: "Possibly a temporary issue. Wait and retry." },
  2: {
    httpStatus: 500,
    title: "Service temporarily unavailable",
    details: "Temporary, due to downtime or overload. Wait and retry.",
  },
  4: {
    httpStatus: 429,
    title: "Application request limit reached",
    details: "The app has reached its call rate limit.",
  },
  10: {
    httpStatus: 403,
    title: "Application does not have permission for this action",
    details: "Permission is not granted or was removed.",
  },
  100: { httpStatus: 400, title: "Invalid parameter", details: "Invalid parameter" },
  190: { httpStatus: 401, title: "Access token has expired", details: "Get a new access token." },
  368: {
    httpStatus: 403,
    title: "Temporarily blocked for policies violations",
    details: "The account was restricted for violating a policy.",
  },
  200: { httpStatus: 403, title: "Permissions error", details: "Permission is not granted or was removed." },
  230: { httpStatus: 403, title: "User consent is required", details: "The person has not consented." },
  551: {
    httpStatus: 400,
    title: "This person isn't available right now",
    details: "The person cannot be reached.",
  },
  613: { httpStatus: 400, title: "Calls to this api have exceeded the rate limit", details: "Wait and retry." },
  2200: {
    httpStatus: 400,
    title: "Callback verification failed",
    details: "The callback did not answer the challenge.",
  },
  80007: {
    httpStatus: 429,
    title: "Rate limit issues",
    details: "The WhatsApp Business Account has reached its rate limit.",
  },
  130429: {
    httpStatus: 429,
    title: "Rate limit hit",
    details:
      "Message failed to send because there were too many messages sent from this phone number in a short period of time",
  },
  130472: {
    httpStatus: 400,
    title: "User's number is part of an experiment",
    details: "Failed to send message because this user's phone number is part of an experiment",
  },
  131000: {
    httpStatus: 500,
    title: "Something went wrong",
    details: "Message failed to send due to an unknown error.",
  },
  131005: { httpStatus: 403, title: "Access denied", details: "Permission is not granted or was removed." },
  131008: { httpStatus: 400, title: "Required parameter is missing", details: "Required parameter is missing" },
  131009: {
    httpStatus: 400,
    title: "Parameter value is not valid",
    details: "One or more parameter values are invalid.",
  },
  131016: { httpStatus: 500, title: "Service unavailable", details: "A service is temporarily unavailable." },
  131021: {
    httpStatus: 400,
    title: "Recipient cannot be sender",
    details: "Sender and recipient phone number is the same.",
  },
  131026: { httpStatus: 400, title: "Message undeliverable", details: "Message Undeliverable." },
  131030: {
    httpStatus: 400,
    title: "Recipient phone number not in allowed list",
    details: "Recipient phone number not in allowed list: Add recipient phone number to recipient list and try again.",
  },
  131031: { httpStatus: 403, title: "Account has been locked", details: "Business Account locked" },
  131042: {
    httpStatus: 400,
    title: "Business eligibility payment issue",
    details: "Message failed to send because of errors related to your payment method.",
  },
  131047: {
    httpStatus: 400,
    title: "Re-engagement message",
    details:
      "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
  },
  131048: {
    httpStatus: 429,
    title: "Spam rate limit hit",
    details:
      "Message failed to send because there are restrictions on how many messages can be sent from this phone number.",
  },
  131049: {
    httpStatus: 400,
    title: "Message not delivered",
    details: "This message was not delivered to maintain healthy ecosystem engagement.",
  },
  131050: {
    httpStatus: 400,
    title: "User has stopped marketing messages",
    details: "Unable to deliver the message. This recipient has chosen to stop receiving marketing messages.",
  },
  131051: { httpStatus: 400, title: "Message type unknown", details: "Message type is currently not supported." },
  131053: { httpStatus: 400, title: "Media upload error", details: "Unable to upload the media used in the message." },
  131056: {
    httpStatus: 429,
    title: "(Business Account, Consumer Account) pair rate limit hit",
    details:
      "Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time.",
  },
  131057: { httpStatus: 500, title: "Account in maintenance mode", details: "Business Account is in maintenance mode" },
  132000: {
    httpStatus: 400,
    title: "Number of parameters does not match the expected number of params",
    details: "The number of parameters of the message is not that of the template.",
  },
  132001: {
    httpStatus: 404,
    title: "Template name does not exist in the translation",
    details: "The template does not exist in the specified language or has not been approved.",
  },
  132012: {
    httpStatus: 400,
    title: "Parameter format does not match format in the created template",
    details: "Variable parameter values are formatted incorrectly.",
  },
  132015: { httpStatus: 400, title: "Template is paused", details: "Template is paused due to low quality." },
  132016: {
    httpStatus: 400,
    title: "Template is disabled",
    details: "Template was paused too many times and is now permanently disabled.",
  },
  132018: {
    httpStatus: 400,
    title: "Template parameters are not valid",
    details: "There is an issue with the parameters of the template.",
  },
  133005: {
    httpStatus: 400,
    title: "Two step verification PIN mismatch",
    details: "The two-step verification PIN is incorrect.",
  },
  133010: {
    httpStatus: 400,
    title: "The account is not registered",
    details: "Phone number not registered on the WhatsApp Business Platform.",
  },
  133016: {
    httpStatus: 400,
    title: "Account register deregister rate limit exceeded",
    details: "Too many registrations of this number in a short time.",
  },
};

export interface GraphErrorOptions {
  details?: string;
  /** Replaces the whole message, for example in node errors, which have no "(#code)". */
  message?: string;
  httpStatus?: number;
  subcode?: number | undefined;
  /** Words for the person. */
  user?: { title: string; message: string };
  retryAfterSeconds?: number | undefined;
}

function known(code: number): KnownError {
  return knownErrors[code] ?? { httpStatus: 400, title: "Unknown error", details: "Unknown error" };
}

function traceId(): string {
  return "A" + crypto.randomUUID().replaceAll("-", "").slice(0, 22);
}

/** Meta: Cloud API, error response: `{error: {message, type, code, error_data?, error_subcode?, fbtrace_id}}`. */
export function graphError(code: number, options: GraphErrorOptions = {}): Response {
  const { httpStatus, title, details } = known(code);
  // Errors of the messaging product have details; errors of the Graph platform (token, node, server) do not.
  const withDetails = options.details !== undefined || code >= 100_000;
  const headers = new Headers();
  if (options.retryAfterSeconds !== undefined) headers.set("Retry-After", String(options.retryAfterSeconds));
  const error = {
    message: options.message ?? `(#${code}) ${title}`,
    type: "OAuthException",
    code,
    ...(withDetails && { error_data: { messaging_product: "whatsapp", details: options.details ?? details } }),
    ...(options.subcode !== undefined && { error_subcode: options.subcode }),
    ...(options.user && {
      is_transient: false,
      error_user_title: options.user.title,
      error_user_msg: options.user.message,
    }),
    fbtrace_id: traceId(),
  };
  return Response.json({ error }, { status: options.httpStatus ?? httpStatus, headers });
}

/** Meta's answer for an unknown node or edge. */
export function unknownNode(method: string, id: string): Response {
  return graphError(100, {
    message: `Unsupported ${method.toLowerCase()} request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation`,
    subcode: 33,
  });
}

/** Meta: Cloud API, status webhook: one entry of `errors[]`. */
export function statusError(code: number): Record<string, unknown> {
  const { title, details } = known(code);
  return {
    code,
    title,
    message: title,
    error_data: { details },
    href: "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
  };
}
