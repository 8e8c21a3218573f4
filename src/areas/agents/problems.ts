import { defineProblem } from "../../kit/problem";

export const agentNotFound = defineProblem({ code: "agent_not_found", status: 404, title: "Agent not found" });
export const agentEmailTaken = defineProblem({
  code: "agent_email_taken",
  status: 409,
  title: "The email address is already in use",
});
export const agentLastAdmin = defineProblem({
  code: "agent_last_admin",
  status: 409,
  title: "The organization needs at least one active admin",
});
export const agentIsCaller = defineProblem({
  code: "agent_is_caller",
  status: 409,
  title: "You cannot delete or suspend yourself",
});
export const roleUnknown = defineProblem({ code: "role_unknown", status: 422, title: "The role does not exist" });
export const passwordNeedsCurrent = defineProblem({
  code: "password_needs_current",
  status: 422,
  title: "The current password is missing or incorrect",
});
