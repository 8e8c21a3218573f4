import { useWords } from "../../kit/words";
import { campaignWords } from "./words";
import style from "./campaigns.module.css";

interface Hours {
  start: string;
  end: string;
}

/** From and until, in the recipient's own time. */
export function SendingHours({
  hours,
  onChange,
  isDisabled = false,
}: {
  hours: Hours;
  onChange: (hours: Hours) => void;
  isDisabled?: boolean;
}) {
  const { time: words } = useWords(campaignWords);
  const field = (name: keyof Hours) => (
    <label className={style.when}>
      <span>{words[name]}</span>
      <input
        type="time"
        required
        disabled={isDisabled}
        value={hours[name]}
        onChange={({ target }) => target.value !== "" && onChange({ ...hours, [name]: target.value })}
      />
    </label>
  );
  return (
    <div className={style.pair}>
      {field("start")}
      {field("end")}
    </div>
  );
}
