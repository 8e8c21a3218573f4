import { defineProblem } from "../../kit/problem";

export const conversationNotFound = defineProblem({
  code: "conversation_not_found",
  status: 404,
  title: "Conversation not found",
});
export const assigneeNotFound = defineProblem({
  code: "assignee_not_found",
  status: 422,
  title: "The assignee does not exist or is not active",
});
