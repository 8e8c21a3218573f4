import { type ReactNode, useEffect, useRef } from "react";
import { Link, useRoute } from "wouter";
import style from "./sections.module.css";

export interface SectionLink {
  /** Relative to the area; `/` is its first section. */
  path: string;
  name: string;
  /** Heading above it, of a group that begins here. */
  group?: string | undefined;
  /** Leads to another area, by an address from the root. */
  isElsewhere?: boolean;
}

interface SectionsProps {
  title: string;
  links: readonly SectionLink[];
  children: ReactNode;
}

/** The parts of an area beside its screen; on a phone a row above it. */
export function Sections({ title, links, children }: SectionsProps) {
  return (
    <div className={style.area}>
      <nav className={style.sections} aria-label={title}>
        <h2>{title}</h2>
        <ul>
          {links.map((link) => (
            <Entry key={link.path} {...link} />
          ))}
        </ul>
      </nav>
      {/* It scrolls by keyboard too. */}
      <div className={style.content} tabIndex={0}>
        {children}
      </div>
    </div>
  );
}

function Entry({ path, name, group, isElsewhere }: SectionLink) {
  const [isExact] = useRoute(path);
  const [isBelow] = useRoute(`${path}/*`);
  const isHere = !isElsewhere && (isExact || (path !== "/" && isBelow));
  const link = useRef<HTMLAnchorElement>(null);
  // On a phone the row is longer than the screen.
  useEffect(() => {
    if (isHere) link.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [isHere]);
  return (
    <>
      {group !== undefined && <li className={style.group}>{group}</li>}
      <li>
        <Link ref={link} href={isElsewhere ? `~/app${path}` : path} aria-current={isHere ? "page" : undefined}>
          {name}
        </Link>
      </li>
    </>
  );
}
