import { getTimezone } from "./get-timezone";
import { list } from "./list";
import { listDivision } from "./list-division";
import { removeDivision } from "./remove-division";
import { set } from "./set";
import { setDivision } from "./set-division";
import { setTimezone } from "./set-timezone";
import { status } from "./status";

export const workingHours = [list, set, listDivision, setDivision, removeDivision, getTimezone, setTimezone, status];
