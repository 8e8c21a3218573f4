import { walkRoles } from "./roles";

walkRoles(1, 2);
