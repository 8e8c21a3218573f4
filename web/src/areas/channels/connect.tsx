import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { ArrowLeft, ExternalLink } from "lucide-react";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { useSubmit } from "../../api/problems";
import { useDivisions } from "../../api/reference";
import { Avatar } from "../../kit/avatar";
import { Button } from "../../kit/button";
import { CHANNEL_NAMES, CHANNELS, type Channel } from "../../kit/channels";
import { commonWords } from "../../kit/common-words";
import { Dialog, DialogActions } from "../../kit/dialog";
import { TextField } from "../../kit/field";
import { Form } from "../../kit/form";
import { Select } from "../../kit/select";
import { useWords } from "../../kit/words";
import { ConfigFields, configOf, emptyConfig } from "./config-fields";
import { type LoginChannel, openLogin, simulatorOf, useConnected, useLogin } from "./login";
import { channelWords } from "./words";
import style from "./channels.module.css";

interface ConnectProps {
  onClose: () => void;
  /** The id, where it is known: Meta's dialog tells none. */
  onConnected: (id?: string) => void;
}

/** Which channel; then by its login or by hand. */
export function Connect({ onClose, onConnected }: ConnectProps) {
  const words = useWords(channelWords);
  const { close } = useWords(commonWords);
  const [channel, setChannel] = useState<Channel>();
  const [isByHand, setByHand] = useState(false);
  useConnected(onConnected);
  const back = (): void => (setChannel(undefined), setByHand(false));
  return (
    <Dialog
      title={channel === undefined ? words.connect : words.connectTo(CHANNEL_NAMES[channel])}
      closeLabel={close}
      onClose={onClose}
    >
      {channel === undefined && (
        <ul className={style.choices}>
          {CHANNELS.map((one) => (
            <li key={one}>
              <button type="button" onClick={() => setChannel(one)}>
                <Avatar name={CHANNEL_NAMES[one]} of={one} size={32} channel={one} />
                <span className={style.name}>
                  <b>{CHANNEL_NAMES[one]}</b>
                  <small>{words.channels[one]}</small>
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {channel !== undefined && channel !== "email" && !isByHand && (
        <ByLogin channel={channel} onBack={back} onByHand={() => setByHand(true)} />
      )}
      {channel !== undefined && (channel === "email" || isByHand) && (
        <ByHand
          channel={channel}
          onBack={channel === "email" ? back : () => setByHand(false)}
          onConnected={onConnected}
        />
      )}
    </Dialog>
  );
}

interface StepProps<C extends Channel> {
  channel: C;
  onBack: () => void;
}

function ByLogin({ channel, onBack, onByHand }: StepProps<LoginChannel> & { onByHand: () => void }) {
  const words = useWords(channelWords);
  const login = useLogin(channel);
  const [isOpen, setOpen] = useState(false);
  const open = (): void => (setOpen(true), openLogin(channel));
  return (
    <Loaded query={login}>
      {(config) => (
        <>
          <p>{config.configured ? words.login.text[channel] : words.login.unconfigured}</p>
          {config.configured && simulatorOf(config) !== undefined && (
            <p className={style.note}>{words.login.simulated}</p>
          )}
          {isOpen && (
            <p role="status" className={style.note}>
              {words.login.waiting}
            </p>
          )}
          <DialogActions>
            <Button kind="plain" onPress={onBack}>
              <ArrowLeft size={15} aria-hidden /> {words.back}
            </Button>
            <Button onPress={onByHand} kind={config.configured ? "quiet" : "go"}>
              {words.byHand}
            </Button>
            {config.configured && (
              <Button kind="go" onPress={open} autoFocus>
                {words.login.open[channel]} <ExternalLink size={14} aria-hidden />
              </Button>
            )}
          </DialogActions>
        </>
      )}
    </Loaded>
  );
}

function ByHand({ channel, onBack, onConnected }: StepProps<Channel> & Pick<ConnectProps, "onConnected">) {
  const words = useWords(channelWords);
  const queries = useQueryClient();
  const divisions = useDivisions();
  const [name, setName] = useState("");
  const [division, setDivision] = useState("");
  const [config, setConfig] = useState(() => emptyConfig(channel));
  const { submit, isBusy, failure } = useSubmit(async () => {
    const { id } = await call("POST /api/integrations/accounts", {
      body: {
        channel,
        display_name: name.trim(),
        config: configOf(channel, config),
        ...(division !== "" && { division_id: division }),
      },
    });
    await queries.invalidateQueries({ queryKey: ["accounts"] });
    onConnected(id);
  });
  return (
    <Form failure={failure} onSubmit={submit}>
      <p className={style.note}>{words.where[channel]}</p>
      <TextField
        label={words.fields.display_name}
        name="display_name"
        help={words.nameHelp}
        value={name}
        onChange={setName}
        isRequired
        autoFocus
        maxLength={100}
      />
      <ConfigFields channel={channel} config={config} onChange={setConfig} />
      {divisions.length > 0 && (
        <Select
          label={words.division}
          value={division}
          onChange={setDivision}
          options={[{ id: "", name: words.noDivision }, ...divisions.map(({ id, name: text }) => ({ id, name: text }))]}
        />
      )}
      <DialogActions>
        <Button kind="plain" onPress={onBack}>
          <ArrowLeft size={15} aria-hidden /> {words.back}
        </Button>
        <Button kind="go" type="submit" isPending={isBusy}>
          {words.submit}
        </Button>
      </DialogActions>
    </Form>
  );
}
