import { defineProblem } from "../../kit/problem";

export const policyNotFound = defineProblem({
  code: "sla_policy_not_found",
  status: 404,
  title: "SLA policy not found",
});
export const tooManyPolicies = defineProblem({
  code: "sla_too_many_policies",
  status: 409,
  title: "SLA policy limit reached",
});
