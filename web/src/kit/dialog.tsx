import type { ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { X } from "lucide-react";
import { IconButton } from "./button";
import style from "./dialog.module.css";

interface DialogProps {
  title: string;
  closeLabel: string;
  onClose: () => void;
  /** Opened at a side, over the whole height: details, filters on a phone. */
  isWide?: boolean;
  /** Cannot be left: the login over the page. */
  isFixed?: boolean;
  children: ReactNode;
}

/** A dialog that is open as long as it is rendered. Focus goes in, stays in, and returns. */
export function Dialog({ title, closeLabel, onClose, isWide, isFixed, children }: DialogProps) {
  return (
    <ModalOverlay
      isOpen
      isDismissable={!isFixed}
      isKeyboardDismissDisabled={isFixed ?? false}
      onOpenChange={(isOpen) => !isOpen && onClose()}
      className={style.over}
    >
      <Modal className={`${style.modal} ${isWide ? style.wide : ""}`}>
        <AriaDialog className={style.dialog}>
          <header className={style.head}>
            <Heading slot="title" className={style.title}>
              {title}
            </Heading>
            {!isFixed && (
              <IconButton label={closeLabel} onPress={onClose}>
                <X size={16} />
              </IconButton>
            )}
          </header>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Buttons at the end of a dialog, the primary one last. */
export const DialogActions = ({ children }: { children: ReactNode }) => (
  <footer className={style.actions}>{children}</footer>
);
