import { defineProblem } from "../../kit/problem";

export const holidayNotFound = defineProblem({ code: "holiday_not_found", status: 404, title: "Holiday not found" });
export const holidayTaken = defineProblem({
  code: "holiday_taken",
  status: 409,
  title: "The date has a holiday already",
});
export const holidayLimit = defineProblem({
  code: "holiday_limit",
  status: 422,
  title: "There are too many holidays; delete past ones",
});
export const organizationNotFound = defineProblem({
  code: "organization_not_found",
  status: 404,
  title: "Organization not found",
});
