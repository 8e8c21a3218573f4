import { defineProblem } from "../../kit/problem";

export const scheduledMessageNotFound = defineProblem({
  code: "scheduled_message_not_found",
  status: 404,
  title: "Scheduled message not found",
});
export const scheduledMessageNotPending = defineProblem({
  code: "scheduled_message_not_pending",
  status: 409,
  title: "The message is no longer pending",
});
export const scheduledAtPast = defineProblem({
  code: "scheduled_at_past",
  status: 422,
  title: "The scheduled time must be in the future",
});
export const scheduledAtTooFar = defineProblem({
  code: "scheduled_at_too_far",
  status: 422,
  title: "The scheduled time must be within one year",
});
