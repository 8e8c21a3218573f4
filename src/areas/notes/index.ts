import { create } from "./create";
import { list } from "./list";
import { remove } from "./remove";
import { update } from "./update";

export const notes = [list, create, update, remove];
