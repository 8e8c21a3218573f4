import type { ReactNode } from "react";
import style from "./screen.module.css";

interface ScreenProps {
  title: ReactNode;
  /** In a line below: what the figures are of, which zone. */
  subtitle?: ReactNode;
  /** A way back, above the title. */
  crumb?: ReactNode;
  /** At the end of the header; one of them may be primary. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A screen of figures, lists and forms. */
export function Screen({ title, subtitle, crumb, actions, children }: ScreenProps) {
  return (
    <main className={style.screen}>
      <header className={style.head}>
        <div className={style.titles}>
          {crumb !== undefined && <p>{crumb}</p>}
          <h1>{title}</h1>
          {subtitle !== undefined && <p>{subtitle}</p>}
        </div>
        {actions}
      </header>
      {children}
    </main>
  );
}

interface PanelProps {
  title?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A card: figures and forms only. */
export function Panel({ title, actions, children }: PanelProps) {
  return (
    <section className={style.panel}>
      {(title !== undefined || actions !== undefined) && (
        <header>
          {title !== undefined && <h2>{title}</h2>}
          {actions}
        </header>
      )}
      {children}
    </section>
  );
}

interface TileProps {
  name: string;
  value: ReactNode;
  /** The change, with its arrow and meaning. */
  change?: ReactNode;
  /** The sample, the goal. */
  beside?: ReactNode;
}

export const Tiles = ({ children }: { children: ReactNode }) => <div className={style.tiles}>{children}</div>;

export function Tile({ name, value, change, beside }: TileProps) {
  return (
    <section className={style.tile}>
      <h2>{name}</h2>
      <b>{value}</b>
      <span>{change}</span>
      <small>{beside}</small>
    </section>
  );
}

/** Panels side by side where there is room. */
export const Columns = ({ children }: { children: ReactNode }) => <div className={style.columns}>{children}</div>;
