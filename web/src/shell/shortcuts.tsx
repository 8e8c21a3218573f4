import { shortcutsOn, useAllActions } from "../kit/actions";
import { commonWords } from "../kit/common-words";
import { Dialog } from "../kit/dialog";
import { useStore } from "../kit/store";
import { useWords } from "../kit/words";
import style from "./shortcuts.module.css";

/** All keys that act at the moment, by where they belong. */
export default function Shortcuts({ onClose }: { onClose: () => void }) {
  const words = useWords(commonWords);
  const isOn = useStore(shortcutsOn);
  const groups = Map.groupBy(
    useAllActions().filter(({ key }) => key !== undefined),
    ({ group }) => group ?? words.keys.general,
  );
  return (
    <Dialog title={words.keys.title} closeLabel={words.close} onClose={onClose} isWide>
      {!isOn && <p>{words.keys.off}</p>}
      <div className={style.groups}>
        {[...groups].map(([group, actions]) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {actions.map(({ id, name, key = "" }) => (
                <div key={id}>
                  <dt>{name}</dt>
                  <dd>
                    {key.split(" ").map((one, i) => (
                      <kbd key={i}>{one}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
