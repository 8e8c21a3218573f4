import type { ReactNode } from "react";
import { Button } from "./button";
import { commonWords } from "./common-words";
import { Dialog, DialogActions } from "./dialog";
import { type Failure, FailureText } from "./failure";
import { Form } from "./form";
import { useWords } from "./words";

interface FormDialogProps {
  title: string;
  /** On the button that submits. */
  action: string;
  isBusy: boolean;
  failure: Failure | undefined;
  onSubmit: () => void;
  onClose: () => void;
  isWide?: boolean;
  isDisabled?: boolean;
  children: ReactNode;
}

/** A dialog that asks for some values. */
export function FormDialog({
  title,
  action,
  isBusy,
  failure,
  onSubmit,
  onClose,
  isWide,
  isDisabled,
  children,
}: FormDialogProps) {
  const words = useWords(commonWords);
  return (
    <Dialog title={title} closeLabel={words.close} onClose={onClose} {...(isWide && { isWide })}>
      <Form failure={failure} onSubmit={onSubmit}>
        {children}
        <DialogActions>
          <Button onPress={onClose}>{words.cancel}</Button>
          <Button kind="go" type="submit" isPending={isBusy} isDisabled={isDisabled ?? false}>
            {action}
          </Button>
        </DialogActions>
      </Form>
    </Dialog>
  );
}

interface ConfirmProps extends Omit<FormDialogProps, "onSubmit" | "isWide"> {
  onConfirm: () => void;
}

/** Asks once before something that cannot be undone. */
export function Confirm({ title, action, isBusy, failure, onConfirm, onClose, isDisabled, children }: ConfirmProps) {
  const words = useWords(commonWords);
  return (
    <Dialog title={title} closeLabel={words.close} onClose={onClose}>
      {failure && <FailureText failure={failure} />}
      <div>{children}</div>
      <DialogActions>
        <Button onPress={onClose} autoFocus>
          {words.cancel}
        </Button>
        <Button kind="bad" isPending={isBusy} isDisabled={isDisabled ?? false} onPress={onConfirm}>
          {action}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
