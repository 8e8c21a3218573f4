import { operation } from "../../domain/operation";
import { Contact, ContactPath, loadContact, toContact } from "./model";
import { contactNotFound } from "./problems";

export default operation({
  id: "getContact",
  summary: "Get a contact by ID",
  params: ContactPath,
  response: Contact,
  problems: [contactNotFound],
  handle: async ({ ctx, params }) => toContact(ctx, await loadContact(ctx, params.id)),
});
