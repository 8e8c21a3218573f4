import { walkRights } from "./rights";

walkRights(0, 3);
