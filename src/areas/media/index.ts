import { area, can, everyone } from "../../domain/operation";

export const media = area({
  tag: "Media",
  description: "Upload, download and send files",
  routes: {
    "POST /api/media": can("media.upload", () => import("./upload")),
    "POST /api/media/upload": can("media.upload", () => import("./upload-public")),
    "GET /api/media/{id}": can("conversations.view", () => import("./get")),
    "GET /files/{token}": everyone(() => import("./open")),
    "GET /files/{token}/html": everyone(() => import("./open-html")),
  },
});
