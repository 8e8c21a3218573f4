import { lazy, Suspense, useState } from "react";
import { DialogTrigger } from "react-aria-components";
import { Smile } from "lucide-react";
import { IconButton } from "../../../kit/button";
import { Bubble } from "../../../kit/bubble";
import { patiently } from "../../../kit/soon";
import { useWords } from "../../../kit/words";
import { inboxWords } from "../words";

const Choice = lazy(() => patiently(() => import("./emoji-choice")));

/** Some of the usual ones; the system's own picker has the rest. */
export function Emoji({ onChoose }: { onChoose: (emoji: string) => void }) {
  const { composer: words } = useWords(inboxWords);
  const [isOpen, setOpen] = useState(false);
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <IconButton label={words.emoji}>
        <Smile size={17} />
      </IconButton>
      <Bubble label={words.emoji} placement="top start">
        <Suspense fallback={null}>
          <Choice
            onChoose={(emoji) => {
              onChoose(emoji);
              setOpen(false);
            }}
          />
        </Suspense>
      </Bubble>
    </DialogTrigger>
  );
}
