import { analytics } from "./analytics";
import { get } from "./get";
import { rate } from "./rate";
import { request } from "./request";

export const csat = [get, request, analytics, rate];
