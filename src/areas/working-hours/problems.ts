import { defineProblem } from "../../kit/problem";

export const divisionNotFound = defineProblem({ code: "division_not_found", status: 404, title: "Division not found" });
export const organizationNotFound = defineProblem({ code: "organization_not_found", status: 404, title: "Organization not found" });
