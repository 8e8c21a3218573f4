import { passwordCost } from "../src/kit/password";

/** Every organization of a test has a password: at the real cost they would take a fifth of the suite. Loaded once, by setup.ts. */

export const PRODUCTION_COST = { ...passwordCost };
Object.assign(passwordCost, { N: 1024, p: 1 });
