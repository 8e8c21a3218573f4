import { defineProblem } from "../../kit/problem";

export const wrongCredentials = defineProblem({
  code: "auth_wrong_credentials",
  status: 401,
  title: "The email address or password is incorrect",
});
export const emailTaken = defineProblem({
  code: "auth_email_taken",
  status: 409,
  title: "The email address is already in use",
});
export const sessionNotFound = defineProblem({ code: "session_not_found", status: 404, title: "Session not found" });
