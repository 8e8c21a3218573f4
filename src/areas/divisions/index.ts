import { addAgents } from "./add-agents";
import { create } from "./create";
import { get } from "./get";
import { list } from "./list";
import { listAgents } from "./list-agents";
import { removeAgents } from "./remove-agents";
import { remove } from "./remove";
import { update } from "./update";

export const divisions = [list, create, get, remove, update, listAgents, addAgents, removeAgents];
