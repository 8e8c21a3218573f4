import { operation } from "../../domain/operation";
import { ContactErasure, findErasure, toErasure } from "./erasure-model";
import { ContactPath } from "../contacts/model";
import { contactNotFound } from "../contacts/problems";

export default operation({
  id: "getContactErasure",
  summary: "Get the state of an erasure",
  description: "404 if the contact's erasure was never requested.",
  params: ContactPath,
  response: ContactErasure,
  problems: [contactNotFound],
  handle: async ({ ctx, params }) => {
    const row = await findErasure(ctx, params.id);
    if (!row) throw contactNotFound();
    return toErasure(row);
  },
});
