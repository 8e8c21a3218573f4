import { walkFuzz } from "./fuzz";

walkFuzz(2, 4);
