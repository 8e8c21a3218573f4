import { defineProblem } from "../../kit/problem";

export const conversationNotFound = defineProblem({
  code: "conversation_not_found",
  status: 404,
  title: "Conversation not found",
});
export const conversationResolved = defineProblem({
  code: "conversation_resolved",
  status: 409,
  title: "The conversation is resolved",
});
export const conversationWindowClosed = defineProblem({
  code: "window_closed",
  status: 422,
  title: "The customer service window is closed",
});
export const conversationChanged = defineProblem({
  code: "conversation_changed",
  status: 409,
  title: "The conversation was changed by another request",
});
export const conversationTooManyTags = defineProblem({
  code: "conversation_too_many_tags",
  status: 422,
  title: "The conversation has too many tags",
});
export const assigneeNotFound = defineProblem({
  code: "assignee_not_found",
  status: 422,
  title: "The assignee does not exist or is not active",
});
export const transferToSelf = defineProblem({
  code: "transfer_to_self",
  status: 422,
  title: "The conversation is already assigned there",
});
export const messageNotAllowed = defineProblem({
  code: "message_not_allowed",
  status: 422,
  title: "The channel does not accept this message",
});
export const messageReferenceUnknown = defineProblem({
  code: "message_reference_unknown",
  status: 422,
  title: "The message does not exist in this conversation",
});
