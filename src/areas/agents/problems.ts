import { defineProblem } from "../../kit/problem";

export const agentNotFound = defineProblem({ code: "agent_not_found", status: 404, title: "Agent not found" });
export const agentEmailTaken = defineProblem({ code: "agent_email_taken", status: 409, title: "This email address is in use" });
export const agentLastAdmin = defineProblem({ code: "agent_last_admin", status: 409, title: "The last active admin must stay" });
export const agentHimself = defineProblem({ code: "agent_is_caller", status: 409, title: "One cannot remove or suspend oneself" });
export const roleUnknown = defineProblem({ code: "role_unknown", status: 422, title: "There is no such role" });
export const passwordNeedsCurrent = defineProblem({ code: "password_needs_current", status: 422, title: "The current password is needed and must be right" });
