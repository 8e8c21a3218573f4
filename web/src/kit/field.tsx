import type { ReactNode, RefObject } from "react";
import {
  FieldError,
  Input,
  Label,
  Text,
  TextArea,
  TextField as AriaTextField,
  type TextFieldProps,
} from "react-aria-components";
import style from "./field.module.css";

interface FieldLook {
  label: string;
  /** Says what is expected, in a line below. */
  help?: ReactNode;
  placeholder?: string;
  /** Lines of a text area. */
  lines?: number;
  inputRef?: RefObject<HTMLInputElement | null>;
}

/** A labelled field. Inside a `Form` it shows the API's words of the field that is called `name`. */
export function TextField({
  label,
  help,
  placeholder,
  lines,
  inputRef,
  ...props
}: Omit<TextFieldProps, "style" | "className"> & FieldLook) {
  return (
    <AriaTextField onInput={commitIfWrong} {...props} className={style.field!}>
      <Label className={style.label!}>{label}</Label>
      {lines === undefined ? (
        <Input className={style.input!} placeholder={placeholder} {...(inputRef && { ref: inputRef })} dir="auto" />
      ) : (
        <TextArea className={style.area!} placeholder={placeholder} rows={lines} dir="auto" />
      )}
      {help !== undefined && (
        <Text slot="description" className={style.help!}>
          {help}
        </Text>
      )}
      <FieldError className={style.error!} />
    </AriaTextField>
  );
}

/** An error goes as soon as it is mended. If it went when the field is left, it would move what is pressed just then. */
const commitIfWrong = ({ target }: React.FormEvent): void => {
  if (target instanceof Element && target.getAttribute("aria-invalid") === "true")
    target.dispatchEvent(new Event("change", { bubbles: true }));
};
