import { list } from "./list";
import { search } from "./search";
import { send } from "./send";

export const messages = [list, send, search];
