import { operation } from "../../kit/operation";
import { Contact, ContactPath, loadContact, toContact } from "./model";
import { contactNotFound } from "./problems";

export const get = operation({
  id: "getContact",
  tag: "Contacts",
  summary: "Get a contact by ID",
  method: "get",
  path: "/api/contacts/{id}",
  permission: "contacts.view",
  params: ContactPath,
  response: Contact,
  problems: [contactNotFound],
  handle: async ({ ctx, params }) => toContact(await loadContact(ctx, params.id)),
});
