import { list } from "./list";
import { transfer } from "./transfer";

export const transfers = [transfer, list];
