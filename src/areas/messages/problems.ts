import { defineProblem } from "../../kit/problem";

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
