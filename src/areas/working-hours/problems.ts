import { defineProblem } from "../../kit/problem";

export const organizationNotFound = defineProblem({
  code: "organization_not_found",
  status: 404,
  title: "Organization not found",
});
