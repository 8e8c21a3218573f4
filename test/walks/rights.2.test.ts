import { walkRights } from "./rights";

walkRights(2, 3);
