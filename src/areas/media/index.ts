import { get } from "./get";
import { open } from "./open";
import { upload, uploadPublic } from "./upload";

export const media = [upload, uploadPublic, get, open];
