import { useEffect, useState } from "react";
import {
  Autocomplete,
  Dialog,
  Input,
  Menu,
  MenuItem,
  Modal,
  ModalOverlay,
  SearchField,
  useFilter,
} from "react-aria-components";
import { Search } from "lucide-react";
import { type Action, useAllActions } from "../kit/actions";
import { commonWords } from "../kit/common-words";
import { useWords } from "../kit/words";
import dialog from "../kit/dialog.module.css";
import menu from "../kit/menu.module.css";
import { takeTyped } from "./typed-ahead";
import style from "./palette.module.css";

/** Every action by name, with the key that does the same. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const [asked, setAsked] = useState("");
  const { palette: words } = useWords(commonWords);
  useEffect(() => () => void takeTyped(), []);
  const actions = withoutRepeats(useAllActions().filter(({ isListed }) => isListed !== false));
  const { contains } = useFilter({ sensitivity: "base" });
  const run = (id: string): void => {
    onClose();
    // After the focus has returned to where it was: the action may move it.
    setTimeout(() => actions.find((action) => action.id === id)?.run());
  };
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={onClose} className={`${dialog.over} ${style.over}`}>
      <Modal className={dialog.modal}>
        <Dialog aria-label={words.title} className={style.palette}>
          <Autocomplete filter={contains} inputValue={asked} onInputChange={setAsked}>
            <SearchField aria-label={words.title} autoFocus className={style.search}>
              <Search size={16} aria-hidden />
              <Input placeholder={words.placeholder} onFocus={() => setAsked((before) => before + takeTyped())} />
            </SearchField>
            {/* The search field moves through it; whoever tabs to it can scroll. */}
            <div className={style.list} tabIndex={0} role="group" aria-label={words.title}>
              <Menu
                aria-label={words.title}
                items={actions}
                className={style.menu}
                onAction={(id) => run(String(id))}
                renderEmptyState={() => <p className={style.empty}>{words.empty}</p>}
              >
                {({ id, name, key }) => (
                  <MenuItem id={id} textValue={name} className={menu.item}>
                    <span className={menu.name}>{name}</span>
                    {key?.split(" ").map((one, i) => (
                      <kbd key={i} className={menu.hint}>
                        {one.toUpperCase()}
                      </kbd>
                    ))}
                  </MenuItem>
                )}
              </Menu>
            </div>
          </Autocomplete>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

const withoutRepeats = (actions: readonly Action[]): Action[] => [
  ...new Map(actions.map((one) => [one.id, one])).values(),
];
