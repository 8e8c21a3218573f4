/** The apps, pages, Instagram accounts, codes and tokens of the simulated logins. */
export interface LoginApp {
  id: string;
  secret: string;
  /** The configuration of Embedded Signup. */
  configId?: string;
}

export interface LoginPage {
  id: string;
  name: string;
  tasks: string[];
  /** The professional account that is linked to the page. */
  instagramId?: string;
  /** Undefined: the app is not subscribed. */
  subscribedFields?: string[];
}

export interface InstagramAccount {
  /** `user_id`, the id in webhooks. */
  id: string;
  username: string;
  subscribedFields?: string[];
}

/** The accounts that a person gave access to. */
export interface Allowed {
  pageIds?: string[];
  instagramId?: string;
  /** Numbers of Embedded Signup. */
  phoneNumberIds?: string[];
}

export type TokenKind = "user" | "long_user" | "page" | "business" | "instagram" | "long_instagram";

export interface LoginCode {
  app: "facebook" | "instagram";
  isSignup: boolean;
  redirectUri: string;
  allowed: Allowed;
  expiresAt: number;
  used: boolean;
}

export interface LoginToken {
  kind: TokenKind;
  allowed: Allowed;
  issuedAt: number;
  /** Null: never. */
  expiresAt: number | null;
}

export interface Logins {
  apps: Record<"facebook" | "instagram", LoginApp>;
  pages: Map<string, LoginPage>;
  instagram: Map<string, InstagramAccount>;
  codes: Map<string, LoginCode>;
  tokens: Map<string, LoginToken>;
  /** The next answers of api.instagram.com have no list, as they had none before. */
  flatInstagramTokens: boolean;
}

/** The ids that the tests' and the development's configuration name. */
export const defaultApps = (facebookSecret: string, instagramSecret = ""): Logins["apps"] => ({
  facebook: { id: "1000000000000001", secret: facebookSecret, configId: "2000000000000001" },
  instagram: { id: "1000000000000002", secret: instagramSecret },
});

const ALL_TASKS = ["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"];

export function createLogins(apps: Logins["apps"]): Logins {
  const logins: Logins = {
    apps,
    pages: new Map(),
    instagram: new Map(),
    codes: new Map(),
    tokens: new Map(),
    flatInstagramTokens: false,
  };
  addPage(logins, { id: "111899832631525", name: "Toko Biru", instagramId: "17841400000000001" });
  addPage(logins, { id: "110000000000002", name: "Toko Hijau" });
  addPage(logins, { id: "110000000000003", name: "Toko Teman", tasks: ["ANALYZE"] });
  addInstagram(logins, { id: "17841400000000001", username: "tokobiru" });
  addInstagram(logins, { id: "17841400000000002", username: "tokohijau" });
  return logins;
}

export function addPage(
  logins: Logins,
  page: { id: string; name: string; tasks?: string[]; instagramId?: string },
): LoginPage {
  const added: LoginPage = { tasks: ALL_TASKS, ...page };
  logins.pages.set(added.id, added);
  return added;
}

export function addInstagram(logins: Logins, account: InstagramAccount): InstagramAccount {
  logins.instagram.set(account.id, account);
  return account;
}

const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** Milliseconds; null: never. */
const LIFETIMES: Record<TokenKind, number | null> = {
  user: 2 * HOUR,
  long_user: 60 * DAY,
  page: null,
  business: null,
  instagram: HOUR,
  long_instagram: 60 * DAY,
};
const PREFIXES: Record<TokenKind, string> = {
  user: "EAAU",
  long_user: "EAAL",
  page: "EAAP",
  business: "EAAB",
  instagram: "IGAA",
  long_instagram: "IGAL",
};

const random = (): string => crypto.randomUUID().replaceAll("-", "");

export function issueToken(logins: Logins, kind: TokenKind, allowed: Allowed, now: number): string {
  const token = PREFIXES[kind] + random();
  const lifetime = LIFETIMES[kind];
  logins.tokens.set(token, { kind, allowed, issuedAt: now, expiresAt: lifetime === null ? null : now + lifetime });
  return token;
}

/** Codes of Embedded Signup live 30 seconds, others an hour. */
export function issueCode(logins: Logins, code: Omit<LoginCode, "used" | "expiresAt">, now: number): string {
  const text = `AQ${random()}${random()}`;
  logins.codes.set(text, { ...code, used: false, expiresAt: now + (code.isSignup ? 30_000 : HOUR) });
  return text;
}

/** Whether the token is of this page, account or number. */
export const isTokenOf = ({ allowed }: LoginToken, id: string): boolean =>
  allowed.instagramId === id || allowed.pageIds?.includes(id) === true || allowed.phoneNumberIds?.includes(id) === true;

/** Ends all tokens of a page, an account or a number, as a person does who removes the app. */
export function revokeTokens(logins: Logins, id: string): number {
  const theirs = [...logins.tokens.values()].filter((token) => isTokenOf(token, id));
  for (const token of theirs) token.expiresAt = 0;
  return theirs.length;
}

export function expireCodes(logins: Logins): void {
  for (const code of logins.codes.values()) code.expiresAt = 0;
}
