import { get } from "./get";

export const media = [get];
