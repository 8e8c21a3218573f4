import { Dialog } from "../../kit/dialog";
import { useWords } from "../../kit/words";
import type { CurrentView } from "./use-view";
import { ViewsList } from "./views-pane";
import { inboxWords } from "./words";

/** The views, where there is no room for their pane. */
export default function ViewsDrawer({ view, onClose }: { view: CurrentView; onClose: () => void }) {
  const words = useWords(inboxWords);
  return (
    <Dialog title={words.views.label} closeLabel={words.close} onClose={onClose}>
      <ViewsList view={view} onChoose={onClose} />
    </Dialog>
  );
}
