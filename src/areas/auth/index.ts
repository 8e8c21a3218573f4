import { login } from "./login";
import { logout } from "./logout";
import { me } from "./me";
import { register } from "./register";
import { token } from "./token";

export const auth = [login, me, logout, token, register];
