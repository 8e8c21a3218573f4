import { defineProblem } from "../../kit/problem";

export const contactNotFound = defineProblem({ code: "contact_not_found", status: 404, title: "Contact not found" });
