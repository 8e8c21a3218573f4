import { useQuery } from "@tanstack/react-query";
import { type Answer, ApiProblem, call } from "../../api/call";
import { createStore, useStore } from "../../kit/store";

/** The operator's token lives as long as the tab, and nowhere but in its memory. */
const token = createStore<string | undefined>(undefined);

export const useToken = (): string | undefined => useStore(token);
export const forgetToken = (): void => token.set(undefined);
export const operatorToken = (): string => token.get() ?? "";

/** Throws what the API says if the token is not the deployment's. */
export async function enter(text: string): Promise<void> {
  await call("GET /operator/sweeps", { bearer: text });
  token.set(text);
}

type Read = "GET /operator/sweeps" | "GET /operator/parked" | "GET /health";
const EVERY_MS = 15_000;

/** Reads as the operator, again and again while it is looked at. A token that is refused is forgotten. */
export function useOperatorQuery<Name extends Read>(name: Name) {
  return useQuery<Answer<Name>>({
    queryKey: ["operator", name],
    queryFn: () => asOperator(call(name, { bearer: operatorToken() } as never)),
    refetchInterval: EVERY_MS,
    gcTime: 0,
  });
}

export async function asOperator<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) forgetToken();
    throw error;
  }
}
