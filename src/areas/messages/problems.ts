import { defineProblem } from "../../kit/problem";

export const messageNotAllowed = defineProblem({ code: "message_not_allowed", status: 422, title: "The channel does not take this message" });
export const messageReferenceUnknown = defineProblem({
  code: "message_reference_unknown",
  status: 422,
  title: "There is no such message in this conversation",
});
