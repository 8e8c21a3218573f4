import { create } from "./create";
import { exportCsv } from "./export";
import { favorite } from "./favorite";
import { importCsv } from "./import";
import { list } from "./list";
import { remove } from "./remove";
import { unfavorite } from "./unfavorite";
import { update } from "./update";
import { use } from "./use";

export const quickReplies = [list, create, exportCsv, importCsv, update, remove, use, favorite, unfavorite];
