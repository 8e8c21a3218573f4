import { lazy, Suspense } from "react";
import { session } from "./api/session";
import { Button } from "./kit/button";
import { commonWords } from "./kit/common-words";
import { Empty } from "./kit/empty";
import { patiently } from "./kit/soon";
import { useStore } from "./kit/store";
import { useWords } from "./kit/words";
import { Shell } from "./shell/shell";

const LoginPage = lazy(() => patiently(() => import("./shell/login")));

export function App({ isReachable }: { isReachable: boolean }) {
  const words = useWords(commonWords);
  const { profile } = useStore(session);
  if (profile) return <Shell key={profile.id} profile={profile} />;
  if (profile === null)
    return (
      <Suspense fallback={null}>
        <LoginPage />
      </Suspense>
    );
  if (isReachable) return null;
  return (
    <Empty
      title={words.unreachable.title}
      text={words.unreachable.text}
      action={<Button onPress={() => location.reload()}>{words.retry}</Button>}
    />
  );
}
