import { walkRights } from "./rights";

walkRights(1, 3);
