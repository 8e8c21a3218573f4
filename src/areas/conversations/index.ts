import { assign } from "./assign";
import { bulk } from "./bulk";
import { expire } from "./expire";
import { get } from "./get";
import { list } from "./list";
import { read } from "./read";
import { status } from "./status";
import { tags } from "./tags";
import { takeover } from "./takeover";

export const conversations = [list, get, assign, status, read, expire, tags, takeover, bulk];
