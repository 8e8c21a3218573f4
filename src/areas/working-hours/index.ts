import { getTimezone } from "./get-timezone";
import { setTimezone } from "./set-timezone";

export const workingHours = [getTimezone, setTimezone];
