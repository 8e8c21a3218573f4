import type { Key, ReactNode } from "react";
import {
  Button,
  FieldError,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select as AriaSelect,
  SelectValue,
  Text,
} from "react-aria-components";
import { Check, ChevronDown } from "lucide-react";
import field from "./field.module.css";
import style from "./menu.module.css";

export interface Option<Id extends string = string> {
  id: Id;
  name: string;
  icon?: ReactNode;
}

interface SelectProps<Id extends string> {
  label: string;
  /** The label is for screen readers only. */
  isBare?: boolean;
  options: readonly Option<Id>[];
  value: Id | null;
  onChange: (id: Id) => void;
  placeholder?: string;
  help?: ReactNode;
  name?: string;
  isDisabled?: boolean;
}

export function Select<Id extends string>({
  label,
  isBare,
  options,
  value,
  onChange,
  placeholder,
  help,
  ...props
}: SelectProps<Id>) {
  return (
    <AriaSelect
      {...props}
      className={field.field}
      selectedKey={value}
      onSelectionChange={(key: Key | null) => key !== null && onChange(key as Id)}
      {...(placeholder !== undefined && { placeholder })}
      {...(isBare && { "aria-label": label })}
    >
      {!isBare && <Label className={field.label}>{label}</Label>}
      <Button className={style.trigger}>
        <SelectValue className={style.value} />
        <ChevronDown size={14} aria-hidden />
      </Button>
      {help !== undefined && (
        <Text slot="description" className={field.help}>
          {help}
        </Text>
      )}
      <FieldError className={field.error} />
      <Popover className={style.popover} offset={4}>
        <ListBox className={style.list} items={options}>
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.name} className={style.item}>
              {({ isSelected }) => (
                <>
                  {option.icon}
                  <span className={style.name}>{option.name}</span>
                  {isSelected && <Check size={14} aria-hidden />}
                </>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}
