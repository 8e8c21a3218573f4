import { conversations } from "./conversations";
import { get } from "./get";
import { list } from "./list";
import { update } from "./update";

export const contacts = [list, get, update, conversations];
