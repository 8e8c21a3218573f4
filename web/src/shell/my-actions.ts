import { useQueryClient } from "@tanstack/react-query";
import type { Profile } from "../api/api.gen";
import { call } from "../api/call";
import { toastProblem } from "../api/problems";
import { loadSession } from "../api/session";
import { type Action, useActions } from "../kit/actions";
import { commonWords } from "../kit/common-words";
import { THEMES } from "../kit/theme";
import { LOCALES, type Locale, useWords } from "../kit/words";
import { choose } from "../live/choices";

export function useSetOnline(id: string): (isOnline: boolean) => void {
  const queries = useQueryClient();
  return (isOnline) => {
    call("PATCH /api/agents/{id}/status", { params: { id }, body: { is_online: isOnline } })
      .then(() => Promise.all([loadSession(), queries.invalidateQueries({ queryKey: ["agents"] })]))
      .catch(toastProblem);
  };
}

/** Offers in the palette, by name, what the agent's own menu does. */
export function useMyActions({ id, is_online: isOnline }: Profile): void {
  const { me: words } = useWords(commonWords);
  const setOnline = useSetOnline(id);
  const languages = Object.entries(LOCALES) as [Locale, string][];
  const actions: Action[] = [
    { id: "presence", name: isOnline ? words.goOffline : words.goOnline, run: () => setOnline(!isOnline) },
    ...THEMES.map((theme) => ({
      id: `theme ${theme}`,
      name: `${words.theme}: ${words.themes[theme]}`,
      run: () => choose({ theme }),
    })),
    ...languages.map(([language, name]) => ({
      id: `language ${language}`,
      name: `${words.language}: ${name}`,
      run: () => choose({ language }),
    })),
  ];
  useActions(actions);
}
