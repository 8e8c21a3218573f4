import { list } from "./list";
import { set } from "./set";

export const chatExpiration = [list, set];
