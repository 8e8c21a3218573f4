import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/call";
import { may } from "../../api/session";

/** Those that can be sent. */
export const useTemplates = () =>
  useQuery({
    queryKey: ["templates", "approved"],
    queryFn: () => call("GET /api/wa-templates", { query: { status: "APPROVED", limit: 100 } }),
    enabled: may("templates.view"),
  });

export const useTemplate = (id: string | null) =>
  useQuery({
    queryKey: ["template", id],
    queryFn: () => call("GET /api/wa-templates/{id}", { params: { id: id! } }),
    enabled: id !== null && may("templates.view"),
  });
