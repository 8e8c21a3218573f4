import { RemovableChip } from "../../kit/chip";
import { TextField } from "../../kit/field";
import { useWords } from "../../kit/words";
import { contactWords } from "./words";
import style from "./contacts.module.css";

/** Text that is written and not added yet counts too. */
export const withWritten = (tags: readonly string[], written: string): string[] => {
  const added = written
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
  return [...new Map([...tags, ...added].map((tag) => [tag.normalize("NFC").toLowerCase(), tag])).values()];
};

interface TagsFieldProps {
  tags: readonly string[];
  onChange: (tags: string[]) => void;
  written: string;
  onWrite: (text: string) => void;
}

/** Tags as chips, and a field in which Enter or a comma adds one. */
export function TagsField({ tags, onChange, written, onWrite }: TagsFieldProps) {
  const { fields: words } = useWords(contactWords);
  const add = (text: string): void => {
    onChange(withWritten(tags, text));
    onWrite("");
  };
  return (
    <div className={style.tagsField}>
      <TextField
        label={words.tags}
        name="tags"
        help={words.tagsHelp}
        value={written}
        maxLength={50}
        onChange={(text) => (text.includes(",") ? add(text) : onWrite(text))}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || written.trim() === "" || event.nativeEvent.isComposing) return;
          event.preventDefault();
          add(written);
        }}
      />
      {tags.length > 0 && (
        <p className={style.tags}>
          {tags.map((tag) => (
            <RemovableChip
              key={tag}
              label={words.removeTag(tag)}
              onRemove={() => onChange(tags.filter((one) => one !== tag))}
            >
              <bdi>{tag}</bdi>
            </RemovableChip>
          ))}
        </p>
      )}
    </div>
  );
}
