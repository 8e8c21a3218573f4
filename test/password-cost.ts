import { passwordCost } from "../src/kit/password";

export const PRODUCTION_COST = { ...passwordCost };

/** Every organization of a test has a password: at the real cost they would take a fifth of the suite. */
export const lowerPasswordCost = (): void => void Object.assign(passwordCost, { N: 1024, p: 1 });
