import { area, everyone, signedIn } from "../../domain/operation";

export const auth = area({
  tag: "Auth",
  description: "Register an organization, log in and out",
  routes: {
    "POST /api/auth/login": everyone(() => import("./login")),
    "GET /api/auth/me": signedIn(() => import("./me")),
    "POST /api/auth/logout": signedIn(() => import("./logout")),
    "GET /api/auth/sessions": signedIn(() => import("./list-sessions")),
    "DELETE /api/auth/sessions/{id}": signedIn(() => import("./end-session")),
    "GET /api/auth/token": signedIn(() => import("./token")),
    "POST /api/auth/register": everyone(() => import("./register")),
  },
});
