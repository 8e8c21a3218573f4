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
export const bulkJobNotFound = defineProblem({ code: "bulk_job_not_found", status: 404, title: "Bulk job not found" });
export const bulkJobLimit = defineProblem({
  code: "bulk_job_limit",
  status: 422,
  title: "Too many bulk jobs are running",
});
