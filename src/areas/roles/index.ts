import { create } from "./create";
import { get } from "./get";
import { list } from "./list";
import { permissions } from "./permissions";
import { remove } from "./remove";
import { update } from "./update";

export const roles = [list, create, get, remove, update, permissions];
