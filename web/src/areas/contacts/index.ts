import { BookUser } from "lucide-react";
import { defineArea } from "../area";
import { contactWords } from "./words";

export const contacts = defineArea({
  path: "/contacts",
  name: { en: "Contacts", id: "Kontak" },
  icon: BookUser,
  at: "top",
  rights: ["contacts.view"],
  key: "c",
  page: () => import("./page"),
  words: contactWords,
});
