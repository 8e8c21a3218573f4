import { useQuery } from "@tanstack/react-query";
import { call } from "./call";
import { may } from "./session";

/** Small lists that many screens need: names behind ids. Empty without the right. */

export const useAgents = () =>
  useQuery({ queryKey: ["agents"], queryFn: () => call("GET /api/agents"), enabled: may("agents.view") }).data ?? [];

export const useDivisions = () =>
  useQuery({ queryKey: ["divisions"], queryFn: () => call("GET /api/divisions"), enabled: may("divisions.view") })
    .data ?? [];

export const useAccounts = () =>
  useQuery({
    queryKey: ["accounts"],
    queryFn: () => call("GET /api/integrations/accounts"),
    enabled: may("integrations.view"),
  }).data ?? [];
