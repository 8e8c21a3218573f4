import type { Profile } from "./api.gen";
import { ApiProblem, call, whenSignedOut } from "./call";
import { createStore } from "../kit/store";

/** The session of this browser. The cookie is the session: no token is kept where a script could read it. */
export interface Session {
  /** undefined: not known yet; null: nobody is logged in. */
  profile: Profile | null | undefined;
  /** The session of `profile` has ended: a login over the page goes on where it was. */
  hasEnded: boolean;
}

export const session = createStore<Session>({ profile: undefined, hasEnded: false });

/** Other tabs of this browser have the same session. */
const tabs = new BroadcastChannel("session");
tabs.addEventListener("message", ({ data }) => {
  if (data === "logged_out") location.assign("/app/");
  if (data === "logged_in") void loadSession();
});

whenSignedOut(() => {
  const { profile } = session.get();
  session.set(profile ? { profile, hasEnded: true } : { profile: null, hasEnded: false });
});

/** Asks who is logged in. Unreachable: stays as it was. */
export async function loadSession(): Promise<void> {
  try {
    session.set({ profile: await call("GET /api/auth/me", { isLogin: true }), hasEnded: false });
  } catch (error) {
    const isOver = error instanceof ApiProblem && error.status === 401;
    const { profile } = session.get();
    if (isOver) session.set(profile ? { profile, hasEnded: true } : { profile: null, hasEnded: false });
    else if (profile === undefined) throw error;
  }
}

export async function login(email: string, password: string): Promise<void> {
  const { profile } = session.get();
  const { agent } = await call("POST /api/auth/login", { body: { email, password }, isLogin: true });
  // Another agent's screen would show what the new one may not see.
  if (profile && profile.id !== agent.id) return location.assign("/app/");
  await loadSession();
  tabs.postMessage("logged_in");
}

export async function register(organization: { name: string; email: string; password: string }): Promise<void> {
  const { name, email, password } = organization;
  await call("POST /api/auth/register", {
    body: { org_name: name, admin_email: email, admin_password: password },
    isLogin: true,
  });
  await loadSession();
}

export async function logout(): Promise<void> {
  await call("POST /api/auth/logout", { isLogin: true }).catch(() => undefined);
  tabs.postMessage("logged_out");
  location.assign("/app/");
}

export const may = (permission: string): boolean => session.get().profile?.permissions.includes(permission) ?? false;
