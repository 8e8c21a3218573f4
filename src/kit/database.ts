import { and, eq, type SQL } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import { type Cost, meteredD1 } from "./cost";

/** A table of tenant data. A table without the tenant's column does not compile. */
export type TenantTable = SQLiteTable & { orgId: SQLiteColumn };

/** A value that a statement may bind. */
export type Bindable = string | number | null;

/** A value as a column stores it: booleans as 1 and 0, objects and arrays as JSON. */
const toBindable = (value: unknown): Bindable =>
  typeof value === "boolean"
    ? Number(value)
    : typeof value === "object" && value !== null
      ? JSON.stringify(value)
      : (value as Bindable);

/** How fresh a read must be: from the nearest replica, or at least as new as the last write. */
export type Freshness = "replica" | "primary";

/**
 * Access to one tenant's data, and the only way to a tenant database: it adds the tenant to every statement. Typed
 * statements get `org_id = …` appended; hand-written SQL has the tenant bound as ?1 and is refused if it does not use
 * it.
 */
export class TenantDatabase {
  readonly orgId: string;
  readonly #session: D1DatabaseSession;
  readonly #d1: D1Database;
  readonly #drizzle: ReturnType<typeof drizzle>;

  constructor(d1: D1Database, orgId: string, cost: Cost, constraint: string) {
    this.orgId = orgId;
    this.#session = d1.withSession(constraint);
    this.#d1 = meteredD1(this.#session, cost);
    this.#drizzle = drizzle(this.#d1);
  }

  /** The position of this session. A later session that starts from it sees this one's writes. */
  get bookmark(): string | null {
    return this.#session.getBookmark();
  }

  #mine(table: TenantTable, where: SQL | undefined): SQL | undefined {
    return and(eq(table.orgId, this.orgId), where);
  }

  /** Selects rows of one table; the caller adds order and limit. */
  select<T extends TenantTable>(table: T, where?: SQL) {
    return this.#drizzle.select().from(table).where(this.#mine(table, where)).$dynamic();
  }

  async first<T extends TenantTable>(table: T, where: SQL): Promise<T["$inferSelect"] | undefined> {
    const rows = await this.select(table, where).limit(1);
    return rows[0] as T["$inferSelect"] | undefined;
  }

  insert<T extends TenantTable>(table: T, values: Omit<T["$inferInsert"], "orgId">): D1PreparedStatement {
    return this.#prepared(
      this.#drizzle
        .insert(table)
        .values({ ...values, orgId: this.orgId } as T["$inferInsert"])
        .toSQL(),
    );
  }

  /**
   * Updates only the columns that are given (`undefined` is not), so that concurrent updates of different columns both
   * succeed. `where`: the row's key, and the columns whose values must not have changed since they were read.
   */
  update(table: string, where: Record<string, Bindable>, set: Record<string, unknown>): D1PreparedStatement {
    const given = Object.entries(set).filter(([, value]) => value !== undefined);
    const known = Object.entries(where);
    return this.sql(
      `UPDATE ${table} SET ${given.map(([column], i) => `${column} = ?${i + 2}`).join(", ")}
       WHERE org_id = ?1 AND ${known.map(([column], i) => `${column} IS ?${given.length + i + 2}`).join(" AND ")}`,
      ...given.map(([, value]) => toBindable(value)),
      ...known.map(([, value]) => value),
    );
  }

  delete(table: TenantTable, where: SQL): D1PreparedStatement {
    return this.#prepared(this.#drizzle.delete(table).where(this.#mine(table, where)).toSQL());
  }

  #prepared({ sql, params }: { sql: string; params: unknown[] }): D1PreparedStatement {
    return this.#d1.prepare(sql).bind(...params);
  }

  /**
   * Hand-written SQL, for hot or guarded statements. ?1 is the tenant; `params` start at ?2. Throws if ?1 is missing.
   */
  sql(text: string, ...params: Bindable[]): D1PreparedStatement {
    if (!text.includes("?1")) throw new Error(`a statement without its tenant: ${text.slice(0, 80)}`);
    return this.#d1.prepare(text).bind(this.orgId, ...params);
  }

  async query<Row>(text: string, ...params: Bindable[]): Promise<Row[]> {
    return (await this.sql(text, ...params).all<Row>()).results;
  }

  /** Reads by several statements in one transaction. The type says the rows of each. */
  async queryAll<Rows extends unknown[][]>(statements: { [K in keyof Rows]: D1PreparedStatement }): Promise<Rows> {
    return (await this.#d1.batch([...statements])).map(({ results }) => results) as Rows;
  }

  /** Runs the statements in one transaction. */
  async batch(statements: readonly D1PreparedStatement[]): Promise<D1Result[]> {
    return statements.length === 0 ? [] : this.#d1.batch([...statements]);
  }
}

/** True for D1's error of a violated unique index. `of`: a part of the index's columns, as "table.column". */
export function isUniqueViolation(error: unknown, of = ""): boolean {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    if (e.message.includes("UNIQUE constraint failed") && e.message.includes(of)) return true;
  }
  return false;
}
