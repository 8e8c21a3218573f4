import { defineProblem } from "../../kit/problem";

export const contactNotFound = defineProblem({ code: "contact_not_found", status: 404, title: "Contact not found" });
export const contactExists = defineProblem({
  code: "contact_exists",
  status: 409,
  title: "There is a contact with this name on the channel",
});
export const contactMerged = defineProblem({
  code: "contact_merged",
  status: 409,
  title: "The contact is merged into another one",
});
export const contactUnknown = defineProblem({
  code: "contact_unknown",
  status: 422,
  title: "There is no such contact",
});
export const contactBeingErased = defineProblem({
  code: "contact_being_erased",
  status: 409,
  title: "The contact is being erased",
});
