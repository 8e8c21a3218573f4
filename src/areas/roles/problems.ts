import { defineProblem } from "../../kit/problem";

export const roleNotFound = defineProblem({ code: "role_not_found", status: 404, title: "Role not found" });
export const roleNameTaken = defineProblem({
  code: "role_name_taken",
  status: 409,
  title: "A role with this name already exists",
});
export const roleIsSystem = defineProblem({
  code: "role_is_system",
  status: 409,
  title: "System roles cannot be renamed or deleted",
});
export const roleInUse = defineProblem({ code: "role_in_use", status: 409, title: "The role is assigned to agents" });
export const roleBeyondCaller = defineProblem({
  code: "role_beyond_caller",
  status: 403,
  title: "You cannot grant permissions you do not have",
});
