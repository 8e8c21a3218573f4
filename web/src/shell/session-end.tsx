import { commonWords } from "../kit/common-words";
import { Dialog } from "../kit/dialog";
import { useWords } from "../kit/words";
import { LoginForm } from "./login";

/** The session has ended: the page stays as it is, below the login. */
export default function SessionEnd({ email }: { email: string }) {
  const { login, close } = useWords(commonWords);
  return (
    <Dialog title={login.again} closeLabel={close} onClose={() => undefined} isFixed>
      <p>{login.againText}</p>
      <LoginForm knownEmail={email} />
    </Dialog>
  );
}
