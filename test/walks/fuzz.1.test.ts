import { walkFuzz } from "./fuzz";

walkFuzz(1, 4);
