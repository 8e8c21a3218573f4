import { useState } from "react";
import { useSubmit } from "../api/problems";
import { login, register } from "../api/session";
import { Button } from "../kit/button";
import { commonWords } from "../kit/common-words";
import { TextField } from "../kit/field";
import { Form } from "../kit/form";
import { LOCALES, type Locale, locale, setLocale, useWords } from "../kit/words";
import { useStore } from "../kit/store";
import { Logo } from "./logo";
import style from "./login.module.css";

/** The page before anybody is logged in. */
export default function LoginPage() {
  const words = useWords(commonWords);
  const [isNew, setNew] = useState(location.pathname === "/app/register");
  const { title } = isNew ? words.register : words.login;
  return (
    <main className={style.page}>
      <div className={style.card}>
        <header>
          <Logo size={32} />
          <h1>{title}</h1>
          {isNew && <p>{words.register.pitch}</p>}
        </header>
        {isNew ? <RegisterForm /> : <LoginForm />}
        <p className={style.other}>
          {isNew ? words.register.hasAccount : words.login.noAccount}{" "}
          <Button kind="plain" isSmall onPress={() => setNew(!isNew)}>
            {isNew ? words.register.toLogin : words.login.toRegister}
          </Button>
        </p>
      </div>
      <Languages />
    </main>
  );
}

export function LoginForm({ knownEmail = "" }: { knownEmail?: string }) {
  const { login: words } = useWords(commonWords);
  const [email, setEmail] = useState(knownEmail);
  const [password, setPassword] = useState("");
  const { submit, isBusy, failure } = useSubmit(() => login(email.trim(), password));
  return (
    <Form onSubmit={submit} failure={failure}>
      <TextField
        label={words.email}
        type="email"
        name="email"
        autoComplete="username"
        value={email}
        onChange={setEmail}
        isRequired
        autoFocus={knownEmail === ""}
      />
      <TextField
        label={words.password}
        type="password"
        name="password"
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
        isRequired
        autoFocus={knownEmail !== ""}
      />
      <Button type="submit" kind="go" isPending={isBusy}>
        {words.submit}
      </Button>
    </Form>
  );
}

function RegisterForm() {
  const { register: words } = useWords(commonWords);
  const [organization, setOrganization] = useState({ name: "", email: "", password: "" });
  const set = (field: keyof typeof organization) => (value: string) =>
    setOrganization({ ...organization, [field]: value });
  const { submit, isBusy, failure } = useSubmit(() => register({ ...organization, email: organization.email.trim() }));
  return (
    <Form onSubmit={submit} failure={failure}>
      <TextField
        label={words.name}
        name="org_name"
        autoComplete="organization"
        value={organization.name}
        onChange={set("name")}
        isRequired
        autoFocus
      />
      <TextField
        label={words.email}
        type="email"
        name="admin_email"
        autoComplete="username"
        value={organization.email}
        onChange={set("email")}
        isRequired
      />
      <TextField
        label={words.password}
        type="password"
        name="admin_password"
        autoComplete="new-password"
        help={words.passwordHelp}
        minLength={6}
        value={organization.password}
        onChange={set("password")}
        isRequired
      />
      <Button type="submit" kind="go" isPending={isBusy}>
        {words.submit}
      </Button>
    </Form>
  );
}

function Languages() {
  const current = useStore(locale);
  return (
    <p className={style.languages}>
      {(Object.entries(LOCALES) as [Locale, string][]).map(([code, name]) => (
        <Button key={code} kind="plain" isSmall isDisabled={code === current} onPress={() => void setLocale(code)}>
          <span lang={code}>{name}</span>
        </Button>
      ))}
    </p>
  );
}
