import { useEffect } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { LoginConfig } from "../../api/api.gen";
import { call } from "../../api/call";
import type { Channel } from "../../kit/channels";

/** The channels whose own dialog connects an account. */
export type LoginChannel = Exclude<Channel, "email">;

export const useLogin = (channel: LoginChannel, isAsked = true) =>
  useQuery({
    queryKey: ["login", channel],
    enabled: isAsked,
    queryFn: () =>
      channel === "whatsapp"
        ? call("GET /api/integrations/whatsapp/embedded-signup")
        : call(`GET /api/integrations/${channel}/oauth`),
    // Its state lives for ten minutes; the page that is opened asks for one of its own.
    staleTime: 300_000,
  });

/** Where one writes as a customer, if Meta is played by the simulator of `npm run dev`: its dialogs are on this machine. */
export function simulatorOf({ authorize_url: url }: Pick<LoginConfig, "authorize_url">): string | undefined {
  if (url === null) return undefined;
  const { hostname, origin } = new URL(url);
  return ["localhost", "127.0.0.1", "[::1]"].includes(hostname) ? `${origin}/_sim` : undefined;
}

/** The login goes on in a window of its own: the dialog is Meta's. */
export const openLogin = (channel: LoginChannel): void =>
  void window.open(`/connect/${channel}`, "_blank", "width=640,height=760");

/** Calls when a login has connected an account. The window cannot reach this page otherwise: their policies differ. */
export function useConnected(onConnected?: () => void): void {
  const queries = useQueryClient();
  useEffect(() => {
    const logins = new BroadcastChannel("omnistream.connected");
    logins.addEventListener("message", () => {
      void queries.invalidateQueries({ queryKey: ["accounts"] });
      onConnected?.();
    });
    return () => logins.close();
  }, [queries, onConnected]);
}
