import { defineProblem } from "../../kit/problem";

export const wrongCredentials = defineProblem({ code: "auth_wrong_credentials", status: 401, title: "Email address or password is wrong" });
export const emailTaken = defineProblem({ code: "auth_email_taken", status: 409, title: "This email address is in use" });
