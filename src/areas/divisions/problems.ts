import { defineProblem } from "../../kit/problem";

export const divisionNotFound = defineProblem({ code: "division_not_found", status: 404, title: "Division not found" });
export const divisionUnknown = defineProblem({
  code: "division_unknown",
  status: 422,
  title: "The division does not exist",
});
export const divisionNameTaken = defineProblem({
  code: "division_name_taken",
  status: 409,
  title: "A division with this name already exists",
});
export const divisionAgentUnknown = defineProblem({
  code: "division_agent_unknown",
  status: 422,
  title: "The agent does not exist",
});
