import { defineProblem } from "../../kit/problem";

export const apiKeyNotFound = defineProblem({ code: "api_key_not_found", status: 404, title: "API key not found" });
export const apiKeyScopeBeyondOwner = defineProblem({
  code: "api_key_scope_beyond_owner",
  status: 403,
  title: "An API key cannot have permissions that its owner does not have",
});
export const apiKeyExpiryPast = defineProblem({
  code: "api_key_expiry_past",
  status: 422,
  title: "The expiry must be in the future",
});
