import type { Permission } from "../../api/api.gen";
import { may } from "../../api/session";
import { Checkbox } from "../../kit/checkbox";
import { useWords } from "../../kit/words";
import { byCategory, categoryName, rightText } from "./rights";
import { teamWords } from "./words";
import style from "./team.module.css";

interface RightsFieldProps {
  permissions: readonly Permission[];
  held: readonly string[];
  onChange: (held: string[]) => void;
  isDisabled?: boolean;
}

/** Rights to choose from, by what they are about. Nobody gives a right that they do not have. */
export function RightsField({ permissions, held, onChange, isDisabled = false }: RightsFieldProps) {
  const { roles: words } = useWords(teamWords);
  const set = (codes: readonly string[], isOn: boolean): void =>
    onChange(isOn ? [...new Set([...held, ...codes])] : held.filter((code) => !codes.includes(code)));
  return (
    <div className={style.groups}>
      {byCategory(permissions).map(([category, rights]) => {
        const own = rights.map(({ code }) => code).filter((code) => may(code));
        const count = rights.filter(({ code }) => held.includes(code)).length;
        return (
          <fieldset key={category} className={style.group}>
            <legend>
              {categoryName(category)} <small>{words.of(count, rights.length)}</small>
            </legend>
            {rights.length > 1 && (
              <Checkbox
                isSelected={count === rights.length}
                isIndeterminate={count > 0 && count < rights.length}
                isDisabled={isDisabled || own.length === 0}
                onChange={(isOn) => set(own, isOn)}
              >
                {words.all}
              </Checkbox>
            )}
            {rights.map((right) => (
              <Checkbox
                key={right.code}
                isSelected={held.includes(right.code)}
                isDisabled={isDisabled || !may(right.code)}
                onChange={(isOn) => set([right.code], isOn)}
              >
                {rightText(right)}
              </Checkbox>
            ))}
          </fieldset>
        );
      })}
    </div>
  );
}
