import { agents } from "./agents";
import { channels } from "./channels";
import { overview } from "./overview";
import { trends } from "./trends";

export const analytics = [overview, trends, agents, channels];
