import { create } from "./create";
import { list } from "./list";
import { revoke } from "./revoke";

export const apiKeys = [list, create, revoke];
