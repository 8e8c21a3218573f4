import type { IntegrationAccount } from "../../api/api.gen";
import type { Channel } from "../../kit/channels";
import { TextField } from "../../kit/field";
import { Switch } from "../../kit/switch";
import { Select } from "../../kit/select";
import { useWords } from "../../kit/words";
import { fieldsOf, newSecret, type Provider, PROVIDERS, SMTP_PORTS } from "./fields";
import { channelWords } from "./words";

export type Config = Readonly<Record<string, string>>;

export const emptyConfig = (channel: Channel): Config =>
  channel === "email" ? { provider: "resend", inbound_secret: newSecret() } : {};

/** Masked secrets come back as they are: the API keeps what it has. */
export const knownConfig = ({ config }: IntegrationAccount): Config => ({ ...config });

const providerOf = (config: Config): Provider => PROVIDERS.find((one) => one === config.provider) ?? "resend";

/** Returns the filled-in fields, without those of another way to send. */
export function configOf(channel: Channel, config: Config): Record<string, string> {
  const provider = providerOf(config);
  const others = new Set(PROVIDERS.flatMap((one) => fieldsOf("email", one)).map(({ name }) => name));
  for (const { name } of fieldsOf(channel, provider)) others.delete(name);
  if (provider !== "smtp") others.add("smtp_port");
  return Object.fromEntries(
    Object.entries(config)
      .map(([name, value]) => [name, name === "signature" ? value : value.trim()] as const)
      .filter(([name, value]) => value !== "" && !(channel === "email" && others.has(name))),
  );
}

interface ConfigFieldsProps {
  channel: Channel;
  config: Config;
  onChange: (config: Config) => void;
}

export function ConfigFields({ channel, config, onChange }: ConfigFieldsProps) {
  const { fields, help, email, humanAgent, senderName } = useWords(channelWords);
  const set = (name: string, value: string): void => onChange({ ...config, [name]: value });
  const provider = providerOf(config);
  const text = (name: string, isOptional = false, isSecret = false, lines?: number) => (
    <TextField
      key={name}
      name={`config.${name}`}
      label={name === "display_name" ? senderName : fields[name as keyof typeof fields]}
      help={(help as Record<string, string>)[name]}
      value={config[name] ?? ""}
      onChange={(value) => set(name, value)}
      isRequired={!isOptional}
      // A secret is no password of the person: the browser is not to fill in theirs.
      autoComplete="off"
      spellCheck={isSecret ? "false" : "true"}
      {...(lines !== undefined && { lines })}
    />
  );
  return (
    <>
      {channel === "email" && (
        <>
          {text("address")}
          {text("display_name", true)}
          <Select
            label={email.provider}
            value={provider}
            onChange={(next) => set("provider", next)}
            options={PROVIDERS.map((id) => ({ id, name: email.providers[id] }))}
            help={email.texts[provider]}
          />
        </>
      )}
      {fieldsOf(channel, provider).map(({ name, isOptional, isSecret }) => text(name, isOptional, isSecret))}
      {channel === "email" && provider === "smtp" && (
        <Select
          label={fields.smtp_port}
          value={config.smtp_port ?? "587"}
          onChange={(port) => set("smtp_port", port)}
          options={SMTP_PORTS.map((id) => ({ id, name: email.ports[id] }))}
        />
      )}
      {channel === "email" && (
        <>
          {text("inbound_secret")}
          {text("provider_signing_key", true, true)}
          {text("signature", true, false, 3)}
        </>
      )}
      {(channel === "instagram" || channel === "messenger") && (
        <Switch isSelected={config.human_agent === "true"} onChange={(isOn) => set("human_agent", isOn ? "true" : "")}>
          {humanAgent}
        </Switch>
      )}
    </>
  );
}
