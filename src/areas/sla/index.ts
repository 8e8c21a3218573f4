import { breaches } from "./breaches";
import { conversation } from "./conversation";
import { create } from "./create";
import { list } from "./list";
import { remove } from "./remove";
import { update } from "./update";

export const sla = [list, create, remove, update, breaches, conversation];
