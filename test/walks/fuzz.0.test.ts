import { walkFuzz } from "./fuzz";

walkFuzz(0, 4);
