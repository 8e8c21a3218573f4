import { create } from "./create";
import { get } from "./get";
import { list } from "./list";
import { remove } from "./remove";
import { status } from "./status";
import { update } from "./update";

export const agents = [list, create, get, remove, update, status];
