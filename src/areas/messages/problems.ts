import { defineProblem } from "../../kit/problem";

export const messageNotFound = defineProblem({
  code: "message_not_found",
  status: 404,
  title: "The conversation has no such message",
});
