import { walkFuzz } from "./fuzz";

walkFuzz(3, 4);
