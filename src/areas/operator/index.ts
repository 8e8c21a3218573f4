import { list } from "./list-dead";
import { replay } from "./replay-dead";
import { parked } from "./parked";

export const operator = [list, replay, parked];
