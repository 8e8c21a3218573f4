import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/call";
import { teamWords } from "./words";

/** The small lists of the team. They are read whole; a change of one asks for it anew. */
export const useAgentsQuery = () =>
  useQuery({ queryKey: ["agents"], queryFn: () => call("GET /api/agents"), refetchInterval: 30_000 });
export const useDivisionsQuery = () => useQuery({ queryKey: ["divisions"], queryFn: () => call("GET /api/divisions") });
export const useRolesQuery = () =>
  useQuery({
    queryKey: ["roles"],
    queryFn: async () => {
      const roles = await call("GET /api/roles");
      // Built-in roles first, those with most rights before others.
      return roles.sort(
        (one, other) =>
          Number(other.is_system) - Number(one.is_system) || other.permissions.length - one.permissions.length,
      );
    },
  });

/** Built-in roles have a name in each language, others the one that they were given. */
export const roleName = (name: string): string => (teamWords.get().systemRoles as Record<string, string>)[name] ?? name;
