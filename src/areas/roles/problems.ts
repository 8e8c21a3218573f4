import { defineProblem } from "../../kit/problem";

export const roleNotFound = defineProblem({ code: "role_not_found", status: 404, title: "Role not found" });
export const roleNameTaken = defineProblem({ code: "role_name_taken", status: 409, title: "A role of this name exists" });
export const roleIsSystem = defineProblem({ code: "role_is_system", status: 409, title: "A system role cannot be changed in this way" });
export const roleInUse = defineProblem({ code: "role_in_use", status: 409, title: "Agents have this role" });
export const roleBeyondCaller = defineProblem({
  code: "role_beyond_caller",
  status: 403,
  title: "One can only give, change and take away rights that one has",
});
