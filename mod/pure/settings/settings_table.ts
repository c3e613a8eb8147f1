import { withoutUnset } from "../without_unset.ts";

/**
 * The result of reading a text. A fault is the end of a sentence: "must be a whole number"; with
 * `hide` the text may hold a secret and is not quoted.
 */
export type Reading<T> = { readonly value: T } | { readonly fault: string; readonly hide?: true };

/** How the text of a setting becomes its value. */
export interface ValueType<T> {
  /** What `--help` shows behind the flag, such as `DURATION`. */
  readonly placeholder: string;
  /**
   * Reads the texts given: all occurrences of the flag in order, or the one of the variable.
   * Types of one value take the last, as users add flags behind those of a script.
   */
  read(texts: readonly string[], from: "flag" | "variable"): Reading<T>;
}

/** One row of a program's table: drives flag, variable, default, check and help. */
export interface Setting<T = unknown> {
  /** Without dashes; in capitals it is the variable: `nats-url` is `NATS_URL`. */
  readonly flag: string;
  /** Heading in `--help`. */
  readonly group: string;
  readonly help: string;
  readonly type: ValueType<T>;
  /** The default, as a user would write it; a setting without one may be left out. */
  readonly fallback?: string;
  /** A secret: read from its variable alone, as every process may read command lines. */
  readonly secret?: true;
  /**
   * For the command line alone: what is meant for one call of a command, such as `--watch`, must not
   * come from an environment. `switch` ones stand alone, without a value.
   */
  readonly only?: "flag" | "switch";
}

/**
 * A program's settings. Each row is named as the field that its value becomes, and a table within a
 * table becomes an object, so the table also declares the type of the settings: `SettingValues`.
 */
export interface SettingTable {
  readonly [field: string]: Setting | SettingTable;
}

/** The values that a table yields; fields that may be unset are optional. */
export type SettingValues<Table> =
  & { readonly [Field in keyof Table as IfSet<Table[Field], Field>]: ValueOf<Table[Field]> }
  & { readonly [Field in keyof Table as IfUnset<Table[Field], Field>]?: ValueOf<Table[Field]> };

type ValueOf<Row> = Row extends { readonly type: ValueType<infer T> }
  ? Row extends { readonly fallback: string } ? T : T | undefined
  : SettingValues<Row>;

type IfSet<Row, Field> = undefined extends ValueOf<Row> ? never : Field;
type IfUnset<Row, Field> = undefined extends ValueOf<Row> ? Field : never;

/** What settings mean for each other, by their flags. */
export interface SettingRule<Flag extends string = string> {
  readonly flag: Flag;
  /** `flag` cannot be combined with any of `others`, or needs one of them. */
  readonly type: "excludes" | "needs";
  readonly others: readonly Flag[];
}

/** What the first word of a command line may be. */
export interface Command {
  readonly help: string;
  /** What may follow it, as `--help` shows it: `[IMAGE]…`; absent: flags only. */
  readonly operands?: { readonly text: string; readonly most: number; readonly least?: number };
}

/** What defines the command line of a program. */
export interface Program<Table extends SettingTable = SettingTable> {
  /** Name of the executable, for `--help`. */
  readonly name: string;
  /** What it does, in two sentences. */
  readonly about: string;
  /** What its first word may be; the first is the default. */
  readonly commands: Readonly<Record<string, Command>>;
  readonly table: Table;
  readonly rules: readonly SettingRule[];
  /** Command lines for `--help`. */
  readonly examples: readonly string[];
}

/** Every row of a table and of the tables in it, in order. */
export function rowsOf(table: SettingTable): Setting[] {
  return Object.values(table).flatMap((row) => isSetting(row) ? [row] : rowsOf(row));
}

/** Values in the shape of a table: `valueOf` gives the one of a row, `undefined` leaves it out. */
export function fillTable<Table extends SettingTable>(
  table: Table,
  valueOf: (setting: Setting) => unknown,
): SettingValues<Table> {
  const fields = Object.entries(table).map(([field, row]) =>
    [field, isSetting(row) ? valueOf(row) : fillTable(row, valueOf)] as const
  );
  // Each row's own type read its value, which TypeScript cannot follow through the entries.
  return withoutUnset(Object.fromEntries(fields)) as SettingValues<Table>;
}

/** The environment variable of a setting. */
export function variableOf(setting: Setting): string {
  return setting.flag.toUpperCase().replaceAll("-", "_");
}

/** How messages name a setting: `--nats-url (NATS_URL)`; a secret has no flag to name. */
export function labelOf(setting: Setting): string {
  const variable = variableOf(setting);
  if (setting.only !== undefined) return `--${setting.flag}`;
  return setting.secret ? variable : `--${setting.flag} (${variable})`;
}

/** Every variable that a table reads; `--allow-env` is made of it. */
export function variablesOf(table: SettingTable): string[] {
  return rowsOf(table).filter((row) => row.only === undefined).map(variableOf);
}

function isSetting(row: Setting | SettingTable): row is Setting {
  return typeof row.flag === "string";
}
