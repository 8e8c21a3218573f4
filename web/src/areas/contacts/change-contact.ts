import { useQueryClient } from "@tanstack/react-query";
import type { UpdateContact } from "../../api/api.gen";
import { call } from "../../api/call";

/** Changes a contact, and shows it changed wherever it is shown. */
export function useChangeContact(id: string): (change: UpdateContact) => Promise<void> {
  const queries = useQueryClient();
  return async (change) => {
    const after = await call("PATCH /api/contacts/{id}", { params: { id }, body: change });
    queries.setQueryData(["contact", id], after);
    await queries.invalidateQueries({ queryKey: ["contacts"] });
  };
}
