import { create } from "./create";
import { get } from "./get";
import { list } from "./list";
import { remove } from "./remove";
import { setDefault } from "./set-default";
import { update } from "./update";

export const integrations = [list, create, get, remove, update, setDefault];
