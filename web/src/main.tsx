import { createRoot } from "react-dom/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { I18nProvider } from "react-aria-components";
import { Router } from "wouter";
import { isTemporary } from "./api/call";
import { loadSession } from "./api/session";
import { App } from "./app";
import { inboxWords } from "./areas/inbox/words";
import { commonWords } from "./kit/common-words";
import { locale } from "./kit/words";
import { listenForKeys } from "./kit/actions";
import { BASE } from "./paths";
import "./kit/theme";
import "./kit/tokens.css";
import "./kit/font.css";
import "./kit/base.css";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // Live frames and own changes say what is new.
      staleTime: 60_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < 3 && isTemporary(error),
    },
  },
});

listenForKeys();
// Those of the first screen come while the session is asked for.
void inboxWords.load(locale.get());
const known = loadSession().then(
  () => true,
  () => false,
);
const [isReachable] = await Promise.all([known, commonWords.load(locale.get())]);

createRoot(document.querySelector("#app")!).render(
  <I18nProvider locale="en-US">
    <QueryClientProvider client={queries}>
      <Router base={BASE}>
        <App isReachable={isReachable} />
      </Router>
    </QueryClientProvider>
  </I18nProvider>,
);
